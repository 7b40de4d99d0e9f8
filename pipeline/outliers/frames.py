"""Whole inputs of no symbol, bright on dark: uint8 (height, width)."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.outliers.drawings import silhouette_mask


def textured(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A silhouette with soft light and dark inside, filling most of the frame, as in photographs of things."""
    height, width = size
    box = int(rng.integers(height * 5 // 7, height + 1)), int(rng.integers(width // 2, width + 1))
    mask = Image.fromarray(silhouette_mask(rng)).resize(box[::-1], Image.Resampling.BOX)
    coarse = rng.integers(0, 256, tuple(rng.integers(2, 10, 2)), np.uint8)
    texture = np.asarray(Image.fromarray(coarse).resize(box[::-1], Image.Resampling.BICUBIC)) / 255
    darkest = rng.uniform(0, 200)
    frame = np.zeros(size, np.uint8)
    top, left = (height - box[0]) // 2, (width - box[1]) // 2
    inside = np.asarray(mask) / 255 * (darkest + (255 - darkest) * texture)
    frame[top : top + box[0], left : left + box[1]] = inside.astype(np.uint8)
    return frame


def noise(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Grey noise, scattered pixels, blots, or stripes."""
    from scipy.ndimage import gaussian_filter

    kind = rng.integers(4)
    if kind == 0:
        return rng.integers(0, 256, size, np.uint8)
    if kind == 1:
        is_bright = rng.random(size) < rng.uniform(0.05, 0.6)
    elif kind == 2:
        blots = gaussian_filter(rng.normal(size=size), rng.uniform(1, 4))
        is_bright = blots > np.quantile(blots, rng.uniform(0.4, 0.9))
    else:
        rows, columns = np.indices(size)
        is_bright = (rows * rng.integers(0, 2) + columns * rng.integers(1, 3)) // rng.integers(2, 8) % 2 == 1
    return np.where(is_bright, 255, 0).astype(np.uint8)
