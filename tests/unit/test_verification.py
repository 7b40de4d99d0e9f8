import io
import re
import shutil
import sys
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.errors import ArtifactError
from pipeline.files import files_below, sha256
from pipeline.formats import get_format
from pipeline.manifest import find_changes, read_manifest, write_manifest
from pipeline.progress import Silent
from pipeline.runtimes import get_runtime
from pipeline.shipping import verification
from pipeline.shipping.contract import read_shipped_contract
from pipeline.shipping.golden_runs import Finding
from pipeline.shipping.verification import verify_release

NUM_CHANGES = 100
ONE = ([get_format("tflite/int8")], [get_runtime("litert")])


def _png(side):
    content = io.BytesIO()
    Image.new("L", (side, side)).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def copy(tmp_path):
    """The release, somewhere else."""
    return shutil.copytree(PROJECT_ROOT / "exports", tmp_path / "copy")


@pytest.fixture
def without_inspection(monkeypatch):
    """Leaves the formats' own checks out, which need TensorFlow and have their own tests."""
    monkeypatch.setattr(verification, "FORMATS", {})


def _flip(path, offset, bit):
    content = bytearray(path.read_bytes())
    content[offset] ^= 1 << bit
    path.write_bytes(content)


def _is_found(copy):
    try:
        return any(finding.status == "failed" for finding in verify_release(copy, Silent(), *ONE))
    except ArtifactError:
        return True


def test_each_of_many_single_changed_bits_is_found(copy):
    random = np.random.default_rng(0)
    files = files_below(copy)
    places = [(path, int(random.integers(path.stat().st_size))) for path in files]
    starts = np.cumsum([0, *(path.stat().st_size for path in files)])
    for offset in random.integers(starts[-1], size=NUM_CHANGES):
        index = int(np.searchsorted(starts, offset, side="right")) - 1
        places.append((files[index], int(offset - starts[index])))
    assert len(places) == len(files) + NUM_CHANGES
    assert find_changes(copy) == []
    for path, offset in places:
        bit = int(random.integers(8))
        _flip(path, offset, bit)
        assert _is_found(copy), f"bit {bit} of byte {offset} of {path.name}"
        _flip(path, offset, bit)
    assert find_changes(copy) == []


def test_copy_is_read_and_run_without_the_project(copy, monkeypatch, tmp_path, without_inspection):
    monkeypatch.chdir(tmp_path)
    findings = verify_release(copy, Silent(), *ONE)
    assert {finding.status for finding in findings} == {"ok"}
    in_engines = [(finding.subject, finding.engine) for finding in findings if finding.engine]
    assert in_engines == [("tflite/int8 in litert", "litert"), ("rejection/int8.tflite in litert", "litert")]


def test_command_lists_what_it_looked_at(copy, without_inspection, monkeypatch):
    monkeypatch.setattr("pipeline.commands.verify.show_progress", lambda: nullcontext(Silent()))
    arguments = ["verify", str(copy), "--format", "tflite/int8", "--runtime", "tflite-micro"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "ok       hashes: " in result.output
    assert "ok       tflite/int8 in tflite-micro: |Δp| 0 at most" in result.output
    assert "ok       rejection/int8.tflite in tflite-micro: |Δp| 0" in result.output
    assert re.search(r"limit 0\.0039; 0 of [5-9]\d clear decisions differ", result.output)
    assert result.output.endswith(f"{copy} is whole, and answers as it should in 2 runs of engines\n")
    _flip(copy / "labels.txt", 0, 0)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "failed   hashes: labels.txt was changed after it was built" in result.output
    assert "is whole" not in result.output


def test_file_that_nobody_released_is_to_be_deleted(copy, monkeypatch):
    monkeypatch.setattr("pipeline.commands.verify.show_progress", lambda: nullcontext(Silent()))
    (copy / ".DS_Store").touch()
    result = CliRunner().invoke(app, ["verify", str(copy)])
    assert str(result.exception) == f"{copy}: hashes: .DS_Store is not in the manifest; next: delete it"


def test_format_without_checks_of_its_own_says_so(copy):
    keras, int8 = (verification._parser(get_format(name))(copy) for name in ("keras", "tflite/int8"))
    assert keras == "is loaded by its engine alone: no checks of its own"
    assert re.fullmatch(r"\d+ checks passed", int8)


@pytest.mark.parametrize(
    ("subject", "engine", "remedy"),
    [
        ("hashes", "", "restore it from the release"),
        ("labels.txt", "", "pipeline build-all"),
        ("tflite/int8 in litert", "litert", "pipeline doctor, then pipeline parity"),
        (
            "rejection/tfjs in keras",
            "keras",
            "make setup, for the version of keras that was tried, then pipeline verify",
        ),
    ],
)
def test_failure_names_a_remedy_for_its_kind(monkeypatch, tmp_path, subject, engine, remedy):
    (tmp_path / "manifest.json").touch()
    monkeypatch.setattr("pipeline.commands.verify.show_progress", lambda: nullcontext(Silent()))
    finding = Finding(subject, "failed", "this", engine)
    monkeypatch.setattr(verification, "verify_release", lambda *_: [finding])
    result = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert str(result.exception) == f"{tmp_path}: {subject}: this; next: {remedy}"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("labels.txt", b"1\n2\n", "labels.txt: expected "),
        ("labels.txt", b"\xff", "labels.txt: expected text in UTF-8"),
        ("golden/00.png", None, "expected image 0 of images.bin"),
        ("golden/00.png", b"x", "golden/00.png: this is not a picture"),
        ("golden/00.png", _png(1), "expected image 0 of images.bin"),
        ("golden/tflite/int8.bin", b"\0" * 310, "expected 32 rows, found 31"),
        ("golden/rejection/int8.bin", b"\0" * 63, "golden/rejection/int8.bin: expected 96 probabilities, found 63"),
        ("golden/rejection/tfjs.bin", b"\0" * 255, "golden/rejection/tfjs.bin: expected probabilities, found none"),
        ("golden/expected.json", b"{}", "expected probabilities, found none"),
        ("golden/expected.json", b'{"probabilities": [[1, 2, 3]]}', "expected probabilities, found none"),
        ("contract.json", b"{}", "is no contract of a release"),
        ("contract.schema.json", b"[]", "contract.schema.json"),
        ("results.json", b"{}", "results.json"),
        ("report.md", b" ", "expected text, found none"),
        ("report.md", b"\xff", "report.md: expected text in UTF-8"),
        ("tflite/float32.tflite", b"", "expected another hash of tflite/float32.tflite"),
    ],
)
def test_file_that_says_something_else_is_found(copy, without_inspection, name, content, expected):
    (copy / name).write_bytes((copy / "golden/01.png").read_bytes() if content is None else content)
    write_manifest(copy, read_manifest(copy).provenance)
    failed = [finding.detail for finding in verify_release(copy, Silent(), *ONE) if finding.status == "failed"]
    assert any(expected in detail for detail in failed), failed


@pytest.mark.parametrize(
    ("file", "subject"),
    [
        ("golden/tflite/int8.bin", "tflite/int8 in litert-reference"),
        ("golden/rejection/int8.bin", "rejection/int8.tflite in litert-reference"),
    ],
)
def test_answer_that_is_not_the_expected_one_is_found(copy, without_inspection, file, subject):
    _flip(copy / file, 7, 6)
    write_manifest(copy, {})
    findings = verify_release(copy, Silent(), ONE[0], [get_runtime("litert-reference")])
    (failed,) = [finding for finding in findings if finding.status != "ok"]
    assert (failed.subject, failed.status) == (subject, "failed")
    assert failed.detail.startswith("|Δp| 0.25 at most")


@pytest.mark.parametrize(
    ("engine", "status"), [("litert-reference", "failed"), ("tflite-micro", "ok"), ("litert", "ok")]
)
def test_detector_may_be_a_step_off_where_the_engine_rounds_otherwise(copy, without_inspection, engine, status):
    # Not one that this engine is off by a step already: its expected probability is 0.
    _flip(copy / "golden/rejection/int8.bin", 1, 0)
    write_manifest(copy, {})
    findings = verify_release(copy, Silent(), ONE[0], [get_runtime(engine)])
    (found,) = [finding for finding in findings if finding.subject.startswith("rejection/")]
    assert found.status == status


def test_decisions_that_differ_are_counted(copy, without_inspection):
    path = copy / "golden/rejection/int8.bin"
    stored = np.frombuffer(path.read_bytes(), np.uint8)
    # The first four and the last four: symbols that are expected to be none, negatives that are expected to be symbols.
    changed = np.concatenate([np.full(4, 255, np.uint8), stored[4:-4], np.full(4, 0, np.uint8)])
    path.write_bytes(changed.tobytes())
    write_manifest(copy, {})
    findings = verify_release(copy, Silent(), ONE[0], [get_runtime("litert-reference")])
    (found,) = [finding for finding in findings if finding.subject.startswith("rejection/")]
    max_none = read_shipped_contract(copy).rejection.max_none_probability * 256
    num_others = ((changed > max_none) != (stored > max_none)).sum()
    assert num_others > 4
    assert found.detail.endswith(f"; {num_others} of 96 clear decisions differ")


def test_detector_that_answers_otherwise_is_found(copy, without_inspection):
    # The classifier's weights in the place of the detector's would be of another shape: TF.js' are shuffled instead.
    path = copy / "rejection/tfjs/group1-shard1of1.bin"
    path.write_bytes(path.read_bytes()[::-1])
    contract = read_shipped_contract(copy)
    hashes = contract.rejection.sha256 | {"rejection/tfjs/group1-shard1of1.bin": sha256(path.read_bytes())}
    (copy / "contract.json").write_bytes(
        replace(contract, rejection=replace(contract.rejection, sha256=hashes)).to_bytes()
    )
    write_manifest(copy, {})
    findings = verify_release(copy, Silent(), [get_format("tfjs/uint8")], [get_runtime("tfjs-node-wasm")])
    statuses = {finding.subject: finding.status for finding in findings if finding.engine}
    assert statuses == {"tfjs/uint8 in tfjs-node-wasm": "ok", "rejection/tfjs in tfjs-node-wasm": "failed"}


def test_release_without_expected_answers_of_the_detector_is_verified_without_them(copy, without_inspection):
    contract = read_shipped_contract(copy)
    (copy / "contract.json").write_bytes(
        replace(contract, rejection=replace(contract.rejection, expected=())).to_bytes()
    )
    write_manifest(copy, {})
    findings = verify_release(copy, Silent(), *ONE)
    assert [finding.subject for finding in findings if finding.engine] == ["tflite/int8 in litert"]


def test_expected_answers_of_a_file_that_is_none_of_the_detectors_are_found(copy, without_inspection):
    contract = read_shipped_contract(copy)
    entry = replace(contract.rejection.expected[0], file="tflite/int8.tflite")
    changed = replace(contract, rejection=replace(contract.rejection, expected=(entry,)))
    (copy / "contract.json").write_bytes(changed.to_bytes())
    write_manifest(copy, {})
    (failed,) = [finding for finding in verify_release(copy, Silent(), *ONE) if finding.status == "failed"]
    assert "expected a file of the detector, found tflite/int8.tflite" in failed.detail


def test_engine_that_is_not_there_is_not_run(copy, without_inspection, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    assert verify_release(copy, Silent(), *ONE)[-1].status == "not run"


@pytest.mark.parametrize(("options", "exit_code"), [((), 0), (("--runtime", "litert", "--runtime", "tflite-micro"), 1)])
def test_engine_that_is_asked_for_must_be_there(copy, without_inspection, monkeypatch, options, exit_code):
    assert _verify_without_litert(monkeypatch, copy, "--format", "tflite/int8", *options).exit_code == exit_code


def test_some_engine_must_be_there(copy, without_inspection, monkeypatch):
    monkeypatch.setattr("pipeline.runtimes.RUNTIMES", {"litert": get_runtime("litert")})
    result = _verify_without_litert(monkeypatch, copy, "--format", "tflite/int8")
    assert result.exit_code == 1
    assert "not run  tflite/int8 in litert: " in result.output
    assert str(result.exception).startswith("tflite/int8 in litert: ")


def _verify_without_litert(monkeypatch, *arguments):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setattr("pipeline.commands.verify.show_progress", lambda: nullcontext(Silent()))
    return CliRunner().invoke(app, ["verify", *map(str, arguments)])
