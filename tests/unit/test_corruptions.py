import numpy as np
import pytest

from pipeline.corruptions import MNIST_C, corrupted
from pipeline.corruptions.graded import GRADED, add_noise, blur, break_strokes, drop_weights, part_kept

SHAPE = (28, 28)


def picture(*boxes, shape=SHAPE, num=1):
    """uint8 (num, height, width, 1): white boxes, each (rows, columns), on black."""
    images = np.zeros((num, *shape, 1), np.uint8)
    for rows, columns in boxes:
        images[:, rows, columns] = 255
    return images


def ink(images):
    return images.astype(float).sum(axis=(1, 2, 3)) / 255


def centre(image):
    """Centre of mass, (row, column) from the middle of the picture."""
    grey = image[..., 0].astype(float)
    rows, columns = np.indices(grey.shape)
    middle = (np.array(grey.shape) - 1) / 2
    return np.array([(rows * grey).sum(), (columns * grey).sum()]) / grey.sum() - middle


BLACK = picture(num=400)
WHITE = picture((slice(None), slice(None)), num=400)
BAR = picture((slice(4, 24), slice(12, 16)), num=400)


@pytest.mark.parametrize("name", MNIST_C)
@pytest.mark.parametrize("shape", [(28, 28), (32, 20)])
def test_corruption_keeps_shape_and_type_and_leaves_its_input(name, shape):
    images = picture((slice(5, 20), slice(8, 11)), shape=shape, num=5)
    before = images.copy()
    result = corrupted(images, name)
    assert result.shape == images.shape
    assert result.dtype == np.uint8
    assert (result != images).any()
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("name", MNIST_C)
def test_corruption_is_decided_by_its_seed(name):
    images = BAR[:20]
    first, again, other = (corrupted(images, name, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    is_random = name not in {"scale", "brightness", "stripe", "canny_edges"}
    assert (first != other).any() == is_random


@pytest.mark.parametrize("name", sorted(set(MNIST_C) - {"scale", "brightness", "stripe", "canny_edges"}))
def test_random_corruption_differs_from_image_to_image(name):
    assert len(np.unique(corrupted(BAR[:20], name), axis=0)) > 1


@pytest.mark.parametrize("name", MNIST_C)
def test_corruption_takes_an_empty_batch(name):
    assert corrupted(BAR[:0], name).shape == (0, 28, 28, 1)


def test_corruption_of_colour_is_refused():
    with pytest.raises(ValueError, match=r"expected uint8 \(N, height, width, 1\), received uint8 \(1, 28, 28, 3\)"):
        corrupted(np.zeros((1, 28, 28, 3), np.uint8), "shot_noise")


def test_shot_noise_counts_three_photons():
    grey = np.full((100, 28, 28, 1), 85, np.uint8)
    values, counts = np.unique(corrupted(grey, "shot_noise"), return_counts=True)
    assert values.tolist() == [0, 85, 170, 255]
    # Poisson with mean 1: e⁻¹, e⁻¹, e⁻¹/2 and the rest, 1 − 2.5/e.
    np.testing.assert_allclose(counts / counts.sum(), [0.3679, 0.3679, 0.1839, 0.0803], atol=0.01)
    assert not corrupted(BLACK, "shot_noise").any()


def test_impulse_noise_takes_17_percent_half_of_them_white():
    values, counts = np.unique(corrupted(np.full_like(BLACK, 100), "impulse_noise"), return_counts=True)
    assert values.tolist() == [0, 100, 255]
    np.testing.assert_allclose(counts / counts.sum(), [0.085, 0.83, 0.085], atol=0.003)


def test_glass_blur_moves_ink_and_keeps_its_amount():
    result = corrupted(BAR, "glass_blur")
    np.testing.assert_allclose(ink(result), ink(BAR), rtol=0.01)
    # The ragged sides of the bar differ from row to row; those of a plain blur do not.
    assert np.abs(np.diff(result[:, 8:20, 11, 0].astype(int), axis=1)).mean() > 10


def test_motion_blur_of_a_point_is_a_fading_trail_of_the_same_amount():
    point = picture((14, 14), num=300)
    result = corrupted(point, "motion_blur")
    # Half a Gaussian of σ 3 over 21 whole steps: its first weight is 1 / 4.2600.
    assert set(result[:, 14, 14, 0]) == {round(255 / 4.2600)}
    np.testing.assert_allclose(ink(result), 1, atol=0.02)
    assert not result[:, :, 15:].any()
    assert result[:, 14, 12].any()
    # Never steeper than 45°: two columns away the trail is at most two rows away.
    assert not result[:, :12, 12].any()
    assert not result[:, 17:, 12].any()


def test_shear_leans_the_bar_by_0_4_rad_to_either_side():
    sides = []
    for image in corrupted(BAR[:40], "shear"):
        upper, lower = (centre(np.where(rows, image, 0))[1] for rows in (_rows(9, 10), _rows(17, 18)))
        sides.append(np.sign(lower - upper))
        assert abs(lower - upper) == pytest.approx(8 * np.sin(0.4), abs=0.01)
    assert set(sides) == {-1, 1}


def _rows(first, last):
    rows = np.zeros((28, 28, 1), bool)
    rows[first : last + 1] = True
    return rows


def test_scale_shrinks_to_70_percent_about_the_middle():
    square = picture((slice(4, 24), slice(4, 24)))
    result = corrupted(square, "scale")
    assert ink(result)[0] == pytest.approx(14 * 14, rel=0.02)
    np.testing.assert_allclose(centre(result[0]), 0, atol=0.01)
    off_centre = picture((slice(4, 8), slice(20, 24)))
    np.testing.assert_allclose(centre(corrupted(off_centre, "scale")[0]), 0.7 * centre(off_centre[0]), atol=0.1)


def test_rotate_turns_by_0_4_rad_to_either_side():
    spot = picture((slice(4, 6), slice(13, 15)), num=40)
    angles = {round(float(np.arctan2(place[1], -place[0])), 1) for place in map(centre, corrupted(spot, "rotate"))}
    assert angles == {-0.4, 0.4}


def test_brightness_adds_half_of_white():
    assert set(corrupted(BLACK, "brightness").ravel()) == {128}
    assert set(corrupted(WHITE, "brightness").ravel()) == {255}


def test_translate_moves_three_pixels_along_both_axes():
    places = {tuple(np.round(centre(image) - centre(BAR[0]), 6)) for image in corrupted(BAR, "translate")}
    assert places == {(-3, -3), (-3, 3), (3, -3), (3, 3)}


def test_stripe_inverts_the_outer_quarters():
    result = corrupted(BAR, "stripe")[0, :, :, 0]
    assert (result[:, :7] == 255).all()
    assert (result[:, 21:] == 255).all()
    np.testing.assert_array_equal(result[:, 7:21], BAR[0, :, 7:21, 0])


def test_fog_veils_and_is_never_brighter_than_the_image():
    assert not corrupted(BLACK, "fog").any()
    grey = np.full((100, 28, 28, 1), 100, np.uint8)
    result = corrupted(grey, "fog").astype(float)
    # x = M = 100/255: the fractal, from 0 to 1, gives (x + 3f) · M / (M + 3).
    light = 100 / 255
    assert result.max() == pytest.approx(255 * light, abs=1)
    assert result.min() == pytest.approx(255 * light * light / (light + 3), abs=1)
    # Clouds: neighbours are alike. Without any likeness the ratio would be 1.1.
    assert np.abs(np.diff(result, axis=1)).mean() < 0.4 * result.std()


def test_spatter_paints_dark_mud_over_everything():
    on_black, on_white = corrupted(BLACK, "spatter"), corrupted(WHITE, "spatter")
    assert on_black.max() <= 63
    assert on_white.min() >= 63
    is_mud = on_black[..., 0] > 0
    assert (on_black[is_mud] >= round(0.8 * 63)).all()
    # Blurred noise is above its own mean for one half of the pixels; most of that is near an edge of the mask.
    assert 0.1 < is_mud.mean() < 0.3
    np.testing.assert_array_equal(on_white[..., 0] < 255, is_mud)


def test_dotted_line_is_on_in_every_second_pair_of_columns():
    result = corrupted(BLACK, "dotted_line")[..., 0]
    is_on = result.any(axis=(0, 1))
    assert is_on.tolist() == [column // 2 % 2 == 1 and column < 27 for column in range(28)]
    level = [image for image in result if (image[:, 2] == image[:, 26]).all()]
    assert level
    row = int(level[0][:, 2].argmax())
    # 1 + ln(1 − d/2.3) at distances of 0, 1 and 2 pixels: 1, 0.4296 and less than 0.
    expected = {row: 255, row - 1: 110, row + 1: 110}
    assert {index: int(value) for index, value in enumerate(level[0][:, 2]) if value} == {
        index: value for index, value in expected.items() if 0 <= index < 28
    }


def test_zigzag_has_peaks_of_two_pixels_four_apart():
    result = corrupted(BLACK, "zigzag")[..., 0]
    assert not result[:, :, :1].any()
    assert not result[:, :, 27:].any()
    inside = result[~result[:, [0, 27]].any(axis=(1, 2))]
    middles = np.array(
        [
            [(image[:, column].astype(float) @ np.arange(28)) / image[:, column].sum() for column in range(3, 21)]
            for image in inside
        ]
    )
    # Level lines have peaks in columns 4, 8, 12 …, two pixels to one side or the other.
    level = middles[np.abs(middles[:, 1] - middles[:, 9]) < 0.01]
    assert len(level)
    np.testing.assert_allclose(np.abs(level[:, 1] - level[:, 5]), 4, atol=0.01)
    np.testing.assert_allclose(level[:, 5], level[:, 13], atol=0.01)
    np.testing.assert_allclose(level[:, 3], (level[:, 1] + level[:, 5]) / 2, atol=0.01)


def test_zigzag_starts_in_any_row_and_falls_or_rises_by_at_most_five():
    result = corrupted(np.zeros((2000, 28, 28, 1), np.uint8), "zigzag")[..., 0]
    first, last = (result[:, :, column].argmax(axis=1) for column in (2, 24))
    assert {2, 14, 25} <= set(first.tolist())
    assert np.abs(last - first).max() <= 5 + 2


def test_canny_edges_outlines_a_bar():
    result = corrupted(BAR[:1], "canny_edges")[0, :, :, 0]
    assert set(np.unique(result)) == {0, 255}
    # Between the rounded ends: one pixel on either side, and nothing inside; the blur pushes both edges outwards.
    assert [np.flatnonzero(row).tolist() for row in result[10:18]] == [[11, 16]] * 8
    assert not result[:4].any()
    assert not result[24:].any()


def test_canny_edges_of_an_image_do_not_depend_on_its_neighbours():
    images = np.concatenate([BAR[:1], np.rot90(BAR[:1], axes=(1, 2)), WHITE[:1]])
    together = corrupted(images, "canny_edges")
    for index in range(3):
        np.testing.assert_array_equal(together[index : index + 1], corrupted(images[index : index + 1], "canny_edges"))


def test_canny_edges_needs_a_strong_pixel_in_each_region_of_each_image():
    # Sobel's sum over a blurred step of 1 is 2.5: 0.05, 0.12, between the two limits, and 0.25 here.
    faint, weak, strong = (BAR[:1] // 255 * grey for grey in (5, 12, 25))
    together = corrupted(np.concatenate([faint, weak, strong]), "canny_edges")
    assert not together[:2].any()
    np.testing.assert_array_equal(together[2:], corrupted(BAR[:1], "canny_edges"))


@pytest.mark.parametrize("name", GRADED)
def test_graded_damage_grows_with_its_level_and_keeps_shape_and_type(name):
    damage = GRADED[name]
    changes = []
    for level in damage.levels:
        result = damage.apply(BAR, level, np.random.default_rng(0))
        assert (result.shape, result.dtype) == (BAR.shape, np.uint8)
        changes.append(np.abs(result.astype(float) - BAR).mean())
    assert changes[0] > 0
    assert np.all(np.diff(changes) > 0)
    assert len(damage.levels) == 6


def test_add_noise_has_the_deviation_that_is_asked_for():
    grey = np.full((50, 28, 28, 1), 128, np.uint8)
    result = add_noise(grey, 0.1, np.random.default_rng(0))
    assert result.astype(float).std() == pytest.approx(25.5, rel=0.02)


def test_blur_of_a_point_is_a_gaussian():
    result = blur(picture((14, 14)), 1.0, np.random.default_rng(0))[0, :, :, 0]
    # 255 / (2π) and, one and two pixels along a row, e^(−1/2) and e^(−2) of it.
    assert result[14, 14:17].tolist() == [41, 25, 5]


def test_break_strokes_cuts_three_pixels_through_the_ink():
    line = picture((slice(None), 14), num=200)
    lost = ink(line) - ink(break_strokes(line, 1, np.random.default_rng(0)))
    # A cut square to the line erases three pixels of it, two at its end, and a slanting one more.
    assert lost.min() == 2
    assert lost.max() <= 28
    assert np.median(lost) < 6
    assert not break_strokes(BLACK, 8, np.random.default_rng(0)).any()


def test_drop_weights_zeroes_a_part_of_each_kernel_and_nothing_else():
    weights = [np.ones((3, 3, 2, 5), np.float32), np.ones(7, np.float32), np.ones((10, 4), np.float32)]
    conv, bias, dense = drop_weights(weights, 0.3, np.random.default_rng(0))
    assert (conv == 0).sum() == 27
    assert (dense == 0).sum() == 12
    assert (bias == 1).all()
    assert all((kernel == 1).all() for kernel in weights)


def test_drop_weights_draws_other_weights_each_time():
    random = np.random.default_rng(0)
    kernels = [drop_weights([np.ones((10, 10), np.float32)], 0.5, random)[0] for _ in range(2)]
    assert (kernels[0] != kernels[1]).any()


@pytest.mark.parametrize(
    ("accuracies", "kept"),
    [
        ([0.9, 0.9, 0.9], 1.0),
        ([0.9, 0.1, 0.1], 0.25 * 0.5),
        # Above chance 0.8, 0.4, 0: kept 1, ½, 0; over steps of 1 and 3 that is (0.75 + 3 · 0.25) / 4.
        ([0.9, 0.5, 0.1], 0.375),
    ],
)
def test_part_kept_is_the_area_under_the_curve_above_chance(accuracies, kept):
    assert part_kept([0, 1, 4], accuracies, chance=0.1) == pytest.approx(kept)


@pytest.mark.parametrize(
    ("levels", "accuracies"), [([0, 1], [0.9]), ([1, 2], [0.9, 0.8]), ([0, 2, 1], [0.9, 0.8, 0.7]), ([0], [0.9])]
)
def test_part_kept_of_other_levels_is_refused(levels, accuracies):
    with pytest.raises(ValueError, match="expected rising levels from 0"):
        part_kept(levels, accuracies, chance=0.1)
