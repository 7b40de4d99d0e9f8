import math

import numpy as np
import pytest

from pipeline.embed.fixed_point import (
    divide_by_power_of_two,
    mean_multiplier,
    multiply_high,
    quantize_multiplier,
    rescale,
    single_rounding_multiplier,
    softmax_exponentials,
)

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1


@pytest.mark.parametrize(
    ("real", "multiplier", "shift"),
    [
        (0.0, 0, 0),
        (0.5, 1 << 30, 0),
        (1.0, 1 << 30, 1),
        (0.1, 1717986918, -3),
        (3.0, 3 << 29, 2),
        (1 - 2**-40, 1 << 30, 1),
        (2.0**-32, 1 << 30, -31),
        (2.0**-33, 0, 0),
    ],
)
def test_quantize_multiplier_has_31_bits(real, multiplier, shift):
    assert quantize_multiplier(real) == (multiplier, shift)


@pytest.mark.parametrize(("value", "exponent", "expected"), [(5, 1, 3), (-5, 1, -3), (-6, 2, -2), (5, 2, 1), (7, 0, 7)])
def test_divide_by_power_of_two_rounds_halves_away_from_zero(value, exponent, expected):
    assert divide_by_power_of_two(value, exponent) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(1 << 30, 1, 1), (-(1 << 30), 1, 0), (1 << 30, 1 << 30, 1 << 29), (INT32_MIN, INT32_MIN, INT32_MAX)],
)
def test_multiply_high_rounds_halves_up_and_saturates(first, second, expected):
    assert multiply_high(first, second) == expected


def test_rescale_rounds_twice():
    # 73162 x 1540402918 / 2^40 is 102.4997, but 52479.85 is rounded to 52480 first, and 52480 / 2^9 is 102.5.
    assert rescale(73162, 1540402918, -9) == 103


def test_rescale_shifts_left_before_it_multiplies():
    assert rescale(-3, *quantize_multiplier(6.0)) == -18


def test_single_rounding_multiplier_rounds_once():
    multiplier, shift = single_rounding_multiplier(1540402918 / 2**40, zero=0)
    assert (73162 * multiplier + (1 << (shift - 1))) >> shift == 102


@pytest.mark.parametrize(("real", "zero"), [(0.00035189355767173137, 150), (0.0007165917015525878, 75)])
def test_single_rounding_multiplier_goes_beside_the_nearest_where_that_rounds_otherwise(real, zero):
    nearest, _ = quantize_multiplier(real)
    multiplier, shift = single_rounding_multiplier(real, zero)
    sums = np.arange(int(-(zero + 1) / real), int((256 - zero) / real))
    products = sums * real
    expected = np.trunc(products + np.copysign(0.5, products)).astype(np.int64)
    np.testing.assert_array_equal((sums * multiplier + (1 << (shift - 1))) >> shift, expected)
    assert np.any((sums * nearest + (1 << (shift - 1))) >> shift != expected)


def test_single_rounding_multiplier_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="no multiplier"):
        single_rounding_multiplier(2.0**31, zero=0)


def test_mean_multiplier_divides_by_the_number_of_elements():
    multiplier, shift = mean_multiplier(1.0, 49)
    assert (multiplier, shift) == ((1 << 35) // 49, -4)
    assert [rescale(49 * value, multiplier, shift) for value in (-100, 0, 7)] == [-100, 0, 7]


def test_softmax_exponentials_are_those_of_the_difference():
    found = softmax_exponentials(0.0625, 1.0)
    assert found[0] == INT32_MAX
    np.testing.assert_allclose(found[:160], [2**31 * math.exp(-0.0625 * i) for i in range(160)], rtol=1e-4, atol=64)


def test_softmax_exponentials_far_from_the_largest_are_left_out():
    # 1.0 x 2^26 is 2^30 with shift 27 in the kernel's fixed point: it looks at floor(31 x 2^26 / 2^27) = 15 steps.
    found = softmax_exponentials(1.0, 1.0)
    assert found[15] > 0
    assert not any(found[16:])
