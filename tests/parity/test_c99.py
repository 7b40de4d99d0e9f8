"""Generated C99 of the release against LiteRT's reference kernels on every test image."""

import numpy as np
import pytest

from pipeline.config import DEFAULT_BUILD_DIR, PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.data.datasets import MNIST
from pipeline.data.sources import fetch, load
from pipeline.rejection import TFLITE, with_none
from tests.embedded.toolchain import answers_on_host, compile_for_host, reference_answers, write_model

EXPORTS = PROJECT_ROOT / "exports"
CONTRACT = read_contract(EXPORTS)
RELEASED = [(EXPORTS / "tflite" / "int8.tflite", CONTRACT), (EXPORTS / TFLITE, with_none(CONTRACT))]


@pytest.mark.parametrize(("tflite", "contract"), RELEASED, ids=["classifier", "detector"])
def test_c99_answers_all_test_images_as_the_reference_kernels_do(tmp_path, tflite, contract):
    images = load(MNIST, fetch(MNIST, PROJECT_ROOT / DEFAULT_BUILD_DIR)).test_images
    assert len(images) == 10_000
    write_model(tflite, contract, tmp_path)
    answers = answers_on_host(compile_for_host(tmp_path, "-O3"), images, contract.num_labels)
    assert np.count_nonzero(answers != reference_answers(tflite, images)) == 0
