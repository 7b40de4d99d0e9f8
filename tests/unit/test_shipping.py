import re
from dataclasses import fields

import msgspec
import numpy as np
import pytest

from pipeline.config import PROJECT_ROOT
from pipeline.contract import ModelContract, read_contract
from pipeline.data.datasets import MNIST
from pipeline.errors import ArtifactError
from pipeline.export import read_golden_images
from pipeline.formats import FORMATS
from pipeline.rejection import read_rule, with_none
from pipeline.results import read_results
from pipeline.runtimes import get_runtime
from pipeline.runtimes.litert import LITERT
from pipeline.shipping.contract import json_schema, read_shipped_contract
from pipeline.shipping.describe import describe
from pipeline.shipping.golden import MAX_XNNPACK_STEPS, engine_limit, integer_limit, restore, store
from pipeline.shipping.golden_detector import DETECTOR_FILES, detector_images, expected_none
from pipeline.shipping.handwriting import OURS, REJECTING, Handwriting, HandwritingRow, read_handwriting
from pipeline.shipping.model_card import render_model_card

EXPORTS = PROJECT_ROOT / "exports"


def test_contract_begins_with_the_one_that_the_network_was_trained_for():
    content = (EXPORTS / "contract.json").read_bytes()
    assert ModelContract.from_bytes(content) == MNIST.contract
    assert list(msgspec.json.decode(content))[:5] == [field.name for field in fields(ModelContract)]
    assert read_contract(EXPORTS).sha256 == MNIST.contract.sha256 == read_shipped_contract(EXPORTS).model.sha256


def test_contract_is_what_the_files_say():
    assert describe(EXPORTS, EXPORTS).to_bytes() == (EXPORTS / "contract.json").read_bytes()


def test_contract_without_expected_outputs_compares_with_the_reference(tmp_path):
    contract = describe(EXPORTS, tmp_path)
    assert {file.expected for file in contract.files} == {None}
    assert contract.rejection.expected == ()
    int8 = contract.file_of("tflite/int8")
    assert int8.max_difference == FORMATS["tflite/int8"].tolerance.max_probability_difference


def test_contract_of_a_build_that_was_not_released_says_so(tmp_path):
    (tmp_path / "contract.json").write_bytes(MNIST.contract.to_bytes())
    with pytest.raises(ArtifactError, match=r"is no contract of a release: .*output"):
        read_shipped_contract(tmp_path)


def test_contract_says_when_there_is_no_answer():
    contract, rule = read_shipped_contract(EXPORTS), read_rule(EXPORTS)
    assert contract.rejection.labels == rule.labels == (*contract.labels, "none")
    assert contract.rejection.max_none_probability == rule.max_none_probability


def test_expected_answers_of_the_detector_are_on_both_sides_of_its_threshold():
    contract = read_shipped_contract(EXPORTS)
    golden = read_golden_images(EXPORTS, contract.model)
    images = detector_images(golden)
    np.testing.assert_array_equal(images[: len(golden)], golden)
    np.testing.assert_array_equal(images[2 * len(golden) - 1], np.maximum(golden[-1], golden[0]))
    np.testing.assert_array_equal(images[2 * len(golden) :], 255 - golden)
    assert [entry.file for entry in contract.rejection.expected] == list(DETECTOR_FILES)
    for entry in contract.rejection.expected:
        none = expected_none(EXPORTS, entry, len(golden))
        assert none.shape == (len(images), 1)
        is_none = none > contract.rejection.max_none_probability
        # Whatever network was trained: nearly all symbols get an answer, most negatives get none.
        assert is_none[: len(golden)].mean() < 0.2
        assert is_none[2 * len(golden) :].mean() > 0.5


def test_engine_far_from_the_reference_kernels_is_no_wider_limit_but_an_error():
    contract = read_shipped_contract(EXPORTS)
    artifact, images = EXPORTS / contract.rejection.tflite, read_golden_images(EXPORTS, contract.model)[:2]
    found = LITERT.load(artifact, with_none(contract.model)).predict(images)[:, -1:]
    allowed = MAX_XNNPACK_STEPS / 256
    limit = integer_limit(artifact, with_none(contract.model), images, found + np.float32([[allowed], [0]]))
    assert limit == 2 * allowed
    with pytest.raises(ArtifactError, match=r"expected XNNPACK within 24 steps of 1/256 .*, found 25; next: "):
        integer_limit(artifact, with_none(contract.model), images, found + np.float32([[0], [allowed + 1 / 256]]))


@pytest.mark.parametrize(
    ("engine", "dtype", "limit"),
    [
        ("litert-reference", "uint8", 0),
        ("tflite-micro", "uint8", 1 / 256),
        ("litert", "uint8", 0.01),
        ("litert-reference", "float32", 0.01),
        ("tflite-micro", "float32", 0.01),
        ("chromium-tfjs-webgl-f16", "float32", 0.05),
    ],
)
def test_engine_may_differ_by_what_its_arithmetic_does(engine, dtype, limit):
    assert engine_limit(get_runtime(engine), dtype, 0.01) == limit


def test_integer_file_takes_and_gives_bytes():
    file = read_shipped_contract(EXPORTS).file_of("tflite/int8")
    assert (file.input.dtype, file.input.scale, file.input.zero_point) == ("uint8", 1.0, 0)
    assert (file.output.dtype, file.output.scale, file.output.zero_point) == ("uint8", 1 / 256, 0)
    assert file.weights == "int8"
    with pytest.raises(ArtifactError, match="expected a file of format other"):
        read_shipped_contract(EXPORTS).file_of("other")


def test_schema_describes_every_field():
    schema = msgspec.json.decode(json_schema())
    assert (EXPORTS / "contract.schema.json").read_bytes() == json_schema()
    objects = [schema, *schema["$defs"].values()]
    assert len(objects) == 10
    for found in objects:
        assert found["description"]
        assert all(field["description"] for field in found["properties"].values())


def test_schema_names_the_fields_of_the_contract():
    schema = msgspec.json.decode(json_schema())
    contract = msgspec.json.decode((EXPORTS / "contract.json").read_bytes())
    assert set(contract) == set(schema["properties"])
    assert set(contract["files"][0]) == set(schema["$defs"]["ShippedFile"]["properties"])


@pytest.mark.parametrize(("dtype", "num_bytes"), [("uint8", 1), ("float32", 4)])
def test_outputs_are_stored_and_restored(dtype, num_bytes):
    probabilities = np.array([[0.25, 0.75], [0.0, 255 / 256]], np.float32)
    content = store(probabilities, dtype).tobytes()
    assert len(content) == 4 * num_bytes
    np.testing.assert_array_equal(restore(content, dtype, 2), probabilities)
    with pytest.raises(ValueError, match="reshape"):
        restore(content[:num_bytes], dtype, 2)


def test_model_card_shows_handwriting_of_the_same_files():
    accuracies = {"resize": 0.1, OURS: 1.0, REJECTING: 0.75}
    rows = (HandwritingRow("somebody/photographs", 12, accuracies),)
    measured = Handwriting({}, "twelve photographs", rows, accuracies)
    results, contract = read_results(EXPORTS / "results.json"), read_shipped_contract(EXPORTS)
    card = render_model_card(results, contract, "Apache-2.0", MNIST.licence, measured)
    assert "On twelve photographs, through" in card
    assert "| somebody/photographs | 12 | 100.0% | 75.0% |" in card
    assert "beyond the sources above" in card
    assert "handwriting" not in render_model_card(results, contract, "Apache-2.0", MNIST.licence).lower()


def test_model_card_shows_the_results():
    results = read_results(EXPORTS / "results.json")
    card = (EXPORTS / "MODEL_CARD.md").read_text()
    contract, handwriting = read_shipped_contract(EXPORTS), read_handwriting(EXPORTS)
    assert card == render_model_card(results, contract, "Apache-2.0", MNIST.licence, handwriting)
    assert f"**{results.quality.accuracy:.2%}** of 10,000 test images, Wilson 95 % interval" in card
    assert f"over 15 bins: {results.quality.calibration_error:.2%}" in card
    assert re.search(r"\| tflite/int8 \| litert \| invoke\(\); XNNPACK, 1 thread \|  \| [\d.]+ µs", card)
