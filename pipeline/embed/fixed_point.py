"""The integer arithmetic of TFLite's reference kernels, bit for bit.

Sources: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
2018; gemmlowp, fixedpoint/fixedpoint.h; LiteRT 2.3, tflite/kernels/internal/{common,quantization_util}.cc, which is
compiled with double rounding. Qm.n is a number with n bits behind the point; all of these are int32, so m + n is 31.
"""

import math

import numpy as np
from numpy.typing import NDArray

_INT32_MIN, _INT32_MAX = -(1 << 31), (1 << 31) - 1
_MAX_MULTIPLIER_STEPS = 8
_EXP_INTEGER_BITS = 5
_EXP_FRACTION_BITS = 31 - _EXP_INTEGER_BITS
_EXP_OF_MINUS_ONE_EIGHTH = 1895147668
_ONE_THIRD = 715827883
# exp(-2^k) in Q0.31 by k.
_EXP_OF_MINUS_POWERS = {
    -2: 1672461947,
    -1: 1302514674,
    0: 790015084,
    1: 290630308,
    2: 39332535,
    3: 720401,
    4: 242,
}


def quantize_multiplier(real: float) -> tuple[int, int]:
    """A positive factor as fixed-point number: `QuantizeMultiplier`.

    Args:
        real: What to multiply by, as float64.

    Returns:
        Multiplier of 2^30 to 2^31 - 1, and shift: real ≈ multiplier × 2^(shift - 31). Both are 0 for less than 2^-32.
    """
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier, shift = multiplier // 2, shift + 1
    return (multiplier, shift) if shift >= -31 else (0, 0)


def divide_by_power_of_two(value: int, exponent: int) -> int:
    """A number / 2^exponent, halves away from zero: `RoundingDivideByPOT`."""
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (value < 0)
    return (value >> exponent) + ((value & mask) > threshold)


def multiply_high(first: int, second: int) -> int:
    """The product / 2^31, halves upwards: `SaturatingRoundingDoublingHighMul`."""
    if first == second == _INT32_MIN:
        return _INT32_MAX
    return (first * second + (1 << 30)) >> 31


def rescale(value: int, multiplier: int, shift: int) -> int:
    """A number × multiplier × 2^(shift - 31): `MultiplyByQuantizedMultiplier` with its two roundings."""
    return divide_by_power_of_two(multiply_high(value << max(shift, 0), multiplier), max(-shift, 0))


def single_rounding_multiplier(real: float, zero: int, highest: int = 255) -> tuple[int, int]:
    """A factor from sums to bytes with which integers round as the float64 of the kernel does.

    The reference kernel of dense layers, unlike all others, multiplies by the real factor in float64 and rounds once.
    The 31 bits nearest to the factor may round a sum that lies very near to a half otherwise; one of the numbers beside
    them does not. All sums are right if the two on either side of each step of the byte are.

    Args:
        real: Scale of the sums / scale of the output.
        zero: The byte that stands for 0.
        highest: The largest byte.

    Returns:
        Multiplier, and how many bits to shift to the right after multiplying and adding half a unit.

    Raises:
        ValueError: No multiplier does it.
    """
    nearest, shift = quantize_multiplier(real)
    right_shift = 31 - shift
    if right_shift < 1:
        raise ValueError(f"no multiplier of 31 bits is as large as {real}")
    steps = np.arange(-zero - 1, highest - zero + 1) + 0.5
    sums = np.floor(steps / real).astype(np.int64)[:, np.newaxis] + np.arange(-1, 3)
    sums = sums[np.abs(sums) <= _INT32_MAX]
    expected = _round_half_away(sums * real)
    for step in sorted(range(-_MAX_MULTIPLIER_STEPS, _MAX_MULTIPLIER_STEPS + 1), key=abs):
        multiplier = nearest + step
        found = (sums * multiplier + (1 << (right_shift - 1))) >> right_shift
        if 0 <= multiplier <= _INT32_MAX and np.array_equal(found, expected):
            return multiplier, right_shift
    raise ValueError(f"no multiplier rounds as {real} does")


def _round_half_away(values: NDArray[np.float64]) -> NDArray[np.int64]:
    whole = np.trunc(values)
    rounded: NDArray[np.int64] = (whole + np.sign(values) * (np.abs(values - whole) >= 0.5)).astype(np.int64)
    return rounded


def mean_multiplier(real: float, num_elements: int) -> tuple[int, int]:
    """The factor that turns a sum into a mean of another scale, as `QuantizedMeanOrSum` computes it.

    Args:
        real: Scale of the input / scale of the output.
        num_elements: How many values are summed.

    Returns:
        Multiplier and shift as `quantize_multiplier` returns them; the multiplier is rounded down.
    """
    multiplier, shift = quantize_multiplier(real)
    more = min(num_elements.bit_length() - 1, 32, 31 + shift)
    return (multiplier << more) // num_elements, shift - more


def softmax_exponentials(input_scale: float, beta: float, num_differences: int = 256) -> list[int]:
    """exp(-difference × input_scale × beta) in Q0.31, for a table: the first half of the int8 `Softmax`.

    Args:
        input_scale: Of the logits.
        beta: Of the operator.
        num_differences: How many differences from the largest logit are wanted, from 0 on.

    Returns:
        One number for each; 0 where the kernel leaves a logit out.
    """
    real = min(beta * input_scale * (1 << _EXP_FRACTION_BITS), float(_INT32_MAX))
    multiplier, shift = quantize_multiplier(real)
    radius = math.floor(((1 << _EXP_INTEGER_BITS) - 1) * (1 << _EXP_FRACTION_BITS) / (1 << shift))
    return [
        _exp_of_negative(multiply_high(-difference << shift, multiplier)) if difference <= radius else 0
        for difference in range(num_differences)
    ]


def _exp_of_negative(value: int) -> int:
    """The exponential of a number in Q5.26 that is not positive, in Q0.31: gemmlowp's `exp_on_negative_values`."""
    if value == 0:
        return _INT32_MAX
    quarter = 1 << (_EXP_FRACTION_BITS - 2)
    fraction = (value & (quarter - 1)) - quarter
    result = _exp_on_last_quarter(fraction << _EXP_INTEGER_BITS)
    remainder = fraction - value
    for power, factor in _EXP_OF_MINUS_POWERS.items():
        if remainder & (1 << (_EXP_FRACTION_BITS + power)):
            result = multiply_high(result, factor)
    return result


def _exp_on_last_quarter(value: int) -> int:
    """The exponential from -1/4 to 0, both in Q0.31: four terms of the Taylor series around -1/8."""
    x = value + (1 << 28)
    x2 = multiply_high(x, x)
    x3, x4 = multiply_high(x2, x), multiply_high(x2, x2)
    third = multiply_high(divide_by_power_of_two(x4, 2) + x3, _ONE_THIRD)
    series = x + divide_by_power_of_two(third + x2, 1)
    return _EXP_OF_MINUS_ONE_EIGHTH + multiply_high(_EXP_OF_MINUS_ONE_EIGHTH, series)
