"""Is a folder of released files whole, readable, and does it answer as it should? Needs nothing but the folder."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.contract import read_contract
from pipeline.errors import ArtifactError, PipelineError
from pipeline.export import read_golden_images
from pipeline.files import files_below, read_bytes, sha256
from pipeline.formats import FORMATS
from pipeline.formats.base import Format
from pipeline.formats.tfjs_file import read_model_json
from pipeline.formats.tflite_file import read_tflite
from pipeline.manifest import find_changes, read_manifest
from pipeline.progress import Progress
from pipeline.rejection import RULE, TFJS, TFLITE, read_rule
from pipeline.results import read_results
from pipeline.runtimes import RUNTIMES
from pipeline.runtimes.base import Runtime
from pipeline.shipping.contract import CONTRACT, SCHEMA, read_shipped_contract
from pipeline.shipping.golden_detector import expected_none
from pipeline.shipping.golden_runs import Finding, expected_probabilities, run_golden


def verify_release(
    exports: Path,
    progress: Progress,
    formats: Iterable[Format] = FORMATS.values(),
    runtimes: Iterable[Runtime] = RUNTIMES.values(),
) -> list[Finding]:
    """Hashes, then the content of every file, then golden images in the engines that are there.

    What follows a failure is not looked at: it would be about other files than those released.

    Raises:
        ArtifactError: There is no manifest, or it is damaged.
    """
    changes = find_changes(exports)
    if changes:
        return [Finding("hashes", "failed", change) for change in changes]
    num_files = len(read_manifest(exports).files)
    findings = [Finding("hashes", "ok", f"{num_files} files and the manifest are as they were released")]
    findings += _parse(exports)
    if all(finding.status == "ok" for finding in findings):
        findings += run_golden(exports, progress, formats, runtimes)
    return findings


def _parse(exports: Path) -> list[Finding]:
    parsers: dict[str, Callable[[Path], str]] = {
        CONTRACT: _parse_contract,
        SCHEMA: _parse_schema,
        "golden": _parse_golden,
        "labels.txt": _parse_labels,
        "rejection": _parse_rejection,
        "results.json": lambda path: f"{len(read_results(path / 'results.json').parity)} rows",
        "texts": _parse_texts,
        **{format_.name: _parser(format_) for format_ in FORMATS.values()},
    }
    findings = []
    for subject, parse in parsers.items():
        try:
            findings.append(Finding(subject, "ok", parse(exports)))
        except PipelineError as error:
            findings.append(Finding(subject, "failed", str(error)))
    return findings


def _parser(format_: Format) -> Callable[[Path], str]:
    def parse(exports: Path) -> str:
        checks = format_.inspect(exports / format_.path, read_contract(exports))
        for check in checks:
            _require(check.passed, f"{format_.path}: {check.name}: {check.detail}")
        return f"{len(checks)} checks passed" if checks else "is loaded by its engine alone: no checks of its own"

    return parse


def _parse_contract(exports: Path) -> str:
    contract = read_shipped_contract(exports)
    hashes = {name: digest for file in contract.files for name, digest in file.sha256.items()}
    hashes |= contract.rejection.sha256
    for name, digest in hashes.items():
        _require(sha256(read_bytes(exports / name)) == digest, f"{CONTRACT}: expected another hash of {name}")
    return f"{len(contract.files)} formats, {len(hashes)} hashes"


def _parse_schema(exports: Path) -> str:
    try:
        schema = msgspec.json.decode(read_bytes(exports / SCHEMA), type=dict[str, object])
    except msgspec.DecodeError as error:
        raise ArtifactError(f"{SCHEMA}: {error}") from error
    _require(isinstance(schema.get("properties"), dict), f"{SCHEMA}: expected properties, found none")
    return "JSON Schema"


def _parse_labels(exports: Path) -> str:
    found, expected = _read_text(exports / "labels.txt").splitlines(), read_contract(exports).labels
    _require(found == list(expected), f"labels.txt: expected {list(expected)}, found {found}")
    return f"{len(found)} labels"


def _parse_rejection(exports: Path) -> str:
    rule, shipped = read_rule(exports), read_shipped_contract(exports)
    described = shipped.rejection
    _require(
        (rule.labels, rule.max_none_probability) == (described.labels, described.max_none_probability),
        f"{RULE}: expected what {CONTRACT} says of it",
    )
    read_tflite(exports / TFLITE)
    read_model_json(exports / TFJS)
    for entry in described.expected:
        expected_none(exports, entry, shipped.golden.count)
    return f"no answer where {rule.labels[-1]} has more than {rule.max_none_probability:.1%}"


def _parse_texts(exports: Path) -> str:
    texts = [path for path in files_below(exports) if path.suffix in (".md", ".html")]
    for path in texts:
        _require(bool(_read_text(path).strip()), f"{path}: expected text, found none")
    return ", ".join(path.name for path in texts)


def _parse_golden(exports: Path) -> str:
    contract = read_contract(exports)
    images = read_golden_images(exports, contract)
    for index, image in enumerate(images):
        path = exports / "golden" / f"{index:02}.png"
        _require(np.array_equal(_read_pixels(path), image), f"{path}: expected image {index} of images.bin")
    for file in read_shipped_contract(exports).files:
        num_rows = len(expected_probabilities(exports, file, contract))
        _require(num_rows == len(images), f"{file.expected}: expected {len(images)} rows, found {num_rows}")
    return f"{len(images)} images, as bytes and as PNG, and what is to be answered"


def _read_text(path: Path) -> str:
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{path}: expected text in UTF-8: {error}") from error


def _read_pixels(path: Path) -> NDArray[np.uint8]:
    """A picture as it is, (height, width, channels)."""
    from PIL import Image

    content = read_bytes(path)
    try:
        with Image.open(io.BytesIO(content)) as picture:
            pixels = np.asarray(picture)
    except Exception as error:  # Pillow's readers raise anything from struct.error to IndexError on damaged files.
        raise ArtifactError(f"{path}: this is not a picture that can be read") from error
    return pixels.reshape(*pixels.shape[:2], -1)


def _require(is_so: bool, trouble: str) -> None:
    if not is_so:
        raise ArtifactError(trouble)
