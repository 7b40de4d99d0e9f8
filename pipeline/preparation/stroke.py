"""Thin strokes become as thick as the thin ones that the model has seen."""

from math import isqrt

import numpy as np
from numpy.typing import NDArray

# Of the symbol's longer side: 1.8 pixels in MNIST's box of 20.
_MIN_WIDTH_PERCENT = 9


def thicken(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Draws thin strokes with a round pen of the right width.

    Args:
        mask: bool (height, width), True is ink, which touches all four sides.

    Returns:
        bool, larger by the same margin on all sides; the mask itself if its strokes are thick enough.
    """
    percent = _MIN_WIDTH_PERCENT
    # The symbol grows with its strokes: (width + 2 radius) / (side + 2 radius) is to be the percentage.
    radius = (percent * max(mask.shape) - stroke_width(mask)) * 100 // (2 * (100 - percent))
    radius_squared = (radius * radius + 5_000) // 10_000
    return mask if radius < 0 or radius_squared < 1 else _dilate(mask, radius_squared)


def stroke_width(mask: NDArray[np.bool_]) -> int:
    """The mean width of strokes in hundredths of a pixel: twice the area by the length of the outline.

    The outline of pixels is longer than the pen's by 4 / π on average, hence 256 for 200.
    """
    padded = np.pad(mask, 1)
    outline = int((padded[1:] != padded[:-1]).sum()) + int((padded[:, 1:] != padded[:, :-1]).sum())
    return 256 * int(mask.sum()) // outline


def _dilate(mask: NDArray[np.bool_], radius_squared: int) -> NDArray[np.bool_]:
    """All pixels within a distance of the ink."""
    radius = isqrt(radius_squared)
    grown = np.pad(mask, radius)
    padded = np.pad(grown, radius)
    height, width = grown.shape
    rows = padded[:, radius : radius + width].copy()
    wide: list[NDArray[np.bool_]] = [rows.copy()]
    for reach in range(1, radius + 1):
        rows |= padded[:, radius - reach : radius - reach + width] | padded[:, radius + reach : radius + reach + width]
        wide.append(rows.copy())
    for shift in range(-radius, radius + 1):
        reach = isqrt(radius_squared - shift * shift)
        grown |= wide[reach][radius + shift : radius + shift + height]
    return grown
