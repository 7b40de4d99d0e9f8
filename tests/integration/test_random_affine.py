import numpy as np
import pytest

from pipeline.augment import random_affine
from pipeline.config import Augmentation
from pipeline.tensorflow_setup import prepare_tensorflow

NOTHING = Augmentation(rotation_deg=0, scale=0, shear=0, shift_px=0, final_strength=1)
NUM_IMAGES = 500


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    prepare_tensorflow()


def amounts(config, done=0.0):
    """Shifts, and the map about the centre, that augmentation did to images; from output to input coordinates.

    A smooth blob tells its shift by its centre; two ramps tell the map, as bilinear interpolation keeps them exactly.
    """
    x, y = np.meshgrid(np.arange(29.0), np.arange(29.0))
    ramps = np.stack([x, y], axis=-1)[None].astype(np.float32).repeat(NUM_IMAGES, axis=0)
    found = random_affine(ramps, config, done, [0, 1]).numpy()
    centre, right, below = found[:, 14, 14], found[:, 14, 17], found[:, 17, 14]
    return centre - 14, np.stack([right - centre, below - centre], axis=-1) / 3


def test_random_affine_without_amounts_changes_nothing():
    shifts, maps = amounts(NOTHING)
    np.testing.assert_allclose(shifts, 0, atol=1e-4)
    np.testing.assert_allclose(maps, np.eye(2)[None].repeat(NUM_IMAGES, axis=0), atol=1e-4)


def test_random_affine_shifts_by_up_to_so_many_pixels():
    shifts, _ = amounts(Augmentation(0, 0, 0, shift_px=2.5, final_strength=1))
    assert 2.4 < np.abs(shifts).max() <= 2.5
    np.testing.assert_allclose(shifts.mean(axis=0), 0, atol=0.2)


def test_random_affine_turns_by_up_to_so_many_degrees():
    _, maps = amounts(Augmentation(rotation_deg=15, scale=0, shear=0, shift_px=0, final_strength=1))
    np.testing.assert_allclose(np.linalg.det(maps), 1, atol=1e-3)
    degrees = np.degrees(np.arctan2(maps[:, 1, 0], maps[:, 0, 0]))
    assert 14 < np.abs(degrees).max() <= 15.01


def test_random_affine_scales_width_and_height_apart():
    _, maps = amounts(Augmentation(rotation_deg=0, scale=0.12, shear=0, shift_px=0, final_strength=1))
    widths, heights = maps[:, 0, 0] - 1, maps[:, 1, 1] - 1
    for changes in (widths, heights):
        assert 0.115 < np.abs(changes).max() <= 0.1201
    assert abs(np.corrcoef(widths, heights)[0, 1]) < 0.2


def test_random_affine_shears_rows_and_half_as_much_columns():
    _, maps = amounts(Augmentation(rotation_deg=0, scale=0, shear=0.2, shift_px=0, final_strength=1))
    assert 0.19 < np.abs(maps[:, 0, 1]).max() <= 0.2001
    assert 0.095 < np.abs(maps[:, 1, 0]).max() <= 0.1001


@pytest.mark.parametrize(("done", "largest"), [(0.0, 2.0), (0.5, 1.5), (1.0, 1.0)], ids=["first", "halfway", "last"])
def test_random_affine_shrinks_to_its_final_strength(done, largest):
    shifts, _ = amounts(Augmentation(0, 0, 0, shift_px=2.0, final_strength=0.5), done)
    assert 0.95 * largest < np.abs(shifts).max() <= 1.0001 * largest


def test_random_affine_is_another_map_for_each_seed_and_image():
    images = np.random.default_rng(0).uniform(0, 255, (1, 28, 28, 1)).astype(np.float32)
    repeated = np.repeat(images[:1], 2, axis=0)
    first, second = random_affine(repeated, Augmentation(), 0.0, [0, 1]).numpy()
    again, _ = random_affine(repeated, Augmentation(), 0.0, [0, 1]).numpy()
    other, _ = random_affine(repeated, Augmentation(), 0.0, [0, 2]).numpy()
    np.testing.assert_array_equal(again, first)
    assert not np.allclose(second, first)
    assert not np.allclose(other, first)
