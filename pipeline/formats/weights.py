"""Are the numbers in an artifact those of the reference, each stored as exactly as its dtype can?

Answers alone cannot tell a few wrong numbers from rounding: a quantised file may differ from the reference on some
images, and so may one with a byte flipped or a kernel of another training. So numbers are compared in two steps. The
float32 artifact of a family is compared with the Keras file; converters fold batch normalisation and rescaling into
kernels, which multiplies each output channel by a factor of its own and changes nothing else; what they make of biases
rests on the answers alone. Every other artifact of
the family went through the same converter: its numbers are those of the float32 one, off by rounding at most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import PipelineError
from pipeline.formats.keras_file import load_keras
from pipeline.results import Check

_WEIGHTS = "weights are those of float32"
_KERNELS = "kernels are those of Keras"
# Converters compute scales in float32; a number in the middle between two steps may go either way.
_SLACK = 1e-3
_RELATIVE_FLOAT_ERROR = 1e-6
_BYTE_MAX = 127
_LINEAR = ("Conv2D", "Dense")


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


def check_weights(found: Sequence[Weights], read_expected: Callable[[], Sequence[Weights]]) -> Check:
    """Compares tensor by tensor.

    Args:
        found: Of any artifact.
        read_expected: Gives those of the float32 artifact, in the same order; where it cannot, the check fails.
    """
    try:
        expected = read_expected()
    except PipelineError as error:
        return Check(_WEIGHTS, False, f"nothing to compare with: {error}")
    shapes, expected_shapes = ([weights.values.shape for weights in side] for side in (found, expected))
    if not found or shapes != expected_shapes:
        return Check(_WEIGHTS, False, f"shapes {shapes}, expected {expected_shapes}")
    num_wrong = {
        weights.name: _count_wrong_values(weights.values, other.values, _plausible_rounding(weights, other.values))
        for weights, other in zip(found, expected, strict=True)
    }
    return _sum_up(_WEIGHTS, num_wrong, sum(weights.values.size for weights in found))


def check_kernels(found: Sequence[NDArray[np.float64]], keras_file: Path) -> list[Check]:
    """Compares the kernels of a float32 artifact with those of the reference, but for one factor for each channel.

    Args:
        found: float64 (channels, ...) each, in the order of execution.
        keras_file: The reference.

    Returns:
        One check; none if the network has weights in other layers than convolutions, dense and normalising ones, as
        it is not known what a converter makes of those.

    Raises:
        ArtifactError: The Keras file is missing or damaged.
    """
    model = load_keras(keras_file)
    kinds = {type(layer).__name__ for layer in model.layers if layer.weights}
    layers = [layer for layer in model.layers if type(layer).__name__ in _LINEAR]
    if not layers or not kinds <= {*_LINEAR, "BatchNormalization"}:
        return []
    expected = [np.moveaxis(np.asarray(layer.kernel, np.float64), -1, 0) for layer in layers]
    shapes, expected_shapes = [kernel.shape for kernel in found], [kernel.shape for kernel in expected]
    if shapes != expected_shapes:
        return [Check(_KERNELS, False, f"shapes {shapes}, expected {expected_shapes}")]
    num_wrong = {
        layer.name: _count_not_proportional(kernel, other)
        for layer, kernel, other in zip(layers, found, expected, strict=True)
    }
    return [_sum_up(_KERNELS, num_wrong, sum(kernel.size for kernel in found))]


def half_precision_rounding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half the distance between neighbouring float16 numbers."""
    spacing: NDArray[np.float64] = np.spacing(np.abs(values).astype(np.float16)).astype(np.float64)
    return spacing / 2


def _plausible_rounding(weights: Weights, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rounding of weights, but where several share a step no more than a byte needs for the largest of them."""
    rounding = weights.rounding
    if rounding.size == weights.values.size:
        return rounding
    shared = tuple(axis for axis in range(expected.ndim) if rounding.ndim == 0 or rounding.shape[axis] == 1)
    largest = np.abs(expected).max(axis=shared, keepdims=True)
    # A channel of zeros may have any step.
    return np.where(largest > 0, np.minimum(rounding, largest / _BYTE_MAX / 2), rounding)


def _count_wrong_values(
    values: NDArray[np.float64], expected: NDArray[np.float64], rounding: NDArray[np.float64] | float = 0.0
) -> int:
    with np.errstate(invalid="ignore"):
        limit = rounding * (1 + _SLACK) + _RELATIVE_FLOAT_ERROR * np.abs(expected)
        # Written so that NaN counts as wrong.
        return int(np.sum(~(np.abs(values - expected) <= limit)))


def _count_not_proportional(kernel: NDArray[np.float64], expected: NDArray[np.float64]) -> int:
    rows, expected_rows = kernel.reshape(len(kernel), -1), expected.reshape(len(expected), -1)
    pairs = zip(rows, expected_rows, strict=True)
    return sum(_count_wrong_values(row, _factor(row, other) * other) for row, other in pairs)


def _factor(row: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    is_defined = expected != 0
    # The median, as a wrong number must not make the right ones look wrong.
    return float(np.median(row[is_defined] / expected[is_defined])) if is_defined.any() else 0.0


def _sum_up(name: str, num_wrong: dict[str, int], num_values: int) -> Check:
    worst = max(num_wrong, key=num_wrong.__getitem__)
    detail = f"{sum(num_wrong.values()):,} of {num_values:,} differ by more than rounding"
    return Check(name, num_wrong[worst] == 0, f"{detail}, most in {worst}" if num_wrong[worst] else detail)
