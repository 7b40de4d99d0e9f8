"""The preparation in C against Python's, byte for byte, under sanitizers."""

import base64
import json
import zlib

import numpy as np
import pytest

from pipeline.config import PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.embed.kit import Kit, write_shared
from pipeline.errors import PipelineError
from pipeline.export import read_golden_images
from pipeline.preprocess import prepare
from tests.data.draw_preparation import FIVE, SEVEN, draw
from tests.embedded.toolchain import SANITIZERS, compile_preparation, prepare_on_cortex_m4, prepare_on_host

EXPORTS = PROJECT_ROOT / "exports"
CONTRACT = read_contract(EXPORTS)
VECTORS = json.loads((PROJECT_ROOT / "tests" / "data" / "preparation.json").read_text())
NUM_RANDOM = 60
MAX_INSTRUCTIONS = 60_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preparation")
    write_shared(("preparation.h", "preparation.c"), Kit(EXPORTS), folder)
    return folder


@pytest.fixture(scope="module")
def program(folder):
    return compile_preparation(folder, *SANITIZERS)


def _random_pictures():
    """Strokes of any size and pen, on any paper: light from one side, noise, rulings, blots."""
    random = np.random.default_rng(0)
    for _ in range(NUM_RANDOM):
        size = int(random.choice([9, 28, 63, 100, 160, 161, 250, 700]))
        scale = int(random.integers(max(4, size // 8), size + 1))
        at = random.integers(0, size - scale + 1, 2)
        pen = int(random.integers(1, max(2, scale // 5)))
        strokes = (FIVE,) if random.random() < 0.5 else (SEVEN, FIVE)
        picture = draw(size, strokes, pen, int(random.integers(90, 256)), int(random.integers(0, 150)), scale, at)
        rows, columns = np.mgrid[0:size, 0:size]
        if random.random() < 0.3:
            step = int(random.integers(6, 40))
            tilt = int(random.integers(20, 60))
            picture = np.minimum(picture, np.where((rows + columns // tilt) % step == 0, random.integers(60, 200), 255))
        if random.random() < 0.3:
            picture = picture * (columns + size) // (2 * size)
        picture = picture + random.integers(-1, 2, picture.shape) * random.integers(0, 20)
        height = int(random.integers(size // 2 + 1, size + 1))
        yield np.ascontiguousarray(picture[:height].clip(0, 255).astype(np.uint8))


def _expected(picture):
    try:
        return prepare(picture, CONTRACT)
    except PipelineError:
        return None


def _assert_equal(found, expected):
    assert len(found) == len(expected)
    for index, (image, wanted) in enumerate(zip(found, expected, strict=True)):
        assert (image is None) == (wanted is None), index
        if wanted is not None:
            np.testing.assert_array_equal(image, wanted, err_msg=str(index))


def _unpack(text, shape):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(shape)


def _vectors():
    pictures = [_unpack(vector["grey"], (vector["height"], vector["width"])) for vector in VECTORS]
    expected = [
        None if vector["expected"] is None else _unpack(vector["expected"], CONTRACT.input.shape) for vector in VECTORS
    ]
    assert any(image is None for image in expected)
    return pictures, expected


def test_c_makes_the_committed_bytes(program):
    pictures, expected = _vectors()
    _assert_equal(prepare_on_host(program, pictures, CONTRACT.input.shape), expected)


def test_c_makes_the_committed_bytes_on_a_cortex_m4(folder):
    pictures, expected = _vectors()
    images, instructions = prepare_on_cortex_m4(folder, pictures, CONTRACT.input.shape)
    _assert_equal(images, expected)
    assert instructions.max() < MAX_INSTRUCTIONS


def test_c_makes_what_python_makes_of_random_pictures(program):
    pictures = [*_random_pictures(), *(image[:, :, 0] for image in read_golden_images(EXPORTS, CONTRACT))]
    expected = [_expected(picture) for picture in pictures]
    assert sum(image is not None for image in expected) > NUM_RANDOM // 2
    _assert_equal(prepare_on_host(program, pictures, CONTRACT.input.shape), expected)
