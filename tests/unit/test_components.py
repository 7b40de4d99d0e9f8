import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from pipeline.preparation.components import find_components

SPIRAL = """
########
.......#
######.#
#....#.#
#.####.#
#......#
########
"""


def read_mask(drawing):
    return np.array([[pixel == "#" for pixel in row] for row in drawing.split()])


def assert_equals_scipy(mask):
    found = find_components(mask)
    numbered, _ = ndimage.label(mask, np.ones((3, 3)))
    boxes = [(rows.start, columns.start, rows.stop, columns.stop) for rows, columns in ndimage.find_objects(numbered)]
    np.testing.assert_array_equal(found.numbered, numbered)
    np.testing.assert_array_equal(found.boxes, np.array(boxes).reshape(-1, 4))


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()))
def test_components_of_any_mask_are_those_of_scipy(mask):
    assert_equals_scipy(mask)


@pytest.mark.parametrize("density", [0.02, 0.2, 0.4, 0.6])
def test_components_of_noise_are_those_of_scipy(density):
    assert_equals_scipy(np.random.default_rng(0).random((120, 160)) < density)


def test_components_of_a_spiral_are_one():
    components = find_components(read_mask(SPIRAL))
    assert components.numbered.max() == 1
    assert components.boxes.tolist() == [[0, 0, 7, 8]]


def test_components_at_both_ends_of_neighbouring_rows_are_two():
    components = find_components(read_mask("...#\n#..."))
    assert components.numbered.tolist() == [[0, 0, 0, 1], [2, 0, 0, 0]]


def test_components_of_blank_paper_are_none():
    components = find_components(np.zeros((3, 4), bool))
    assert not components.numbered.any()
    assert components.boxes.shape == (0, 4)
