"""Something over the whole picture: light, inverted stripes, fog, splashes."""

import numpy as np
from numpy.typing import NDArray

from pipeline.corruptions.pixels import blurred, to_bytes, to_fractions

_LIGHT = 0.5
_FOG = 3.0
_WOBBLE = 100.0
_WOBBLE_DECAY = 1.4
_LIQUID_MEAN, _LIQUID_SD, _LIQUID_SIGMA_PX, _LIQUID_LEVEL = 0.65, 0.3, 1.0, 0.65
_SPLASH_SIGMA_PX, _SPLASH_LEVEL = 1.5, 0.8
_MUD = 63 / 255


def brightness(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Half of white is added everywhere."""
    return to_bytes(to_fractions(images) + np.float32(_LIGHT))


def stripe(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """The left and the right quarter are inverted."""
    quarter = images.shape[2] // 4
    result = images.copy()
    for columns in (slice(None, quarter), slice(images.shape[2] - quarter, None)):
        result[:, :, columns] = 255 - images[:, :, columns]
    return result


def fog(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Three parts of a plasma fractal over one of the image, as bright as the image was."""
    pixels = to_fractions(images)
    num_images, height, width = pixels.shape
    clouds = _plasma(num_images, 1 << (max(height, width) - 1).bit_length(), random)[:, :height, :width]
    brightest = pixels.max(axis=(1, 2), keepdims=True)
    return to_bytes((pixels + _FOG * clouds) * brightest / (brightest + _FOG))


def spatter(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Dark mud in drops: blurred noise above a level."""
    pixels = to_fractions(images)
    noise = random.standard_normal(pixels.size, dtype=np.float32).reshape(pixels.shape)
    liquid = blurred(_LIQUID_MEAN + _LIQUID_SD * noise, _LIQUID_SIGMA_PX) > _LIQUID_LEVEL
    mask = blurred(liquid.astype(np.float32), _SPLASH_SIGMA_PX)
    mask[mask < _SPLASH_LEVEL] = 0
    return to_bytes(pixels * (1 - mask) + _MUD * mask)


def _plasma(num_images: int, size: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Diamond-square fractals on a torus, float32 (N, size, size), each from 0 to 1; `size` is a power of two."""
    heights = np.zeros((num_images, size, size), np.float32)
    wobble, step = _WOBBLE, size

    def with_wobble(sums: NDArray[np.float32]) -> NDArray[np.float32]:
        # The published code multiplies by the wobble twice, so that it falls by the square of the decay.
        draws = random.random(sums.size, dtype=np.float32).reshape(sums.shape)
        wobbled: NDArray[np.float32] = sums / 4 + np.float32(wobble**2) * (2 * draws - 1)
        return wobbled

    while step >= 2:
        half = step // 2
        corners, middles = slice(0, size, step), slice(half, size, step)
        grid = heights[:, corners, corners]
        along = grid + np.roll(grid, -1, 1)
        heights[:, middles, middles] = with_wobble(along + np.roll(along, -1, 2))
        centres = heights[:, middles, middles]
        beside = grid + np.roll(grid, -1, 2) + centres + np.roll(centres, 1, 1)
        heights[:, corners, middles] = with_wobble(beside)
        below = grid + np.roll(grid, -1, 1) + centres + np.roll(centres, 1, 2)
        heights[:, middles, corners] = with_wobble(below)
        wobble, step = wobble / _WOBBLE_DECAY, half
    heights -= heights.min(axis=(1, 2), keepdims=True)
    heights /= heights.max(axis=(1, 2), keepdims=True)
    return heights
