import errno
from pathlib import Path

import pytest

from pipeline.errors import EngineError, EngineMissing, PipelineError, StorageError, storage_errors, unknown_name

FORMATS = ["keras", "tfjs/float32", "tflite/float32", "tflite/int8"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("int8", "did you mean tflite/int8?"),
        ("tflite/int", "did you mean tflite/int8?"),
        ("kears", "did you mean keras?"),
        ("onnx", "choose from keras, tfjs/float32, tflite/float32, tflite/int8"),
    ],
)
def test_unknown_name_suggests_the_nearest(name, hint):
    assert str(unknown_name("format", name, FORMATS)) == f"unknown format {name!r}: {hint}"


def test_unknown_name_prefers_the_same_last_part_to_a_similar_name():
    assert "did you mean tflite/int8?" in str(unknown_name("format", "int8", ["int16", "tflite/int8"]))


def test_storage_errors_of_a_missing_file_names_it(tmp_path):
    path = tmp_path / "missing"
    with pytest.raises(StorageError) as caught, storage_errors("read", tmp_path):
        path.read_bytes()
    assert str(caught.value) == f"cannot read {path}: no such file or folder"


def test_storage_errors_of_a_full_disk_names_the_path_and_the_remedy():
    with pytest.raises(StorageError) as caught, storage_errors("write", Path("model")):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value).startswith("cannot write model: the disk is full: free some space")


def test_storage_errors_of_another_kind_keeps_the_systems_words():
    with pytest.raises(StorageError) as caught, storage_errors("write", Path("model")):
        raise OSError(errno.EIO, "Input/output error")
    assert str(caught.value) == "cannot write model: Input/output error"


def test_storage_errors_lets_other_errors_through():
    with pytest.raises(KeyError), storage_errors("read", Path("model")):
        raise KeyError("key")


def test_engine_missing_is_caught_as_engine_error_and_as_pipeline_error():
    assert issubclass(EngineMissing, EngineError)
    assert issubclass(EngineError, PipelineError)
