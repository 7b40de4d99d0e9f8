"""Training images made worse at random, a batch at a time inside the TensorFlow graph.

Cameras and damage change grey levels in ways that clean images never show: a network that has seen nothing but white
ink on black takes noise, a grey ground or a pale stroke for something else.
"""

from typing import TYPE_CHECKING

from pipeline.config import Degradation

if TYPE_CHECKING:
    import tensorflow as tf

_WHITE = 255.0


def random_degradation(images: "tf.Tensor", config: Degradation, done: "tf.Tensor", seed: "tf.Tensor") -> "tf.Tensor":
    """Covers a rectangle, weakens the contrast, adds noise of several grains and filters; each in some of the images.

    Damage becomes rarer, not weaker: a network that ends with clean images keeps their accuracy, and one that still
    meets strong damage now and then does not forget it.
    The rectangle is after Zhong et al., "Random Erasing Data Augmentation", 2020; the filter, one random kernel for all
    images of a call, after Xu et al., "Robust and Generalizable Visual Representation Learning via Random
    Convolutions", 2021.

    Args:
        images: float32 (N, height, width, 1), 0–255.
        config: Largest amounts, drawn evenly between nothing and them.
        done: float32 (), part of the training that is over, 0–1.
        seed: int32 (2,); the same seed gives the same random numbers on every machine (stateless generator).

    Returns:
        float32 (N, height, width, 1); the filter alone leaves 0–255.
    """
    import tensorflow as tf

    num_images = tf.shape(images)[0]
    lot_seed, rectangle_seed, contrast_seed, filter_seed, kernel_seed, *noise_seeds = tf.unstack(
        tf.random.split(seed, 5 + 2 * len(config.noise))
    )

    def amounts(largest: float, probability: float, seed: "tf.Tensor") -> "tf.Tensor":
        """float32 (N, 1, 1, 1), of which some are 0."""
        lot, amount = tf.unstack(tf.random.stateless_uniform([2, num_images, 1, 1, 1], seed))
        return tf.where(lot < probability, amount * largest, 0.0)

    damaged = _covered(images, config, rectangle_seed)
    damaged *= 1.0 - amounts(config.contrast, config.probability, contrast_seed)
    for (grain_px, deviation), noise_seed, amount_seed in zip(
        config.noise, noise_seeds[::2], noise_seeds[1::2], strict=True
    ):
        noise = _WHITE * _noise(tf.shape(images), grain_px, noise_seed)
        damaged += amounts(deviation, config.noise_probability, amount_seed) * noise
    damaged = tf.clip_by_value(damaged, 0.0, _WHITE)
    kernel = tf.random.stateless_normal([3, 3, 1, 1], kernel_seed, stddev=config.kernel_deviation)
    filtered = tf.nn.conv2d(damaged, kernel, 1, "SAME")
    damaged += amounts(config.filtered, config.probability, filter_seed) * (filtered - damaged)
    is_damaged = tf.random.stateless_uniform([num_images, 1, 1, 1], lot_seed) < config.share * (1.0 - done)
    return tf.where(is_damaged, damaged, images)


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
    """Normal noise of deviation 1 on a grid of so many pixels, interpolated linearly to images of this shape."""
    import tensorflow as tf

    num_images, height, width, channels = tf.unstack(shape)
    grid = [num_images, -(-height // grain_px), -(-width // grain_px), channels]
    noise = tf.random.stateless_normal(grid, seed)
    return noise if grain_px == 1 else tf.image.resize(noise, [height, width])
