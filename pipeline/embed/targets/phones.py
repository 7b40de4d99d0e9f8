"""Phones: complete sources of minimal apps."""

from pathlib import Path

from pipeline.embed.kit import Kit, Target, Written, copy_exports, write_shared, write_templates

_FLOAT_BORDER = "tflite/int8_float_io"
_PREPARATION = ("preparation.h", "preparation.c")


def _write_android(kit: Kit, folder: Path) -> Written:
    main = folder / "app" / "src" / "main"
    float_model = kit.shipped.file_of(_FLOAT_BORDER)
    files = write_templates("android", kit, folder, float_sha256=float_model.sha256[float_model.path])
    files += write_shared(_PREPARATION, kit, main / "cpp")
    files += copy_exports(kit, {path: main / "assets" / Path(path).name for path in (kit.int8.path, float_model.path)})
    return Written(tuple(files), {})


def _write_ios(kit: Kit, folder: Path) -> Written:
    sources = folder / "SymbolReader"
    files = write_templates("ios", kit, folder)
    files += write_shared(_PREPARATION, kit, sources)
    files += copy_exports(kit, {kit.int8.path: sources / "int8.tflite"})
    return Written(tuple(files), {})


ANDROID = Target("android", "sources of a Kotlin app with a drawing view", _write_android)
IOS = Target("ios", "sources of a Swift app with a drawing view", _write_ios)
