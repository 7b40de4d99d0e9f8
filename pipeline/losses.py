"""What a training minimises. A new loss is one function and one entry in `LOSSES`.

Each takes the network up to its logits, float32 images (N, height, width, channels), float32 targets (N, labels) that
sum to 1 and float32 image_weights (N,), how much each image counts: a sum over images, weighted, is divided by N. It
returns the loss to follow, float32 (), and the logits, float32 (N, labels).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

LOGITS = "logits"

Loss = Callable[["keras.Model", "tf.Tensor", "tf.Tensor", "tf.Tensor"], "tuple[tf.Tensor, tf.Tensor]"]


def cross_entropy(
    network: "keras.Model", images: "tf.Tensor", targets: "tf.Tensor", image_weights: "tf.Tensor"
) -> "tuple[tf.Tensor, tf.Tensor]":
    """Softmax cross-entropy and the network's own regularisation."""
    import tensorflow as tf

    logits = network(images, training=True)
    losses = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
    return tf.add_n([tf.reduce_mean(image_weights * losses), *network.losses]), logits


def handmade_squared_error(
    network: "keras.Model", images: "tf.Tensor", targets: "tf.Tensor", image_weights: "tf.Tensor"
) -> "tuple[tf.Tensor, tf.Tensor]":
    """Half the squared error of sigmoid outputs against 0.01 and 0.99: the sum over labels, the mean over images.

    As in Rashid, "Make Your Own Neural Network", 2016, whose back-propagation hands the plain errors to the hidden
    layer, without the derivative of the output's sigmoid: not quite the gradient.
    """
    import keras
    import tensorflow as tf

    output = network.get_layer(LOGITS)
    hidden = keras.Model(network.inputs, output.input)(images, training=True)
    logits = output(tf.stop_gradient(hidden))
    errors = 0.01 + 0.98 * targets - tf.sigmoid(logits)
    blame = tf.stop_gradient(tf.matmul(errors, output.kernel, transpose_b=True))
    # The first term moves the output layer alone; the second moves what is below it, and its value is 0.
    loss = tf.reduce_mean(image_weights * tf.reduce_sum(errors**2, 1)) / 2
    below = tf.reduce_mean(image_weights * tf.reduce_sum(blame * (hidden - tf.stop_gradient(hidden)), 1))
    return tf.add_n([loss - below, *network.losses]), logits


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "handmade_squared_error": handmade_squared_error}
