"""Random affine maps of a whole batch of training images, inside the TensorFlow graph."""

from math import pi
from typing import TYPE_CHECKING

from pipeline.config import Augmentation

if TYPE_CHECKING:
    import tensorflow as tf


def random_affine(images: "tf.Tensor", config: Augmentation, strength: "tf.Tensor", seed: "tf.Tensor") -> "tf.Tensor":
    """Rotates, scales, shears and shifts each image by its own random amounts; bilinear, outside is 0.

    Args:
        images: float32 (N, height, width, channels).
        config: Largest amounts, drawn evenly between minus and plus.
        strength: float32 (), multiplies all amounts.
        seed: int32 (2,); the same seed gives the same maps on every machine (stateless generator).

    Returns:
        float32 (N, height, width, channels).
    """
    import tensorflow as tf

    num_images, height, width = tf.unstack(tf.shape(images)[:3])
    amounts = tf.random.stateless_uniform([7, num_images], seed, -strength, strength)
    angle = amounts[0] * (config.rotation_deg * pi / 180)
    stretch_x, stretch_y = 1 + amounts[1] * config.scale, 1 + amounts[2] * config.scale
    shear_x, shear_y = amounts[3] * config.shear, amounts[4] * config.shear / 2
    shift_x, shift_y = amounts[5] * config.shift_px, amounts[6] * config.shift_px
    cos, sin = tf.cos(angle), tf.sin(angle)
    # The map goes from output to input coordinates, about the centre of the image.
    xx, xy = cos * stretch_x, (shear_x * cos - sin) * stretch_y
    yx, yy = (sin + shear_y * cos) * stretch_x, cos * stretch_y
    centre_x, centre_y = (tf.cast(width, tf.float32) - 1) / 2, (tf.cast(height, tf.float32) - 1) / 2
    to_x = centre_x - xx * centre_x - xy * centre_y + shift_x
    to_y = centre_y - yx * centre_x - yy * centre_y + shift_y
    nothing = tf.zeros_like(angle)
    transforms = tf.stack([xx, xy, to_x, yx, yy, to_y, nothing, nothing], axis=1)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=tf.stack([height, width]),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
