"""The committed pictures of tests/data/preparation.json, through the Python and through the JavaScript."""

import base64
import json
import subprocess
import zlib

import numpy as np
import pytest

from pipeline.config import PROJECT_ROOT
from pipeline.data.datasets import MNIST
from pipeline.errors import PipelineError
from pipeline.node import node_binary
from pipeline.preprocess import prepare

FOLDER = PROJECT_ROOT / "tests" / "data"
VECTORS = json.loads((FOLDER / "preparation.json").read_text())


def _unpack(text, shape):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(shape)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_python_makes_the_committed_bytes(vector):
    grey = _unpack(vector["grey"], (vector["height"], vector["width"]))
    if vector["expected"] is None:
        with pytest.raises(PipelineError, match="expected ink on paper"):
            prepare(grey, MNIST.contract)
    else:
        np.testing.assert_array_equal(prepare(grey, MNIST.contract), _unpack(vector["expected"], (28, 28, 1)))


@pytest.fixture(scope="module")
def in_javascript(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("vectors")
    contract = tmp_path / "contract.json"
    contract.write_bytes(MNIST.contract.to_bytes())
    command = [node_binary(), FOLDER / "prepare.mjs", contract, FOLDER / "preparation.json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def test_javascript_makes_the_committed_bytes(in_javascript):
    assert [picture["isSame"] for picture in in_javascript] == [True] * len(VECTORS)


def test_one_digit_is_not_taken_for_two(in_javascript):
    # Its strokes are so thick that the paper between them is taken for the ink.
    assert [picture["name"] for picture in in_javascript if picture["hasMore"]] == ["thick"]
