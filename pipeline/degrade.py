"""Training images made worse at random, a batch at a time inside the TensorFlow graph.

Cameras and damage change grey levels in ways that clean images never show: a network that has seen nothing but white
ink on black takes noise, a grey ground or a pale stroke for something else.
"""

from typing import TYPE_CHECKING

from pipeline.config import Degradation

if TYPE_CHECKING:
    import tensorflow as tf

_WHITE = 255.0
# `random_affine` draws from the seed itself.
_FOLD = 1


def random_degradation(
    images: "tf.Tensor", config: Degradation, done: "tf.Tensor", seed: "tf.Tensor"
) -> "tuple[tf.Tensor, tf.Tensor]":
    """Damages some images: a rectangle, less contrast, noise of several grains, a filter; each in some of them.

    Damage becomes rarer, not weaker: a network that ends with nearly clean images stays good at them, and one that
    still meets strong damage now and then does not forget it.

    Args:
        images: float32 (N, height, width, channels), 0–255, ink bright on dark.
        config: How often and how much.
        done: float32 (), part of the training that is over, 0–1.
        seed: int32 (2,); the same seed gives the same random numbers on every machine (stateless generator), and
            others than it gives to `random_affine`.

    Returns:
        Images, float32 (N, height, width, channels), of which only filtered ones leave 0–255; and how much each image
        counts in the loss, float32 (N,).
    """
    import tensorflow as tf

    lot_seed, damage_seed = tf.unstack(tf.random.split(tf.random.fold_in(seed, _FOLD)))
    share = config.share + (config.final_share - config.share) * done
    is_damaged = tf.random.stateless_uniform([tf.shape(images)[0]], lot_seed) < share
    damaged = _damaged(images, config, damage_seed)
    chosen = tf.where(is_damaged[:, tf.newaxis, tf.newaxis, tf.newaxis], damaged, images)
    return chosen, tf.where(is_damaged, config.weight, 1.0)


def _damaged(images: "tf.Tensor", config: Degradation, seed: "tf.Tensor") -> "tf.Tensor":
    """All images with some of the kinds of damage each.

    The rectangle is after Zhong et al., "Random Erasing Data Augmentation", 2020; the filter, one random kernel for all
    images of a call, after Xu et al., "Robust and Generalizable Visual Representation Learning via Random
    Convolutions", 2021.
    """
    import tensorflow as tf

    shape = tf.shape(images)
    rectangle_seed, contrast_seed, filter_seed, kernel_seed, *noise_seeds = tf.unstack(
        tf.random.split(seed, 4 + 2 * len(config.noise))
    )

    def amounts(largest: float, probability: float, amount_seed: "tf.Tensor") -> "tf.Tensor":
        """float32 (N, 1, 1, 1), evenly between nothing and the largest; 0 in the images that are spared."""
        lot, amount = tf.unstack(tf.random.stateless_uniform([2, shape[0], 1, 1, 1], amount_seed))
        return tf.where(lot < probability, amount * largest, 0.0)

    damaged = _covered(images, config, rectangle_seed)
    damaged *= 1.0 - amounts(config.contrast, config.probability, contrast_seed)
    for (grain_px, deviation), noise_seed, amount_seed in zip(
        config.noise, noise_seeds[::2], noise_seeds[1::2], strict=True
    ):
        damaged += amounts(_WHITE * deviation, config.noise_probability, amount_seed) * _noise(
            shape, grain_px, noise_seed
        )
    damaged = tf.clip_by_value(damaged, 0.0, _WHITE)
    kernel = tf.random.stateless_normal([3, 3, 1, 1], kernel_seed, stddev=config.kernel_deviation)
    filtered = tf.nn.depthwise_conv2d(damaged, tf.tile(kernel, [1, 1, shape[3], 1]), [1, 1, 1, 1], "SAME")
    return damaged + amounts(config.filtered, config.probability, filter_seed) * (filtered - damaged)


def _covered(images: "tf.Tensor", config: Degradation, seed: "tf.Tensor") -> "tf.Tensor":
    """Images of which some have a rectangle of one grey; its middle is anywhere, so that a part may be outside."""
    import tensorflow as tf

    height, width = tf.unstack(tf.cast(tf.shape(images)[1:3], tf.float32))
    num_images = tf.shape(images)[0]
    lot, middle_y, middle_x, side_y, side_x, grey = tf.unstack(
        tf.random.stateless_uniform([6, num_images, 1, 1, 1], seed)
    )
    rows, columns = tf.range(height)[:, tf.newaxis, tf.newaxis], tf.range(width)[:, tf.newaxis]
    is_covered = (
        (lot < config.probability)
        & (tf.abs(rows - middle_y * height) < side_y * config.rectangle_px / 2)
        & (tf.abs(columns - middle_x * width) < side_x * config.rectangle_px / 2)
    )
    return tf.where(is_covered, grey * _WHITE, images)


def _noise(shape: "tf.Tensor", grain_px: int, seed: "tf.Tensor") -> "tf.Tensor":
    """Normal noise of deviation 1 in cells of so many pixels a side, interpolated linearly to images of this shape."""
    import tensorflow as tf

    num_images, height, width, channels = tf.unstack(shape)
    grid = [num_images, -(-height // grain_px), -(-width // grain_px), channels]
    noise = tf.random.stateless_normal(grid, seed)
    return noise if grain_px == 1 else tf.image.resize(noise, [height, width])
