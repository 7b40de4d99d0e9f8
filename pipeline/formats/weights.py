"""Are the numbers in an artifact those of the float32 artifact beside it, each stored as exactly as its dtype can?

Answers alone cannot tell a few wrong numbers from rounding: a quantised file may differ from the reference on some
images, and so may one with a byte flipped or a kernel of another training. The float32 artifact, whose answers must
equal the reference's, went through the same converter, which folded the same layers; so the numbers of every other
artifact have to be its numbers, off by rounding at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.results import Check

NAME = "weights are those of float32"
# Converters compute scales in float32; a number in the middle between two steps may go either way.
_SLACK = 1e-3
_RELATIVE_FLOAT_ERROR = 1e-6


@dataclass(frozen=True)
class Weights:
    """The numbers of one tensor as an engine computes with them, and how far rounding may have moved them.

    Attributes:
        values: float64, any shape.
        rounding: float64, the shape of `values` or one that broadcasts to it.
    """

    name: str
    values: NDArray[np.float64]
    rounding: NDArray[np.float64]


def check_weights(found: Sequence[Weights], expected: Sequence[Weights]) -> Check:
    """Compares tensor by tensor.

    Args:
        found: Of any artifact.
        expected: Of the float32 artifact, in the same order.
    """
    shapes, expected_shapes = ([weights.values.shape for weights in side] for side in (found, expected))
    if not found or shapes != expected_shapes:
        return Check(NAME, False, f"shapes {shapes}, expected {expected_shapes}")
    num_wrong = {
        weights.name: _count_wrong(weights, other.values) for weights, other in zip(found, expected, strict=True)
    }
    worst = max(num_wrong, key=num_wrong.__getitem__)
    num_values = sum(weights.values.size for weights in found)
    detail = f"{sum(num_wrong.values()):,} of {num_values:,} differ by more than rounding"
    return Check(NAME, num_wrong[worst] == 0, f"{detail}, most in {worst}" if num_wrong[worst] else detail)


def half_precision_rounding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half the distance between neighbouring float16 numbers."""
    spacing: NDArray[np.float64] = np.spacing(np.abs(values).astype(np.float16)).astype(np.float64)
    return spacing / 2


def _count_wrong(weights: Weights, expected: NDArray[np.float64]) -> int:
    limit = weights.rounding * (1 + _SLACK) + _RELATIVE_FLOAT_ERROR * np.abs(expected)
    # Written so that NaN counts as wrong.
    return int(np.sum(~(np.abs(weights.values - expected) <= limit)))
