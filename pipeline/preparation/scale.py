"""Smaller and larger pictures, each new pixel the rounded mean of the area that it covers."""

import numpy as np
from numpy.typing import NDArray


def reduce(grey: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Means of squares of factor × factor pixels; squares beyond the edge repeat its pixels.

    Args:
        grey: uint8 (height, width).
        factor: Pixels on a side of a square, 1 or more.

    Returns:
        uint8 (ceil(height / factor), ceil(width / factor)).
    """
    if factor <= 1:
        return grey
    height, width = grey.shape
    padded = np.pad(grey, ((0, -height % factor), (0, -width % factor)), mode="edge")
    rows = padded[::factor].astype(np.uint32)
    for offset in range(1, factor):
        rows += padded[offset::factor]
    sums = rows[:, ::factor].copy()
    for offset in range(1, factor):
        sums += rows[:, offset::factor]
    area = factor * factor
    return ((sums + area // 2) // area).astype(np.uint8)


def enlarge(grey: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Linear interpolation between the centres of pixels; beyond the outermost ones their level goes on.

    Args:
        grey: uint8 (height, width).
        factor: New pixels for each old one along a side, 1 or more.

    Returns:
        uint8 (height × factor, width × factor).
    """
    if factor <= 1:
        return grey
    levels = grey.astype(np.int32)
    above, below, y_weight = _neighbours(grey.shape[0], factor)
    left, right, x_weight = _neighbours(grey.shape[1], factor)
    rows = levels[above] * (2 * factor - y_weight)[:, np.newaxis] + levels[below] * y_weight[:, np.newaxis]
    sums = rows[:, left] * (2 * factor - x_weight) + rows[:, right] * x_weight
    enlarged: NDArray[np.uint8] = ((sums + 2 * factor * factor) // (4 * factor * factor)).astype(np.uint8)
    return enlarged


def _neighbours(size: int, factor: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each new pixel the two old ones around its centre, and the second's weight out of 2 × factor."""
    position = 2 * np.arange(size * factor) + 1 - factor
    first = position // (2 * factor)
    return first.clip(0, size - 1), (first + 1).clip(0, size - 1), position - 2 * factor * first


def resample(mask: NDArray[np.bool_], height: int, width: int) -> NDArray[np.uint8]:
    """The share of ink in each pixel of a grid of another size that covers the same area.

    Args:
        mask: bool (any height, any width), True is ink.
        height: Of the result.
        width: Of the result.

    Returns:
        uint8 (height, width), 255 is all ink.
    """
    old_height, old_width = mask.shape
    covered = _overlaps(old_height, height) @ mask.astype(np.int64) @ _overlaps(old_width, width).T
    area = old_height * old_width
    shares: NDArray[np.uint8] = ((255 * covered + area // 2) // area).astype(np.uint8)
    return shares


def _overlaps(old: int, new: int) -> NDArray[np.int64]:
    """(new, old) lengths that pixels of two grids over the same line share, in parts of 1 / (old × new)."""
    ours, theirs = np.arange(new)[:, np.newaxis], np.arange(old)
    shared = np.minimum((ours + 1) * old, (theirs + 1) * new) - np.maximum(ours * old, theirs * new)
    overlaps: NDArray[np.int64] = shared.clip(0)
    return overlaps
