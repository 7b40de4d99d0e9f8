"""Operators that look at one value at a time, as tables of all 256 answers: their arithmetic never reaches the device.

Each follows the reference kernel of LiteRT (tflite/kernels/{add,mul,activations}.cc and internal/reference/).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.embed.fixed_point import quantize_multiplier, rescale
from pipeline.embed.layers import HIGHEST, Values

_ADD_LEFT_SHIFT = 20


def requantise_table(source: Values, target: Values) -> NDArray[np.uint8]:
    """QUANTIZE from 8 bits to 8 bits."""
    factor = quantize_multiplier(source.scale / target.scale)
    return _table(lambda value: rescale(value, *factor), source, target)


def multiply_table(
    source: Values, target: Values, constant: int, scale: float, lowest: int, highest: int
) -> NDArray[np.uint8]:
    """MUL by one number.

    Args:
        source: What goes in.
        target: What comes out.
        constant: The stored number minus its zero point.
        scale: Of that number.
        lowest: Smallest byte; with `highest`, the fused activation.
        highest: Largest byte.
    """
    # The kernel computes this factor in float32.
    factor = np.float32(source.scale) * np.float32(scale) / np.float32(target.scale)
    pair = quantize_multiplier(float(factor))
    return _table(lambda value: rescale(value * constant, *pair), source, target, lowest, highest)


def add_table(
    source: Values, target: Values, constant: int, scale: float, lowest: int, highest: int
) -> NDArray[np.uint8]:
    """ADD of one number; arguments as of `multiply_table`."""
    twice_larger = 2 * max(source.scale, scale)
    first = quantize_multiplier(source.scale / twice_larger)
    second = quantize_multiplier(scale / twice_larger)
    last = quantize_multiplier(twice_larger / ((1 << _ADD_LEFT_SHIFT) * target.scale))
    summand = rescale(constant << _ADD_LEFT_SHIFT, *second)
    return _table(
        lambda value: rescale(rescale(value << _ADD_LEFT_SHIFT, *first) + summand, *last),
        source,
        target,
        lowest,
        highest,
    )


def logistic_table(source: Values, target: Values) -> NDArray[np.uint8]:
    """LOGISTIC: `LUTPopulate`, in float32 and with halves away from zero."""
    inverse = np.float32(1) / np.float32(target.scale)

    def logistic(value: int) -> int:
        real = np.float32(source.scale) * np.float32(value)
        with np.errstate(over="ignore"):  # 1 / infinity is what the kernel computes too
            answer = np.float32(1) / (np.float32(1) + np.exp(-real))
        return int(np.floor(answer * inverse + np.float32(0.5)))

    return _table(logistic, source, target)


def _table(
    function: Callable[[int], int], source: Values, target: Values, lowest: int = 0, highest: int = HIGHEST
) -> NDArray[np.uint8]:
    """What a function of the value minus its zero point gives for each byte, clamped."""
    answers = [function(value - source.zero) + target.zero for value in range(HIGHEST + 1)]
    return np.clip(answers, lowest, highest).astype(np.uint8)
