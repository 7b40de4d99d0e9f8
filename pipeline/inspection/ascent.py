"""Images that a network is sure of with as little ink as possible: found by gradient ascent on the image.

Olah et al., "Feature Visualization", 2017: what makes such images readable is that they must survive small maps
(here those that augmented training draws from), are smooth, and use nothing that they do not need. Images start as a
faint grey blob in the middle and are white paper outside the contract's box, where no prepared picture has ink.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Augmentation
from pipeline.contract import InputSpec, ModelContract

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

_NUM_STEPS = 150
_LEARNING_RATE = 0.1
# Each step asks the network about so many randomly mapped copies of every image.
_NUM_COPIES = 4
_BLUR_PX = 1.0
# Softens the probabilities, so that more certainty goes on paying after the first 99 %.
_TEMPERATURE = 3.0
# What ink costs, in nats for a pixel of full ink: anywhere, and besides outside the box.
_INK_COST, _OUTSIDE_COST = 0.02, 3.0


def optimise(model: "keras.Model", contract: ModelContract, seed: int = 0) -> NDArray[np.float64]:
    """For each label the image with the highest probability of it, less the cost of its ink.

    Args:
        model: Its layer before the softmax is called `logits`.
        contract: Of the model.
        seed: Of the random maps.

    Returns:
        float64 (labels, height, width, channels) of ink, 0–1.
    """
    import keras
    import tensorflow as tf

    from pipeline.augment import random_affine
    from pipeline.losses import LOGITS

    network = keras.Model(model.inputs, model.get_layer(LOGITS).output)
    parameters = tf.Variable(_start(contract))
    optimizer = keras.optimizers.Adam(_LEARNING_RATE)
    optimizer.build([parameters])
    targets = tf.eye(contract.num_labels, batch_shape=[_NUM_COPIES])
    cost = tf.constant(_INK_COST + _OUTSIDE_COST * _outside_box(contract)[:, :, np.newaxis], tf.float32)

    def step(index: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            ink = _ink(parameters)
            copies = tf.tile(ink, (_NUM_COPIES, 1, 1, 1))
            mapped = random_affine(copies, Augmentation(), tf.constant(0.0), tf.stack([seed, index]))
            logits = network(_values(mapped, contract.input), training=False)
            gains = _TEMPERATURE * tf.nn.log_softmax(tf.reshape(logits, targets.shape) / _TEMPERATURE)
            loss = tf.reduce_sum(ink * cost) - tf.reduce_sum(targets * gains) / _NUM_COPIES
        optimizer.apply([tape.gradient(loss, parameters)], [parameters])

    compiled = tf.function(step, input_signature=[tf.TensorSpec((), tf.int32)], autograph=False)
    for index in range(_NUM_STEPS):
        compiled(tf.constant(index))
    return np.asarray(_ink(parameters), np.float64)


def _start(contract: ModelContract) -> NDArray[np.float32]:
    """Parameters of a grey blob in the middle, which fades to paper."""
    height, width, channels = contract.input.shape
    down, right = (np.arange(size) - (size - 1) / 2 for size in (height, width))
    spread = 0.3 * contract.preprocessing.box_px
    blob = np.exp(-(down[:, np.newaxis] ** 2 + right**2) / (2 * spread**2)) - 1
    return np.broadcast_to(blob[:, :, np.newaxis], (contract.num_labels, height, width, channels)).astype(np.float32)


def _ink(parameters: "tf.Variable") -> "tf.Tensor":
    """Parameters as smooth ink, 0–1."""
    import tensorflow as tf

    radius = round(3 * _BLUR_PX)
    bell = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * _BLUR_PX**2))
    weights = np.outer(bell, bell) / bell.sum() ** 2
    kernel = np.repeat(weights[:, :, np.newaxis, np.newaxis], parameters.shape[-1], axis=2).astype(np.float32)
    padded = tf.pad(parameters, ((0, 0), (radius, radius), (radius, radius), (0, 0)), "SYMMETRIC")
    return tf.sigmoid(4 * tf.nn.depthwise_conv2d(padded, kernel, (1, 1, 1, 1), "VALID"))


def _values(ink: "tf.Tensor", spec: InputSpec) -> "tf.Tensor":
    low, high = spec.value_range
    paper, full = (low, high) if spec.polarity == "bright_on_dark" else (high, low)
    return paper + (full - paper) * ink


def _outside_box(contract: ModelContract) -> NDArray[np.float64]:
    """How far outside of the contract's box a pixel is, (height, width): 0 inside, 1 from two pixels on."""
    down, right = (
        np.abs(np.arange(size) - (size - 1) / 2) - contract.preprocessing.box_px / 2
        for size in (contract.input.height, contract.input.width)
    )
    distances: NDArray[np.float64] = np.clip(np.maximum(down[:, np.newaxis], right) / 2, 0, 1)
    return distances
