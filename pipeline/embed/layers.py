"""What generated code computes: one small record for each layer, in the integers that the code will hold.

A value between two layers is a byte from 0 to 255; an int8 of the file is kept as itself + 128, and so is its zero
point. Differences of a value and its zero point are the same in both forms, and they are all that the arithmetic sees.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

HIGHEST = 255


@dataclass(frozen=True)
class Values:
    """What flows from one layer to the next.

    Attributes:
        shape: Without the batch, as in (28, 28, 1).
        scale: Of one step of a byte, a float32 number.
        zero: The byte that stands for 0.
    """

    shape: tuple[int, ...]
    scale: float
    zero: int

    @property
    def num_bytes(self) -> int:
        """Room that they take."""
        return prod(self.shape)


@dataclass(frozen=True)
class Layer:
    """What every layer has: the name that it has in the file, and what goes in and comes out."""

    operator: str
    input: Values
    output: Values


@dataclass(frozen=True)
class Window:
    """How a kernel moves over an image; all are (along y, along x) in pixels.

    Attributes:
        padding: Before the first row and column; what lies outside is left out.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True)
class Requantisation:
    """How the sums of a layer become bytes; arrays have one number for each channel of the output.

    Attributes:
        bias: int32, added to the sums.
        multipliers: int32; with `shifts`, the factor from a sum to a byte.
        shifts: int8.
        lowest: Smallest byte that comes out; with `highest`, the activation.
    """

    bias: NDArray[np.int32]
    multipliers: NDArray[np.int32]
    shifts: NDArray[np.int8]
    lowest: int
    highest: int


@dataclass(frozen=True)
class Weighted(Layer):
    """Sums of products: what convolutions and dense layers have in common.

    Attributes:
        weights: int8 (channels of the output, ...).
    """

    weights: NDArray[np.int8]
    requantisation: Requantisation


@dataclass(frozen=True)
class Convolution(Weighted):
    """CONV_2D; weights (channels out, height, width, channels in)."""

    window: Window


@dataclass(frozen=True)
class Dense(Weighted):
    """FULLY_CONNECTED; weights (units, inputs)."""


@dataclass(frozen=True)
class MaxPooling(Layer):
    """MAX_POOL_2D."""

    window: Window
    lowest: int
    highest: int


@dataclass(frozen=True)
class MeanOverSpace(Layer):
    """MEAN over rows and columns; multiplier and shift turn a sum into a mean."""

    multiplier: int
    shift: int


@dataclass(frozen=True)
class Lookup(Layer):
    """Anything that looks at one byte at a time; table uint8 (256,)."""

    table: NDArray[np.uint8]


@dataclass(frozen=True)
class Softmax(Layer):
    """SOFTMAX; exponentials int32 (256,), in Q0.31 by the difference from the largest logit."""

    exponentials: NDArray[np.int32]
