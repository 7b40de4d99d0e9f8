"""A web page with TF.js, without a build step."""

from pathlib import Path

from pipeline.config import PROJECT_ROOT
from pipeline.embed.kit import Kit, Target, Written, copy_exports, write_templates
from pipeline.files import files_below, read_bytes, write_atomically
from pipeline.node import node_module
from pipeline.shipping.contract import CONTRACT

_FORMAT = "tfjs/uint8"
_LIBRARIES = ("core", "backend-cpu", "converter")
_WEB_DEMO = PROJECT_ROOT / "web_demo"
_PREPARATION = ("preprocess.js", "preparation")


def _write(kit: Kit, folder: Path) -> Written:
    files = write_templates("web", kit, folder)
    places = {name: folder / "model" / Path(name).name for name in kit.shipped.file_of(_FORMAT).sha256}
    detector = (name for name in kit.rejection.sha256 if name.startswith(f"{kit.rejection.tfjs}/"))
    places |= {name: folder / "rejection" / Path(name).name for name in detector}
    files += copy_exports(kit, {**places, CONTRACT: folder / CONTRACT})
    for name in _LIBRARIES:
        library = node_module(f"@tensorflow/tfjs-{name}") / "dist" / f"tf-{name}.min.js"
        files.append(_copy(library, folder / "tfjs" / library.name))
    for source in (path for name in _PREPARATION for path in files_below(_WEB_DEMO / name)):
        files.append(_copy(source, folder / source.relative_to(_WEB_DEMO)))
    return Written(tuple(files), {})


def _copy(source: Path, place: Path) -> Path:
    # Maps to sources that are not there.
    lines = [line for line in read_bytes(source).splitlines() if not line.startswith(b"//# sourceMappingURL")]
    write_atomically(place, b"\n".join(lines) + b"\n")
    return place


WEB = Target("web", "the smallest page with TF.js", _write)
