"""Affine maps about the middle of the image; bilinear, outside is black."""

import numpy as np
from numpy.typing import NDArray

from pipeline.corruptions.pixels import to_bytes, to_fractions

_ANGLE_RAD = 0.4
_SCALE = 0.7
_SHIFT_PX = 3


def shear(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Upright lines lean by sin 0.4 pixels a row, either way, and the digit grows to 1/cos 0.4 of its height."""
    sin, cos = np.sin(_ANGLE_RAD), np.cos(_ANGLE_RAD)
    return _warp_either_way(images, random, *(np.array([[cos, 0], [sign * sin, 1]]) for sign in (-1, 1)))


def scale(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """The digit shrinks to 70 %."""
    return to_bytes(_warp(to_fractions(images), np.eye(2) / _SCALE))


def rotate(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Turned by 0.4 rad, either way."""
    sin, cos = np.sin(_ANGLE_RAD), np.cos(_ANGLE_RAD)
    return _warp_either_way(images, random, *(np.array([[cos, sign * sin], [-sign * sin, cos]]) for sign in (-1, 1)))


def translate(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Three pixels to the left or to the right, and three up or down."""
    pixels = to_fractions(images)
    _, height, width = pixels.shape
    padded = np.pad(pixels, ((0, 0), (_SHIFT_PX,) * 2, (_SHIFT_PX,) * 2))
    down, right = random.integers(0, 2, (2, len(pixels))) * 2 * _SHIFT_PX
    rows, columns = down[:, None] + np.arange(height), right[:, None] + np.arange(width)
    return to_bytes(padded[np.arange(len(pixels))[:, None, None], rows[:, :, None], columns[:, None, :]])


def _warp_either_way(
    images: NDArray[np.uint8], random: np.random.Generator, one: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.uint8]:
    pixels = to_fractions(images)
    is_one = random.random(len(pixels)) < 0.5
    pixels[is_one], pixels[~is_one] = _warp(pixels[is_one], one), _warp(pixels[~is_one], other)
    return to_bytes(pixels)


def _warp(pixels: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Maps (row, column) of the output, from the middle, to those of the input."""
    from scipy.ndimage import affine_transform

    if not len(pixels):
        return pixels
    middle = (np.array(pixels.shape[1:]) - 1) / 2
    with_image = np.eye(3)
    with_image[1:, 1:] = matrix
    offset = (0, *(middle - matrix @ middle))
    warped: NDArray[np.float32] = affine_transform(pixels, with_image, offset, order=1, mode="grid-constant")
    return warped
