import numpy as np
import pytest
from PIL import Image

from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset
from pipeline.outliers import FRAMES, INK, draw_outliers, drawings, frames, symbols

CONTRACT = MNIST.contract


def seven():
    """A symbol of one shape, so that what was done to it can be seen."""
    image = np.zeros((28, 28, 1), np.uint8)
    image[4:7, 8:20] = 255
    image[7:24, 16:19] = 255
    return image


SUBSET = Subset(np.stack([seven()] * 3), np.array([7, 7, 7]), np.array([0, 1, 2]))


def test_draw_outliers_gives_inputs_of_the_contract_and_the_same_for_a_seed():
    drawn = draw_outliers(40, SUBSET, CONTRACT, seed=1)
    assert drawn.shape == (40, *CONTRACT.input.shape)
    assert drawn.dtype == np.uint8
    assert all(np.ptp(image) > 0 for image in drawn)
    np.testing.assert_array_equal(draw_outliers(40, SUBSET, CONTRACT, seed=1), drawn)
    assert not np.array_equal(draw_outliers(40, SUBSET, CONTRACT, seed=2), drawn)


def test_shares_of_all_kinds_are_a_whole():
    assert sum(share for share, _ in (INK | FRAMES).values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", INK)
def test_every_kind_of_ink_is_bright_on_a_dark_picture(kind):
    for seed in range(10):
        ink = np.asarray(INK[kind][1](np.random.default_rng(seed), SUBSET))
        assert ink.dtype == np.uint8
        assert 0 < np.mean(ink > 127) < 0.8


@pytest.mark.parametrize("kind", FRAMES)
def test_every_kind_of_frame_fills_the_input(kind):
    frame = FRAMES[kind][1](np.random.default_rng(0), (28, 20))
    assert frame.shape == (28, 20)
    assert frame.dtype == np.uint8


def test_no_outlier_of_ink_is_as_narrow_as_a_one():
    for image in draw_outliers(60, SUBSET, CONTRACT, seed=3):
        rows, columns = np.nonzero(image[:, :, 0])
        assert 2 * (np.ptp(columns) + 1) >= np.ptp(rows) + 1


def test_turned_symbols_are_mirrored_or_lie_on_their_side():
    shapes = {symbols.turned(np.random.default_rng(seed), SUBSET).tobytes() for seed in range(20)}
    upright = Image.fromarray(seven()[:, :, 0]).resize((112, 112), Image.Resampling.BILINEAR).tobytes()
    # Two quarter turns and a mirror image.
    assert upright not in shapes
    assert len(shapes) == 3


def test_a_pair_is_twice_as_wide_as_a_symbol():
    pair = symbols.pair(np.random.default_rng(0), SUBSET)
    assert pair.size == (2 * 12 * 4, 28 * 4)


def test_letters_leave_out_what_somebody_writes_as_a_digit():
    assert not set("OoQIlZzSsBbgqyYtТЗбθΘ0123456789") & set(drawings.LETTERS)


def test_noise_of_every_kind_is_no_even_grey():
    assert all(np.ptp(frames.noise(np.random.default_rng(seed), (28, 28))) > 0 for seed in range(20))
