"""Hundreds of small random pictures, from which Python and JavaScript must make the same bytes."""

import base64
import json
import subprocess
import zlib
from itertools import product

import numpy as np
import pytest

from pipeline.config import PROJECT_ROOT
from pipeline.data.datasets import MNIST
from pipeline.node import node_binary
from pipeline.preparation.ink import skewness_of
from pipeline.preprocess import find_symbol, make_image

SCRIPT = PROJECT_ROOT / "tests" / "data" / "prepare.mjs"
MAX_SIDE_PX = 160
NUM_PER_KIND = 30


def white(random, least=1):
    height, width = random.integers(least, MAX_SIDE_PX + 1, 2)
    return np.full((height, width), 255)


def noise(random):
    """All levels alike, or most of them light."""
    low, high = sorted(random.integers(0, 256, 2))
    return high - (high - low) * random.random(white(random).shape) ** random.choice([1, 4, 20])


def dots(random):
    picture = white(random)
    for _ in range(random.integers(1, 6)):
        row, column = (random.integers(size) for size in picture.shape)
        picture[row : row + 2, column : column + random.integers(1, 8)] = random.integers(0, 240)
    return picture


def bars(random):
    """Marks of half to twice the window's radius, some from the borders on: the paper below them has to be guessed."""
    picture = white(random, 8)
    for _ in range(random.integers(1, 3)):
        turned = np.rot90(picture, random.integers(4))
        height, width = turned.shape
        top, left = (random.integers(0, size // 3) * random.integers(2) for size in turned.shape)
        bottom = top + max(height, width) // random.integers(4, 16) + 1
        turned[top:bottom, left : width - random.integers(4)] = random.integers(0, 255)
    return picture


def rulings(random):
    """Lines that sink a little, and a stroke across them, on paper with some grain."""
    picture = white(random, 60)
    height, width = picture.shape
    for row in range(random.integers(5), height, random.integers(9, 30)):
        drift = random.uniform(-0.06, 0.06) * random.integers(2)
        columns = np.flatnonzero(random.random(width) < random.choice([0.8, 0.9, 1]))
        rows = row + np.rint(drift * columns + random.uniform(-0.5, 0.5, len(columns)) * random.integers(2)).astype(int)
        is_inside = (rows >= 0) & (rows < height)
        picture[rows[is_inside], columns[is_inside]] = random.integers(60, 160)
    picture[height // 4 : height * 3 // 4, width // 2 : width // 2 + random.integers(2, 9)] = 30
    return np.clip(picture - random.integers(0, 4, picture.shape) * random.integers(2), 0, 255)


def ladders(random):
    """Two thin lines across a narrow picture, one along it, and a dot: less ink than the longer side has pixels."""
    height, width = random.integers(130, MAX_SIDE_PX + 1), random.integers(8, 11)
    picture = np.full((height, width), 255)
    picture[height // 5 : -3, 1] = picture[random.integers(30, 50), : width - 1] = picture[-30, : width - 1] = 40
    picture[60:63, -4:-1] = random.integers(20, 60)
    return picture.T if random.integers(2) else picture


def blots(random):
    """Round ones, for which a closer look would be too close; some with a tail."""
    picture = white(random, 100)
    rows, columns = np.indices(picture.shape)
    row, column = (random.integers(20, size - 20) for size in picture.shape)
    radius = random.integers(3, 16)
    picture[np.hypot(rows - row, columns - column) <= radius] = random.integers(0, 120)
    picture[row : row + random.integers(1, 20), column : column + random.integers(1, 6)] = random.integers(0, 120)
    return picture


KINDS = (noise, dots, bars, rulings, ladders, blots)


def draw_pictures():
    random = np.random.default_rng(0)
    for kind, number in product(KINDS, range(NUM_PER_KIND)):
        picture = kind(random).astype(np.uint8)
        yield f"{kind.__name__} {number}", picture
        yield f"{kind.__name__} {number}, light on dark", np.bitwise_not(picture)
    yield "one pixel", np.full((1, 1), 90, np.uint8)


def pack(values):
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes(), 1)).decode()


def describe(name, grey):
    symbol = find_symbol(grey)
    expected = None if symbol is None else pack(make_image(symbol.mask, MNIST.contract))
    height, width = grey.shape
    vector = {"name": name, "height": height, "width": width, "grey": pack(grey), "expected": expected}
    return {**vector, "skewness": skewness_of(grey), "hasMore": symbol is not None and symbol.has_more}


def run_javascript(vectors, folder):
    contract, pictures = folder / "contract.json", folder / "pictures.json"
    contract.write_bytes(MNIST.contract.to_bytes())
    pictures.write_text(json.dumps(vectors))
    command = [node_binary(), SCRIPT, contract, pictures]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_python_and_javascript_make_the_same_bytes_and_see_whether_there_is_more(tmp_path):
    vectors = [describe(name, grey) for name, grey in draw_pictures()]
    found = run_javascript(vectors, tmp_path)
    assert len(found) == len(vectors)
    assert [picture["name"] for picture in found if not picture["isSame"]] == []
    assert sum(vector["expected"] is not None for vector in vectors) > len(vectors) // 2
    assert [picture["hasMore"] for picture in found] == [vector["hasMore"] for vector in vectors]
    assert 20 < sum(vector["hasMore"] for vector in vectors) < len(vectors) - 20


# Exact to a pixel of the look that found it: of the picture, or of one that shows a quarter of it.
@pytest.mark.parametrize(("size", "exact_to_px"), [((150, 140), 1), ((600, 500), 4)])
@pytest.mark.parametrize(("top", "left"), [(0, 0), (40, 90), (120, 3)])
def test_javascript_says_where_the_picture_has_a_small_symbol(tmp_path, size, exact_to_px, top, left):
    picture = np.full(size, 255, np.uint8)
    bottom, right = top + 20, left + 9
    picture[top:bottom, left:right] = 30
    vectors = [describe("dark", picture), describe("light", np.bitwise_not(picture))]
    for found in run_javascript(vectors, tmp_path):
        box = found["box"]
        assert [box[side] for side in ("top", "left", "bottom", "right")] == pytest.approx(
            [top, left, bottom, right], abs=exact_to_px
        )
