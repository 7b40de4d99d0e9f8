"""Lines through the picture: dotted and zigzag."""

import numpy as np
from numpy.typing import NDArray

from pipeline.corruptions.pixels import to_bytes, to_fractions

_REACH_PX = 2.3
_MARGIN_PX = 2
_PEAK_PX = 2.0
_MAX_FALL_PX = 5


def dotted_line(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """From a random row on the left to a random row on the right; two columns are off, two are on."""
    pixels = to_fractions(images)
    num_images, height, width = pixels.shape
    first, last = random.integers(0, height - 1, (2, num_images))
    line = _line(pixels.shape, np.zeros(num_images), first, np.full(num_images, width - 1), last)
    line[:, :, np.arange(width) // 2 % 2 == 0] = 0
    return to_bytes(pixels + line)


def zigzag(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Peaks two pixels to either side of a nearly level line, four pixels apart, the first after two."""
    pixels = to_fractions(images)
    num_images, height, width = pixels.shape
    first = random.integers(0, height - 1, num_images)
    fall = random.integers(-_MAX_FALL_PX, _MAX_FALL_PX, num_images)
    run = width - 1 - 2 * _MARGIN_PX
    length = np.hypot(run, fall)
    along = np.arange(_PEAK_PX, run, 2 * _PEAK_PX)
    aside = _PEAK_PX * (-1.0) ** np.arange(len(along))
    # The way along the line and away from it, for each corner: a row for each image.
    ways = np.column_stack([np.zeros(num_images), np.tile(along, (num_images, 1)), length])
    offs = np.broadcast_to([0.0, *aside, 0.0], ways.shape)
    cos, sin = (run / length)[:, None], (fall / length)[:, None]
    columns, rows = _MARGIN_PX + cos * ways - sin * offs, first[:, None] + sin * ways + cos * offs
    for corner in range(ways.shape[1] - 1):
        ends = (columns[:, corner], rows[:, corner], columns[:, corner + 1], rows[:, corner + 1])
        pixels = np.minimum(pixels + _line(pixels.shape, *ends), 1)
    return to_bytes(pixels)


def _line(
    shape: tuple[int, ...],
    from_column: NDArray[np.float64],
    from_row: NDArray[np.float64],
    to_column: NDArray[np.float64],
    to_row: NDArray[np.float64],
) -> NDArray[np.float32]:
    """A soft line in each image: 1 + ln(1 − d / 2.3) at d pixels above or below it, not less than 0.

    Args:
        shape: (N, height, width).
        from_column: float (N,), as the next three; left of `to_column`.
        from_row: Any.
        to_column: The line has no pixel at its right end, if that is a whole number.
        to_row: Any.

    Returns:
        float32 (N, height, width), 0–1.
    """
    column, row = np.arange(shape[2])[None, None, :], np.arange(shape[1])[None, :, None]
    from_column, from_row, to_column, to_row = (
        ends[:, None, None] for ends in (from_column, from_row, to_column, to_row)
    )
    slope = (to_row - from_row) / (to_column - from_column)
    distance = np.abs(row - from_row - slope * (column - from_column))
    light = np.maximum(1 + np.log(np.maximum(1 - distance / _REACH_PX, 1e-10)), 0)
    is_beside = (column < np.floor(from_column)) | (column >= np.ceil(to_column))
    return np.where(is_beside, 0, light).astype(np.float32)
