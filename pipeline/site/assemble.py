"""Assembles the site: page, vendor files, models, golden images and icons, each with its hash in site.json."""

import gzip
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline.config import DEFAULT_DATASET, PROJECT_ROOT, SplitConfig
from pipeline.contract import ModelContract, read_contract
from pipeline.data.datasets import DATASETS
from pipeline.data.splits import load_splits
from pipeline.errors import ArtifactError, StorageError, storage_errors
from pipeline.files import files_below, read_bytes, sha256, to_json
from pipeline.formats import get_format
from pipeline.formats.keras_file import KERAS
from pipeline.formats.tfjs_file import MODEL_JSON
from pipeline.manifest import read_manifest, verify
from pipeline.progress import Progress
from pipeline.rejection import TFJS, TFLITE
from pipeline.site.golden import golden_files
from pipeline.site.icons import draw_icons
from pipeline.site.vendor import bundle_vendor, vendor_files
from pipeline.stages import lock

WEB_DEMO = PROJECT_ROOT / "web_demo"
SITE_JSON = "site.json"
SERVICE_WORKER = "sw.js"
INDEX = "index.html"
_ENTRIES = "vendor_entries"
_PAGE_SUFFIXES = frozenset({".css", ".html", ".js", ".svg", ".webmanifest"})
_TFJS_FORMATS = ("tfjs/float32", "tfjs/float16", "tfjs/uint8")
_TFLITE_FORMAT = "tflite/int8"
_TFJS = "vendor/tfjs.js"
# Loaded by visitors who choose it, and kept from then on: ten times as large as all the rest.
_ON_DEMAND = ("models/tflite/", f"models/{TFLITE}", "vendor/litert")
_LICENCE_SUFFIX = ".LEGAL.txt"
# What hosts take.
_LEVEL = 6


@dataclass(frozen=True)
class SiteFile:
    """One file: its hash, its size, and its size on the wire of a host that compresses."""

    sha256: str
    bytes: int
    gzip_bytes: int


@dataclass(frozen=True)
class Site:
    """site.json.

    Attributes:
        version: Changes with any file.
        model: SHA-256 of the reference, as in the manifest of exports.
        files: By path below the site, with forward slashes; itself and the service worker left out.
    """

    version: str
    model: str
    files: dict[str, SiteFile]


def assemble(output: Path, exports: Path, build_dir: Path, progress: Progress, web_demo: Path = WEB_DEMO) -> Site:
    """Makes the site beside its place and puts it there as a whole; does nothing if it is there already.

    Args:
        output: The site's folder.
        exports: Verified artifacts.
        build_dir: Folder for caches.
        progress: Told what is being made.
        web_demo: The page's source.

    Raises:
        ArtifactError: The artifacts are not as they were released, or the page is incomplete.
        StorageError: The folder holds other files, or cannot be written to.
        PipelineError: The data, Node.js or a package is missing.
    """
    # Sites in several places may be made at the same time; what they share below the build folder stands that.
    name = sha256(str(output.absolute()).encode())[:16]
    with lock(build_dir / f".site-{name}.lock", output):
        contents = _gather(exports, build_dir / "site-cache", build_dir, progress, web_demo)
        worker = read_bytes(web_demo / SERVICE_WORKER)
        present = _present(output)
        site = _describe(contents, worker, read_manifest(exports).files[str(KERAS.path)].sha256, present)
        contents |= _own_files(worker, site)
        if site != present or not _is_whole(output, contents):
            _refuse_foreign_folder(output)
            _write(output, contents)
    return site


def read_site(folder: Path) -> Site:
    """What site.json of a folder says.

    Raises:
        ArtifactError: Missing or damaged.
    """
    path = folder / SITE_JSON
    if not path.is_file():
        raise ArtifactError(f"expected {path}, found none; next: pipeline site --output {folder}")
    try:
        return msgspec.json.decode(read_bytes(path), type=Site)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(f"{path} describes no site: {error}; next: pipeline site --output {folder}") from error


def _gather(exports: Path, cache: Path, build_dir: Path, progress: Progress, web_demo: Path) -> dict[str, bytes]:
    """The contents of all files that site.json describes, by their path in the site."""
    verify(exports)
    contract = read_contract(exports)
    files = _page_files(web_demo)
    progress.start("site", 3)
    progress.update(0, "models")
    models = _model_files(exports)
    progress.update(1, "vendor files")
    topologies = [path for name, path in models.items() if name.endswith(f"/{MODEL_JSON}")]
    vendor = vendor_files(bundle_vendor(web_demo / _ENTRIES, topologies, cache))
    progress.update(2, "golden images")
    golden = _golden_files(exports, contract, build_dir, cache)
    progress.update(3)
    paths = {**files, **models, **vendor, **golden}
    contents = {name: read_bytes(path) for name, path in paths.items()}
    return {**contents, INDEX: _preloading_parts(contents[INDEX], contents[_TFJS]), **draw_icons()}


def _page_files(web_demo: Path) -> dict[str, Path]:
    files = {path.relative_to(web_demo).as_posix(): path for path in files_below(web_demo)}
    if INDEX not in files:
        raise ArtifactError(f"expected {web_demo / INDEX}, found none; next: restore it")
    return {
        name: path
        for name, path in files.items()
        if path.suffix in _PAGE_SUFFIXES and not name.startswith(f"{_ENTRIES}/") and name != SERVICE_WORKER
    }


def _preloading_parts(page: bytes, tfjs: bytes) -> bytes:
    """The page, which names the parts of TF.js beside TF.js itself: their names are not known before."""
    link = b'<link rel="modulepreload" href="%s" />'
    whole = link % _TFJS.encode()
    if whole not in page:
        raise ArtifactError(f"expected {whole.decode()} in {INDEX} of the page, found none; next: restore it")
    parts = sorted(set(re.findall(rb"chunk-\w+\.js", tfjs)))
    return page.replace(whole, b"".join([whole, *(link % (b"vendor/" + part) for part in parts)]))


def _model_files(exports: Path) -> dict[str, Path]:
    files = {name: exports / name for name in ("contract.json", "labels.txt")}
    for name in _TFJS_FORMATS:
        folder = exports / get_format(name).path
        files |= {f"models/{name}/{path.name}": path for path in files_below(folder)}
    files[f"models/{_TFLITE_FORMAT}.tflite"] = exports / get_format(_TFLITE_FORMAT).path
    files[f"models/{TFLITE}"] = exports / TFLITE
    return files | {f"models/{TFJS}/{path.name}": path for path in files_below(exports / TFJS)}


def _golden_files(exports: Path, contract: ModelContract, build_dir: Path, cache: Path) -> dict[str, Path]:
    test = load_splits(DATASETS[DEFAULT_DATASET], SplitConfig(), build_dir).test
    return golden_files(exports, contract, test, cache)


def _present(output: Path) -> Site | None:
    try:
        return read_site(output)
    except ArtifactError:
        return None


def _describe(contents: dict[str, bytes], worker: bytes, model: str, present: Site | None) -> Site:
    # Compressing LiteRT.js to know its size takes longer than all the rest.
    known = {file.sha256: file for file in present.files.values()} if present else {}
    files = {}
    for name, content in sorted(contents.items()):
        digest = sha256(content)
        files[name] = known.get(digest) or SiteFile(digest, len(content), len(gzip.compress(content, _LEVEL, mtime=0)))
    hashes = {name: file.sha256 for name, file in files.items()} | {SERVICE_WORKER: sha256(worker)}
    return Site(sha256(msgspec.json.encode(hashes, order="sorted")), model, files)


def _is_whole(output: Path, contents: dict[str, bytes]) -> bool:
    found = {path.relative_to(output).as_posix(): path for path in files_below(output)}
    return found.keys() == contents.keys() and all(
        read_bytes(found[name]) == content for name, content in contents.items()
    )


def _refuse_foreign_folder(output: Path) -> None:
    """Only a site, or nothing, is replaced: the folder may be a typing error."""
    if output.is_symlink() or (output.exists() and not output.is_dir()):
        raise StorageError(f"cannot replace {output}: it is no folder; next: choose another --output")
    if output.is_dir() and any(output.iterdir()) and not (output / SITE_JSON).is_file():
        raise StorageError(f"{output} holds files that are no site; next: move them away, or choose another --output")


def _write(output: Path, contents: dict[str, bytes]) -> None:
    if not output.name:
        raise StorageError(f"cannot replace the folder {output}; next: choose another --output")
    new, old = (output.with_name(f".{output.name}.{suffix}") for suffix in ("new", "old"))
    with storage_errors("write", output):
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        for name, content in contents.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        if output.exists():
            output.rename(old)
        new.rename(output)
        shutil.rmtree(old, ignore_errors=True)


def _own_files(worker: bytes, site: Site) -> dict[str, bytes]:
    """What the site says of itself: site.json, and the service worker with the files that it keeps."""
    description = to_json(site)
    hashes = {name: file.sha256 for name, file in site.files.items()} | {SITE_JSON: sha256(description)}
    kept = {
        name: digest
        for name, digest in hashes.items()
        if not name.startswith(_ON_DEMAND) and not name.endswith(_LICENCE_SUFFIX)
    }
    on_demand = {name: digest for name, digest in hashes.items() if name not in kept}
    table = msgspec.json.encode({"version": site.version, "kept": kept, "onDemand": on_demand})
    return {SITE_JSON: description, SERVICE_WORKER: b"globalThis.SITE = " + table + b";\n" + worker}
