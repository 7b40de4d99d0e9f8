"""The back-query of a network of sigmoids: from an answer back to the image, layer by layer.

Rashid, "Make Your Own Neural Network", 2016: the inverse of the sigmoid undoes the activation exactly; the transposed
weights stand in for the inverse of the layer, which has none. The values of each layer are brought into the range that
sigmoids can have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

LOWEST, HIGHEST = 0.01, 0.99


@dataclass(frozen=True)
class SigmoidLayer:
    """One dense layer whose activation is a sigmoid: float64 kernel (inputs, units) and bias (units,)."""

    kernel: NDArray[np.float64]
    bias: NDArray[np.float64]


def invert(layers: Sequence[SigmoidLayer], answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inputs that the layers would have answered so.

    Args:
        layers: From the input to the answer.
        answers: float64 (N, units of the last layer), the wanted outputs of its sigmoids.

    Returns:
        float64 (N, inputs of the first layer), 0.01–0.99 in each row.
    """
    values = answers
    for layer in reversed(layers):
        values = _into_range((_logit(values) - layer.bias) @ layer.kernel.T)
    return values


def target_answers(num_labels: int) -> NDArray[np.float64]:
    """For each label the answer that is sure of it: 0.99 there and 0.01 elsewhere, float64 (labels, labels)."""
    return np.where(np.eye(num_labels, dtype=bool), HIGHEST, LOWEST)


def sigmoid_layers(model: "keras.Model") -> list[SigmoidLayer] | None:
    """The dense layers of a network that is nothing but sigmoids up to its logits; None for every other network."""
    from keras import layers

    from pipeline.losses import LOGITS

    *_, softmax = model.layers
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    others = [layer for layer in model.layers if not isinstance(layer, layers.Dense)]
    without_weights = (layers.InputLayer, layers.Rescaling, layers.Flatten, layers.Softmax)
    is_plain = all(isinstance(layer, without_weights) for layer in others) and isinstance(softmax, layers.Softmax)
    if not is_plain or not dense or dense[-1].name != LOGITS:
        return None
    if any(layer.activation.__name__ != "sigmoid" for layer in dense[:-1]) or len(dense) < 2:
        return None
    return [_sigmoid_layer(layer) for layer in dense]


def _sigmoid_layer(layer: "keras.layers.Dense") -> SigmoidLayer:
    kernel, *bias = (np.asarray(weight, np.float64) for weight in layer.get_weights())
    return SigmoidLayer(kernel, bias[0] if bias else np.zeros(kernel.shape[1]))


def _logit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(values, LOWEST, HIGHEST)
    logits: NDArray[np.float64] = np.log(clipped / (1 - clipped))
    return logits


def _into_range(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row stretched linearly to 0.01–0.99; a row of one value becomes 0.5."""
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    span = high - low
    parts = np.divide(values - low, span, out=np.full_like(values, 0.5), where=span > 0)
    return LOWEST + (HIGHEST - LOWEST) * parts
