import shutil

import msgspec
import numpy as np
import pytest

from pipeline.contract import read_contract
from pipeline.errors import PipelineError
from pipeline.export import GOLDEN_EXPECTED, read_golden_images
from pipeline.formats import FORMATS
from pipeline.formats.tflite_file import METADATA_NAME, read_tflite
from pipeline.runtimes import RUNTIMES, pairs

PAIRS = pairs(FORMATS.values(), RUNTIMES.values())
PAIR_IDS = [f"{format_.name}-{runtime.name}" for format_, runtime in PAIRS]


def main_file(path):
    """The file without which the artifact is nothing."""
    names = [name for name in ("saved_model.pb", "model.json") if (path / name).exists()]
    return path / names[0] if names else path


@pytest.fixture(scope="session")
def contract(quick_build):
    return read_contract(quick_build.exports)


@pytest.fixture
def copy(quick_build, tmp_path):
    """A copy of the artifacts that a test may damage."""
    return shutil.copytree(quick_build.exports, tmp_path / "exports")


@pytest.mark.parametrize(("format_", "runtime"), PAIRS, ids=PAIR_IDS)
def test_runner_answers_golden_images_as_the_reference(quick_build, contract, format_, runtime):
    golden = msgspec.json.decode((quick_build.exports / GOLDEN_EXPECTED).read_bytes())
    images = read_golden_images(quick_build.exports, contract)
    runner = runtime.load(quick_build.exports / format_.path, contract)
    try:
        probabilities = runner.predict(images)
    finally:
        runner.close()
    assert probabilities.dtype == np.float32
    atol = min(runtime.limits(format_).max_probability_difference, 0.1)
    np.testing.assert_allclose(probabilities, golden["probabilities"], atol=atol)


@pytest.mark.parametrize("format_", FORMATS.values(), ids=FORMATS)
def test_inspect_of_a_sound_artifact_passes_every_check(quick_build, contract, format_):
    checks = format_.inspect(quick_build.exports / format_.path, contract)
    assert [check for check in checks if not check.passed] == []


@pytest.mark.parametrize("num_bytes", [0, 100, 3000], ids=["empty", "cut at 100", "cut at 3000"])
@pytest.mark.parametrize(("format_", "runtime"), PAIRS, ids=PAIR_IDS)
def test_artifact_that_is_cut_off_is_an_error_and_no_answer(copy, contract, format_, runtime, num_bytes):
    path = main_file(copy / format_.path)
    path.write_bytes(path.read_bytes()[:num_bytes])
    with pytest.raises(PipelineError) as caught:
        runtime.load(copy / format_.path, contract)
    assert "next: pipeline" in str(caught.value)


@pytest.mark.parametrize("format_", FORMATS.values(), ids=FORMATS)
def test_inspect_of_a_missing_artifact_is_an_error(contract, tmp_path, format_):
    with pytest.raises(PipelineError):
        format_.inspect(tmp_path / "missing", contract)


@pytest.mark.parametrize("name", ["tfjs/float32", "tfjs/uint8"])
def test_tfjs_shard_that_is_cut_off_is_an_error(copy, contract, name):
    (shard,) = (copy / FORMATS[name].path).glob("*.bin")
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(PipelineError, match="bytes of weights"):
        FORMATS[name].inspect(copy / FORMATS[name].path, contract)


@pytest.mark.parametrize(("format_", "runtime"), PAIRS, ids=PAIR_IDS)
def test_runner_refuses_a_file_of_another_input_shape(quick_build, contract, format_, runtime):
    from dataclasses import replace

    wider = replace(contract, input=replace(contract.input, width=contract.input.width + 1))
    with pytest.raises(PipelineError, match="expected"):
        runtime.load(quick_build.exports / format_.path, wider)


def test_int8_takes_pixel_bytes_and_gives_probability_bytes(quick_build):
    info = read_tflite(quick_build.exports / "tflite" / "int8.tflite")
    (image,), (probabilities,) = info.inputs, info.outputs
    assert (image.dtype, image.scale, image.zero_point) == ("uint8", 1.0, 0)
    assert (probabilities.dtype, probabilities.scale, probabilities.zero_point) == ("uint8", 1 / 256, 0)
    assert "float32" not in info.num_tensors


def test_float_file_under_the_integer_name_fails_its_checks(copy, contract):
    shutil.copy(copy / "tflite" / "float32.tflite", copy / "tflite" / "int8.tflite")
    checks = FORMATS["tflite/int8"].inspect(copy / "tflite" / "int8.tflite", contract)
    failed = {check.name for check in checks if not check.passed}
    assert {"input tensor", "kernels quantised as expected", "integer from end to end"} <= failed


def test_tflite_metadata_names_labels_and_contract(quick_build, contract):
    for path in (quick_build.exports / "tflite").iterdir():
        metadata = msgspec.json.decode(read_tflite(path).metadata[METADATA_NAME])
        assert metadata["labels"] == list(contract.labels)
        assert metadata["contract_sha256"] == contract.sha256
        assert metadata["licence"] == "Apache-2.0"


def test_tfjs_metadata_names_labels_and_contract(quick_build, contract):
    model = msgspec.json.decode((quick_build.exports / "tfjs" / "uint8" / "model.json").read_bytes())
    assert model["userDefinedMetadata"]["model"]["labels"] == list(contract.labels)
    assert model["userDefinedMetadata"]["model"]["contract_sha256"] == contract.sha256


@pytest.mark.parametrize(
    "change",
    [
        {"weightsManifest": [1]},
        {"weightsManifest": [{"paths": [None], "weights": []}]},
        {"weightsManifest": [{"paths": ["../../secret"], "weights": []}]},
        {"signature": {"inputs": {"image": {"name": "image:0"}}}},
        {"signature": None},
    ],
    ids=["group", "path", "path outside", "shape", "signature"],
)
def test_tfjs_model_with_a_wrong_field_is_an_error(copy, contract, change):
    path = copy / "tfjs" / "float32" / "model.json"
    path.write_bytes(msgspec.json.encode({**msgspec.json.decode(path.read_bytes()), **change}))
    with pytest.raises(PipelineError, match="next: pipeline export"):
        FORMATS["tfjs/float32"].inspect(path.parent, contract)
