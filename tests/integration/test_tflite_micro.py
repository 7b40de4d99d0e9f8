import numpy as np
import pytest

from pipeline.config import PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.data.splits import Subset
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes
from pipeline.formats import get_format
from pipeline.parity import make_reference, run_row
from pipeline.runtimes import tflite_micro
from pipeline.runtimes.tflite_micro import TFLITE_MICRO, _fits, find_arena_bytes

INT8 = PROJECT_ROOT / "exports" / "tflite" / "int8.tflite"


def test_arena_is_enough_and_no_larger_than_needed():
    arena_bytes = find_arena_bytes(INT8)
    assert _fits(read_bytes(INT8), arena_bytes)
    assert not _fits(read_bytes(INT8), arena_bytes - 16)


@pytest.mark.parametrize("num_bytes", [0, 3000])
def test_arena_of_a_damaged_file_is_an_error(tmp_path, num_bytes):
    (tmp_path / "cut.tflite").write_bytes(read_bytes(INT8)[:num_bytes])
    with pytest.raises(ArtifactError, match="next: pipeline export"):
        find_arena_bytes(tmp_path / "cut.tflite")


def test_arena_of_a_file_with_kernels_that_micro_lacks_is_an_error():
    with pytest.raises(ArtifactError, match="refuses"):
        find_arena_bytes(INT8.with_name("dynamic_range.tflite"))


@pytest.fixture
def row(monkeypatch):
    """What parity says of the int8 file when the process that tries it first runs this code."""
    contract = read_contract(INT8.parents[1])
    images = np.zeros((600, *contract.input.shape), np.uint8)
    test = Subset(images, np.zeros(600, np.int64), np.arange(600))
    reference = make_reference(test, np.full((600, contract.num_labels), 0.1, np.float32))

    def run(trial):
        monkeypatch.setattr(tflite_micro, "_TRIAL", trial)
        return run_row(INT8.parents[1], contract, reference, get_format("tflite/int8"), TFLITE_MICRO)

    return run


def test_file_that_crashes_the_engine_is_a_row_that_was_not_run(row):
    crashed = row("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert crashed.status == "not run"
    assert "TFLite Micro crashed on " in crashed.reason
    assert "ended with code -11" in crashed.reason


def test_file_that_hangs_the_engine_is_a_row_that_was_not_run(row, monkeypatch):
    monkeypatch.setattr(tflite_micro, "ENGINE_TIMEOUT_S", 0.2)
    hung = row("import time; time.sleep(60)")
    assert (hung.status, "no answer within 0 s" in hung.reason) == ("not run", True)


def test_file_that_is_refused_says_why(tmp_path):
    with pytest.raises(
        ArtifactError, match=r"dynamic_range.tflite: TFLite Micro refuses this file: .*next: pipeline export$"
    ):
        TFLITE_MICRO.load(INT8.with_name("dynamic_range.tflite"), read_contract(INT8.parents[1]))


def test_file_that_runs_says_its_arena():
    runner = TFLITE_MICRO.load(INT8, read_contract(INT8.parents[1]))
    assert runner.device == f"an arena of {find_arena_bytes(INT8):,} bytes"
