"""Blurs that move ink: frosted glass and a moving hand."""

import numpy as np
from numpy.typing import NDArray

from pipeline.corruptions.pixels import blurred, to_bytes, to_fractions

_GLASS_SIGMA_PX = 0.7
_GLASS_PASSES = 2
_MOTION_RADIUS_PX = 10
_MOTION_SIGMA_PX = 3.0
_MOTION_ANGLE_DEG = 45.0


def glass_blur(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Blurred, neighbouring pixels swapped at random from the lower right to the upper left, blurred again."""
    pixels = blurred(to_fractions(images), _GLASS_SIGMA_PX)
    num_images, height, width = pixels.shape
    for _ in range(_GLASS_PASSES):
        for row in range(height - 1, 1, -1):
            for column in range(width - 1, 1, -1):
                chosen = np.flatnonzero(random.random(num_images) < 0.5)
                up, left = random.integers(0, 2, (2, len(chosen)))
                here, there = pixels[chosen, row, column], pixels[chosen, row - up, column - left]
                pixels[chosen, row, column], pixels[chosen, row - up, column - left] = there, here
    return to_bytes(blurred(pixels, _GLASS_SIGMA_PX))


def motion_blur(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """A trail that fades as half a Gaussian does, within 45° of level; in whole pixels, as ImageMagick does."""
    pixels = to_fractions(images)
    _, height, width = pixels.shape
    angles = np.deg2rad(random.uniform(-_MOTION_ANGLE_DEG, _MOTION_ANGLE_DEG, len(pixels)))
    steps = np.arange(2 * _MOTION_RADIUS_PX + 1)
    weights = np.exp(-((steps / _MOTION_SIGMA_PX) ** 2) / 2).astype(np.float32)
    padded = np.pad(pixels, ((0, 0), (steps[-1],) * 2, (steps[-1],) * 2))
    # One row of the picture after the other: (N, 1, 1), (1, height, 1) and (1, 1, width) index all pixels at once.
    image = np.arange(len(pixels))[:, None, None]
    rows, columns = np.arange(height)[None, :, None] + steps[-1], np.arange(width)[None, None, :] + steps[-1]
    trail = np.zeros_like(pixels)
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        down, right = (np.rint(step * part).astype(int)[:, None, None] for part in (np.sin(angles), np.cos(angles)))
        trail += weight * padded[image, rows + down, columns + right]
    return to_bytes(trail)
