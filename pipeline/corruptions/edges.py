"""Outlines instead of strokes."""

import numpy as np
from numpy.typing import NDArray

from pipeline.corruptions.pixels import to_fractions

_SIGMA_PX = 1.0
# Of the magnitude of Sobel's sums, for an image from 0 to 1.
_LOW, _HIGH = 0.1, 0.2
_WITHIN_IMAGE = np.zeros((3, 3, 3), bool)
_WITHIN_IMAGE[1] = True


def canny_edges(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """White where Canny's detector finds an edge, black elsewhere.

    Canny, "A Computational Approach to Edge Detection", 1986: the ridges of the gradient's magnitude that are above a
    low limit and hang together with a pixel above a high one.
    """
    from scipy.ndimage import gaussian_filter, label

    smooth = gaussian_filter(to_fractions(images), (0, _SIGMA_PX, _SIGMA_PX), mode="constant")
    down, right = _sobel(smooth, along=1, across=2), _sobel(smooth, along=2, across=1)
    magnitude = np.hypot(down, right)
    is_candidate = _is_ridge(magnitude, down, right) & (magnitude >= _LOW)
    regions, num_regions = label(is_candidate, _WITHIN_IMAGE)
    has_peak = np.zeros(num_regions + 1, bool)
    has_peak[regions[is_candidate & (magnitude >= _HIGH)]] = True
    return np.where(has_peak[regions], np.uint8(255), np.uint8(0))[..., np.newaxis]


def _sobel(pixels: NDArray[np.float32], along: int, across: int) -> NDArray[np.float32]:
    """Sobel's sums of each image; scipy's own would add those of the images before and after."""
    from scipy.ndimage import correlate1d

    slope: NDArray[np.float32] = correlate1d(correlate1d(pixels, [-1, 0, 1], along), [1, 2, 1], across)
    return slope


def _is_ridge(
    magnitude: NDArray[np.float32], down: NDArray[np.float32], right: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Where the magnitude is not less than one pixel further along the gradient, either way; never at the border."""
    steepness = np.maximum(np.maximum(np.abs(down), np.abs(right)), np.finfo(np.float32).tiny)
    is_ridge = np.ones(magnitude.shape, bool)
    for sign in (-1, 1):
        is_ridge &= magnitude >= _beside(magnitude, sign * down / steepness, sign * right / steepness)
    is_ridge[:, [0, -1]] = False
    is_ridge[:, :, [0, -1]] = False
    return is_ridge


def _beside(values: NDArray[np.float32], down: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values where a step of at most one pixel along each axis leads, interpolated linearly."""
    from scipy.ndimage import map_coordinates

    image, row, column = np.indices(values.shape, np.float32)
    found: NDArray[np.float32] = map_coordinates(values, (image, row + down, column + right), order=1, mode="constant")
    return found
