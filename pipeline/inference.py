"""Answers of a Keras model, in the same batches wherever they are needed."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

_BATCH_SIZE = 500


def predict_in_batches(model: "keras.Model", images: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities of a Keras model.

    Args:
        model: Any classifier.
        images: uint8 or float32 (N, height, width, channels), in the contract's range.

    Returns:
        float32 (N, labels).
    """
    batches = range(0, len(images), _BATCH_SIZE)
    # predict_on_batch compiles the forward pass once and needs no data pipeline.
    return np.concatenate(
        [
            np.asarray(model.predict_on_batch(images[start : start + _BATCH_SIZE].astype(np.float32)))
            for start in batches
        ]
    )
