"""Rulings: thin straight lines across the picture, nearly level or nearly upright."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAX_DRIFT_PERCENT = 5
_MIN_LENGTH_PERCENT = 75
_MIN_SIDES_PER_THICKNESS = 20
_HALF_BAND_PX = 4
_EXTRA_THICKNESS_PX = 2
_MIN_LEFT = 50


@dataclass(frozen=True)
class Line:
    """A line from the left to the right edge: its row at the left, how many rows it sinks, its thickness in pixels."""

    row: int
    drift: int
    thickness: int


def find_lines(mask: NDArray[np.bool_]) -> list[Line]:
    """Lines from left to right: a Hough transform of few slopes, in which a line fills three quarters of the columns.

    Args:
        mask: bool (height, width), True is ink.
    """
    height, width = mask.shape
    if not _may_have_lines(mask):
        return []
    thickness = _vertical_runs(mask)
    drifts, lengths = _best_drifts(mask)
    margin = (len(lengths) - height) // 2
    lines: list[Line] = []
    while True:
        best = int(lengths.argmax())
        if int(lengths[best]) * 100 < _MIN_LENGTH_PERCENT * width:
            return lines
        lengths[max(0, best - _HALF_BAND_PX) : best + _HALF_BAND_PX + 1] = 0
        rows = best - margin + _sinking(int(drifts[best]), width)
        columns = np.flatnonzero((rows >= 0) & (rows < height))
        along = np.sort(thickness[rows[columns], columns])
        along = along[along > 0]
        if len(along) and int(along[len(along) // 2]) * _MIN_SIDES_PER_THICKNESS <= max(height, width):
            lines.append(Line(best - margin, int(drifts[best]), int(along[len(along) // 2])))


def without_lines(mask: NDArray[np.bool_], across: list[Line], down: list[Line]) -> NDArray[np.bool_]:
    """The ink without rulings; where a stroke crosses one, it is thicker and stays.

    Args:
        mask: bool (height, width), True is ink.
        across: Lines of the mask.
        down: Lines of the transposed mask.

    Returns:
        bool (height, width); the mask itself if next to nothing would be left of it.
    """
    left = mask & ~_on_lines(mask, across) & ~_on_lines(mask.T, down).T
    return left if int(left.sum()) * _MIN_LEFT >= int(mask.sum()) else mask


def _may_have_lines(mask: NDArray[np.bool_]) -> bool:
    width = mask.shape[1]
    return bool(int(mask.any(axis=0).sum()) * 100 >= _MIN_LENGTH_PERCENT * width and int(mask.sum()) > width)


def _sinking(drift: int, width: int) -> NDArray[np.int64]:
    """By how many rows a line is lower in each column than in the first."""
    return (2 * drift * np.arange(width) + width) // (2 * width)


def _best_drifts(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each row at the left edge (and some beyond it) the drift of the line with most ink, and that ink."""
    height, width = mask.shape
    steepest = max(1, width * _MAX_DRIFT_PERCENT // 100)
    margin = 2 * steepest
    # Two rows together: the line may lie between them.
    either = mask.copy()
    either[1:] |= mask[:-1]
    rows, columns = np.nonzero(either)
    drifts = np.zeros(height + 2 * margin, np.int64)
    lengths = np.zeros(height + 2 * margin, np.int64)
    for drift in sorted(range(-steepest, steepest + 1), key=abs):
        starts = rows - _sinking(drift, width)[columns] + margin
        counts = np.bincount(starts, minlength=len(lengths))
        is_better = counts > lengths
        lengths[is_better] = counts[is_better]
        drifts[is_better] = drift
    return drifts, lengths


def _vertical_runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each pixel of ink how many there are in a row above and below it, itself included; 0 elsewhere."""
    height = mask.shape[0]
    row = np.arange(1, height + 1)[:, np.newaxis]
    from_top = row - np.maximum.accumulate(np.where(mask, 0, row), axis=0)
    from_bottom = row - np.maximum.accumulate(np.where(mask[::-1], 0, row), axis=0)
    return np.where(mask, from_top + from_bottom[::-1] - 1, 0)


def _on_lines(mask: NDArray[np.bool_], lines: list[Line]) -> NDArray[np.bool_]:
    """Vertical runs that meet a line and are hardly thicker than it."""
    found = np.zeros_like(mask)
    if not lines:
        return found
    height, width = mask.shape
    runs = _vertical_runs(mask)
    for line in lines:
        centre = (line.row + _sinking(line.drift, width)).clip(0, height - 1)
        max_thickness = line.thickness + _EXTRA_THICKNESS_PX
        is_thin = mask & (runs <= max_thickness)
        near = np.abs(np.arange(height)[:, np.newaxis] - centre) <= 2
        whole = near & is_thin
        for _ in range(max_thickness):
            whole[1:] |= whole[:-1] & is_thin[1:]
            whole[:-1] |= whole[1:] & is_thin[:-1]
        found |= whole
    return found
