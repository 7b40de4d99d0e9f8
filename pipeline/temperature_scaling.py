"""Brings a network's probabilities nearer to how often it is right, without changing any of its answers.

Guo et al., "On Calibration of Modern Neural Networks", 2017: one temperature divides all logits. It is fitted on
validation images and folded into the layer that makes the logits, so that every export has it. What an output of bytes
cannot say, such as 99.9 %, it still cannot say: its confidence ends at 255/256.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.data.splits import Subset
from pipeline.inference import predict_in_batches
from pipeline.losses import LOGITS

if TYPE_CHECKING:
    import keras

_LOWEST, _HIGHEST = 0.1, 10.0


def scale_temperature(model: "keras.Model", validation_set: Subset) -> float:
    """Fits a temperature on images and folds it into the model.

    Args:
        model: Trained; changed in place.
        validation_set: Images that the model did not learn from.

    Returns:
        What all logits are divided by, between 0.1 and 10.
    """
    temperature = fit_temperature(predict_in_batches(model, validation_set.images), validation_set.labels)
    fold_temperature(model, temperature)
    return temperature


def fit_temperature(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature at which the labels are most likely.

    Args:
        probabilities: float32 (N, labels), softmax of the logits at temperature 1.
        labels: int64 (N,), the truth.

    Returns:
        Between 0.1 and 10; more than 1 makes the answers less sure.
    """
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(labels))

    def negative_log_likelihood(log_temperature: float) -> float:
        return -float(_log_at_temperature(probabilities, np.exp(log_temperature))[rows, labels].mean())

    found = minimize_scalar(negative_log_likelihood, bounds=np.log((_LOWEST, _HIGHEST)), method="bounded")
    return float(np.exp(found.x))


def at_temperature(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """What the probabilities would be with all logits divided by a temperature.

    Args:
        probabilities: float32 (N, labels), a softmax.
        temperature: Above 0.

    Returns:
        float64 (N, labels).
    """
    return np.exp(_log_at_temperature(probabilities, temperature))


def _log_at_temperature(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    from scipy.special import log_softmax

    # The logarithm of a softmax is its logits but for a constant, which does not matter.
    logits = np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny))
    scaled: NDArray[np.float64] = log_softmax(logits / temperature, axis=1)
    return scaled


def fold_temperature(model: "keras.Model", temperature: float) -> None:
    """Divides the logits of a model by a temperature, by changing the weights of their layer."""
    layer = model.get_layer(LOGITS)
    layer.set_weights([weight / temperature for weight in layer.get_weights()])
