"""Training images turned and bent: at random, a batch at a time inside the TensorFlow graph, or once beforehand."""

from collections.abc import Sequence
from math import pi
from typing import TYPE_CHECKING

import numpy as np

from pipeline.config import Augmentation
from pipeline.data.splits import Subset

if TYPE_CHECKING:
    import tensorflow as tf


def random_affine(images: "tf.Tensor", config: Augmentation, done: "tf.Tensor", seed: "tf.Tensor") -> "tf.Tensor":
    """Rotates, scales, shears and shifts each image by its own random amounts; bilinear, outside is 0.

    The map from output to input is a rotation with its columns stretched, and with shear added to first order.

    Args:
        images: float32 (N, height, width, channels).
        config: Largest amounts, drawn evenly between minus and plus.
        done: float32 (), part of the training that is over, 0–1.
        seed: int32 (2,); the same seed gives the same maps on every machine (stateless generator).

    Returns:
        float32 (N, height, width, channels).
    """
    import tensorflow as tf

    num_images, height, width = tf.unstack(tf.shape(images)[:3])
    strength = 1.0 - (1.0 - config.final_strength) * done
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


def with_rotations(subset: Subset, angles_deg: Sequence[float]) -> Subset:
    """The subset once for each angle, turned about the centre of the image; bilinear, outside is 0.

    Args:
        subset: Images with labels.
        angles_deg: Counter-clockwise; 0 gives the images as they are.

    Returns:
        len(angles_deg) times as many images; their ids are those of the original images.
    """
    from scipy.ndimage import rotate

    turned = [
        rotate(subset.images, angle, axes=(2, 1), reshape=False, order=1) if angle else subset.images
        for angle in angles_deg
    ]
    num_copies = len(turned)
    return Subset(np.concatenate(turned), np.tile(subset.labels, num_copies), np.tile(subset.ids, num_copies))
