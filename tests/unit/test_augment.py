import numpy as np
import pytest

from pipeline.augment import with_rotations
from pipeline.data.splits import Subset

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 2), np.uint8)
SUBSET = Subset(IMAGES, np.array([7, 8, 9]), np.array([20, 30, 50]))


def test_with_rotations_by_nothing_gives_the_images_as_they_are():
    np.testing.assert_array_equal(with_rotations(SUBSET, (0.0,)).images, IMAGES)


@pytest.mark.parametrize(("angle_deg", "num_quarters"), [(90.0, 1), (-90.0, -1), (180.0, 2)])
def test_with_rotations_turns_counter_clockwise_as_seen(angle_deg, num_quarters):
    turned = with_rotations(SUBSET, (angle_deg,)).images
    np.testing.assert_array_equal(turned, np.rot90(IMAGES, num_quarters, axes=(1, 2)))


def test_with_rotations_by_ten_degrees_lifts_the_right_side():
    images = np.zeros((1, 41, 41, 1), np.uint8)
    images[0, 19:22, 35:38] = 255
    turned = with_rotations(Subset(images, np.array([1]), np.array([0])), (10.0,)).images[0, :, :, 0]
    # 16 px from the centre: 16 · sin 10° = 2.78 up, 16 · cos 10° = 15.76 to the right.
    rows, columns = np.indices(turned.shape)
    assert np.average(rows, weights=turned) == pytest.approx(20 - 2.78, abs=0.1)
    assert np.average(columns, weights=turned) == pytest.approx(20 + 15.76, abs=0.1)


def test_with_rotations_fills_the_outside_with_zero_and_keeps_the_inside():
    white = Subset(np.full((1, 9, 9, 1), 255, np.uint8), np.array([1]), np.array([0]))
    turned = with_rotations(white, (45.0,)).images[0, :, :, 0]
    assert turned[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [0, 0, 0, 0]
    np.testing.assert_array_equal(turned[3:6, 3:6], 255)


def test_with_rotations_repeats_labels_and_ids_for_each_angle():
    rotated = with_rotations(SUBSET, (0.0, 10.0))
    assert rotated.labels.tolist() == [7, 8, 9, 7, 8, 9]
    assert rotated.ids.tolist() == [20, 30, 50, 20, 30, 50]
    assert len(rotated) == 6


def test_with_rotations_puts_the_copies_of_one_angle_together():
    rotated = with_rotations(SUBSET, (0.0, 180.0)).images
    np.testing.assert_array_equal(rotated[:3], IMAGES)
    np.testing.assert_array_equal(rotated[3:], IMAGES[:, ::-1, ::-1])


def test_with_rotations_gives_bytes():
    assert with_rotations(SUBSET, (0.0, 10.0)).images.dtype == np.uint8
