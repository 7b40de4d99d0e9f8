"""Which pixels are ink: those that differ from the paper around them, whatever light falls on it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.preparation.lines import find_lines, without_lines

MIN_CONTRAST = 14
# Strokes may be as wide as a quarter of the picture's longer side; wider than that is paper, or its shadow.
STROKES_PER_SIDE = 4
# Ink is what has this part of the strongest contrast: faint ends of strokes too, unless rulings are as dark as they.
_INK_PERCENT = (25, 40)
_NOISE_FACTOR = 3
_LEAST_CONTRAST = 4


def is_light_on_dark(grey: NDArray[np.uint8]) -> bool:
    """Whether the ink is lighter than the paper: of a neighbourhood the few differ more from its mean than the many.

    Args:
        grey: uint8 (height, width), at most some 200 pixels on a side.
    """
    return skewness_of(grey) > 0


def skewness_of(grey: NDArray[np.uint8]) -> int:
    """The sum of the third powers of what each pixel differs from the mean around it, rounded down."""
    difference = grey.astype(np.int64) - _local_mean(grey, _radius(grey))
    return int((difference * difference * difference).sum())


def find_ink(dark: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.uint8]] | None:
    """Tells dark ink from the paper, from its light and shadow, and from its rulings.

    Args:
        dark: uint8 (height, width), ink darker than the paper.

    Returns:
        (mask, contrast): bool and uint8 (height, width), True is ink, and how much darker than the paper each pixel is;
        None for paper without ink.
    """
    contrast = _paper(dark) - dark
    levels = _contrast_levels(contrast)
    if levels is None:
        return None
    mask, across, down = np.zeros(dark.shape, np.bool_), [], []
    for percent in _INK_PERCENT:
        mask = contrast >= _threshold(levels, percent)
        across, down = find_lines(mask), find_lines(mask.T)
        # One line may be a stroke; two that run side by side over the whole picture are rulings, or a frame.
        if max(len(across), len(down)) < 2:
            return mask, contrast
    return without_lines(mask, across, down), contrast


def _radius(grey: NDArray[np.uint8]) -> int:
    return max(2, int(max(grey.shape)) // STROKES_PER_SIDE // 2)


def _paper(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture without its strokes: a morphological closing, which keeps the edge of a shadow where it is."""
    radius = _radius(dark)
    margin = max(1, radius // 2)
    padded = np.pad(dark, margin, mode="edge")
    lightest = _window(padded, radius, np.maximum, 0)
    return _window(lightest, radius, np.minimum, 255)[margin:-margin, margin:-margin]


def _window(
    levels: NDArray[np.uint8], radius: int, extreme: Callable[..., NDArray[np.uint8]], beyond: int
) -> NDArray[np.uint8]:
    """The extreme of each square of 2 × radius + 1 pixels."""
    size = 2 * radius + 1
    spread = np.pad(levels, radius, constant_values=beyond)
    for _ in range(2):
        covered = 1
        while covered < size:
            step = min(covered, size - covered)
            spread = extreme(spread[:-step], spread[step:])
            covered += step
        spread = spread.T
    return spread


def _local_mean(grey: NDArray[np.uint8], radius: int) -> NDArray[np.int64]:
    height, width = grey.shape
    sums = np.zeros((height + 1, width + 1), np.int64)
    sums[1:, 1:] = grey.cumsum(axis=0, dtype=np.int64).cumsum(axis=1)
    top, bottom = _window_ends(height, radius)
    left, right = _window_ends(width, radius)
    rows = sums[bottom] - sums[top]
    area = (bottom - top)[:, np.newaxis] * (right - left)
    mean: NDArray[np.int64] = (rows[:, right] - rows[:, left]) // area
    return mean


def _window_ends(size: int, radius: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    middle = np.arange(size)
    return (middle - radius).clip(0), (middle + radius + 1).clip(None, size)


def _contrast_levels(contrast: NDArray[np.uint8]) -> tuple[int, int, int] | None:
    """(paper, noise, ink): the usual contrast, its spread, how far the strongest ink is from it; None for no ink."""
    counts = np.bincount(contrast.ravel(), minlength=256)
    from_paper, from_ink = counts.cumsum(), counts[::-1].cumsum()
    paper = int((from_paper <= contrast.size // 2).sum())
    noise = paper - int((from_paper <= contrast.size // 10).sum())
    ink = 255 - int((from_ink < max(6, contrast.size // 2000)).sum()) - paper
    return None if ink < max(MIN_CONTRAST, _NOISE_FACTOR * noise) else (paper, noise, ink)


def _threshold(levels: tuple[int, int, int], percent: int) -> int:
    paper, noise, ink = levels
    return paper + max(_NOISE_FACTOR * noise, ink * percent // 100, _LEAST_CONTRAST)
