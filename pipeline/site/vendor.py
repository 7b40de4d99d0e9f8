"""Third-party code of the page: bundled once and kept below the build folder, never committed."""

import shutil
import subprocess
from pathlib import Path

from pipeline.config import PROJECT_ROOT
from pipeline.errors import ArtifactError, EngineMissing
from pipeline.files import files_below, read_bytes, sha256, sha256_of_tree
from pipeline.node import node_binary, node_module
from pipeline.site.cache import keep

_SCRIPTS = Path(__file__).parent / "js"
_LOCK = PROJECT_ROOT / "package-lock.json"
# One thread, with and without SIMD; what else comes with the packages is for pages that run more.
_WASM = {
    "@tensorflow/tfjs-backend-wasm/dist": (
        "tfjs-wasm",
        ("tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm.wasm"),
    ),
    "@litertjs/core/wasm": (
        "litert-wasm",
        tuple(f"litert_wasm_{kind}.{end}" for kind in ("internal", "compat_internal") for end in ("js", "wasm")),
    ),
}


def bundle_vendor(entries: Path, models: list[Path], cache: Path) -> Path:
    """The folder with the bundled code and its WebAssembly; bundles where nothing was kept for these versions.

    Args:
        entries: Folder of modules, each becomes a file; see web_demo/vendor_entries.
        models: The files model.json; TF.js is cut down to what they use.
        cache: Folder for what is kept.

    Raises:
        EngineMissing: Node.js or a JavaScript package is missing.
        ArtifactError: A model cannot be run, or needs what TF.js does not have.
    """
    packages = {name: node_module(name) for name in _WASM}
    key = sha256(b"".join(read_bytes(model) for model in models) + sha256_of_tree((entries, _SCRIPTS, _LOCK)).encode())

    def make(folder: Path) -> None:
        _bundle(entries, models, folder)
        _copy_wasm(packages, folder)

    return keep(cache / f"vendor-{key[:16]}", make)


def _bundle(entries: Path, models: list[Path], output: Path) -> None:
    command = [node_binary(), _SCRIPTS / "bundle.mjs", entries, output, *models]
    try:
        subprocess.run(command, cwd=PROJECT_ROOT, check=True, capture_output=True, text=True)
    except OSError as error:
        raise EngineMissing(f"cannot start Node.js ({error}); next: pipeline doctor") from error
    except subprocess.CalledProcessError as error:
        if "ERR_MODULE_NOT_FOUND" in error.stderr:
            raise EngineMissing("expected esbuild and TF.js, found one of them missing; next: make setup") from error
        last_lines = " ".join(error.stderr.strip().splitlines()[-3:])
        raise ArtifactError(f"cannot bundle TF.js for {models[0].parent.parent}: {last_lines}") from error


def _copy_wasm(packages: dict[str, Path], output: Path) -> None:
    for name, (folder, files) in _WASM.items():
        (output / folder).mkdir()
        for file in files:
            shutil.copyfile(packages[name] / file, output / folder / file)


def vendor_files(folder: Path) -> dict[str, Path]:
    """All files of the folder by their path in the site."""
    return {f"vendor/{path.relative_to(folder).as_posix()}": path for path in files_below(folder)}
