import pytest

from pipeline.config import PROJECT_ROOT
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes
from pipeline.runtimes.tflite_micro import _fits, find_arena_bytes

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
