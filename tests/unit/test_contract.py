import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract import ModelContract, read_contract
from pipeline.data.datasets import MNIST
from pipeline.errors import ArtifactError
from pipeline.formats.base import check_metadata

FIELDS = msgspec.to_builtins(MNIST.contract)


def test_contract_survives_its_json():
    assert ModelContract.from_bytes(MNIST.contract.to_bytes()) == MNIST.contract


def test_contract_hash_depends_on_every_promise():
    inverted = {**FIELDS, "input": {**FIELDS["input"], "polarity": "dark_on_bright"}}
    assert ModelContract.from_bytes(msgspec.json.encode(inverted)).sha256 != MNIST.contract.sha256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "schema_version: expected 1, received 2"),
        ({"labels": ["0"]}, "two or more"),
        ({"labels": ["0", "0"]}, "two or more different"),
        ({"input": {**FIELDS["input"], "height": 0}}, "input shape"),
        ({"input": {**FIELDS["input"], "width": "28"}}, "input.width"),
        ({"input": {**FIELDS["input"], "polarity": "grey"}}, "grey"),
        ({"input": {**FIELDS["input"], "value_range": [255, 0]}}, "low < high"),
        ({"preprocessing": {"box_px": 29, "centre": "mass"}}, "box_px"),
        ({"name": None}, "name"),
    ],
)
def test_contract_with_a_wrong_field_names_it(change, message):
    with pytest.raises(ArtifactError) as caught:
        ModelContract.from_bytes(msgspec.json.encode({**FIELDS, **change}))
    assert message in str(caught.value)


@given(st.binary(max_size=200))
def test_contract_from_arbitrary_bytes_is_an_artifact_error(content):
    with pytest.raises(ArtifactError):
        ModelContract.from_bytes(content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(FIELDS)), json_values)
def test_contract_with_an_arbitrary_field_is_read_or_an_artifact_error(field, value):
    content = msgspec.json.encode({**FIELDS, field: value})
    try:
        contract = ModelContract.from_bytes(content)
    except ArtifactError:
        return
    assert ModelContract.from_bytes(contract.to_bytes()) == contract


def test_read_contract_of_a_folder_without_one_names_the_next_command(tmp_path):
    with pytest.raises(ArtifactError, match="pipeline build-all"):
        read_contract(tmp_path)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({}, "labels and contract"),
        ({"labels": list("0123546789")}, "other labels"),
        ({"contract_sha256": "0" * 64}, "other contract_sha256"),
    ],
)
def test_check_metadata_compares_labels_and_contract(change, detail):
    metadata = {"labels": list(MNIST.contract.labels), "contract_sha256": MNIST.contract.sha256, **change}
    check = check_metadata(metadata, MNIST.contract)
    assert (check.passed, check.detail) == (not change, detail)


@pytest.mark.parametrize("metadata", [None, [], "text", {}])
def test_check_metadata_of_a_file_that_says_nothing_fails(metadata):
    assert not check_metadata(metadata, MNIST.contract).passed
