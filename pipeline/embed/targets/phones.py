"""Phones: complete sources of minimal apps."""

from pathlib import Path

from pipeline.embed.kit import DETECTOR, Kit, Target, Written, copy_exports, write_shared, write_templates

_FLOAT_BORDER = "tflite/int8_float_io"
_PREPARATION = ("preparation.h", "preparation.c")


def _write_android(kit: Kit, folder: Path) -> Written:
    main = folder / "app" / "src" / "main"
    float_model = kit.shipped.file_of(_FLOAT_BORDER)
    files = write_templates("android", kit, folder, float_sha256=float_model.sha256[float_model.path])
    files += write_shared(_PREPARATION, kit, main / "cpp")
    models = {path: Path(path).name for path in (kit.int8.path, float_model.path)} | {kit.rejection.tflite: DETECTOR}
    files += copy_exports(kit, {path: main / "assets" / name for path, name in models.items()})
    return Written(tuple(files), {})


def _write_ios(kit: Kit, folder: Path) -> Written:
    sources = folder / "SymbolReader"
    files = write_templates("ios", kit, folder)
    files += write_shared(_PREPARATION, kit, sources)
    models = {kit.int8.path: "int8.tflite", kit.rejection.tflite: DETECTOR}
    files += copy_exports(kit, {path: sources / name for path, name in models.items()})
    return Written(tuple(files), {})


ANDROID = Target("android", "sources of a Kotlin app with a drawing view", _write_android)
IOS = Target("ios", "sources of a Swift app with a drawing view", _write_ios)
