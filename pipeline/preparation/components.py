"""Connected parts of a picture, in a few operations of numpy: to import scipy takes longer than to answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Components:
    """Parts that touch, corners included, in the order of their first pixels.

    Attributes:
        numbered: int64 (height, width), which part each pixel belongs to, from 1 on; 0 is none.
        boxes: int64 (parts, 4): top, left, bottom and right of each, the last two not included.
    """

    numbered: NDArray[np.int64]
    boxes: NDArray[np.int64]


def find_components(mask: NDArray[np.bool_]) -> Components:
    """Joins the horizontal runs that touch each other.

    Args:
        mask: bool (height, width), True is ink.
    """
    height, width = mask.shape
    # A column of paper beside the picture keeps the runs of one row from going on in the next.
    stride = width + 1
    edges = np.diff(np.pad(mask, ((0, 0), (0, 1))).ravel().astype(np.int8), prepend=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    first_runs = _first_runs(*_touching_runs(starts, ends, stride), len(starts))
    part_of_run = np.unique(first_runs, return_inverse=True)[1].reshape(-1)
    steps = np.zeros(height * stride, np.int64)
    steps[starts] = part_of_run + 1
    steps[ends] -= part_of_run + 1
    boxes = _boxes(starts // stride, starts % stride, ends % stride, part_of_run)
    return Components(steps.cumsum().reshape(height, stride)[:, :width], boxes)


def _touching_runs(
    starts: NDArray[np.int64], ends: NDArray[np.int64], stride: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (upper, lower) of runs in neighbouring rows."""
    first = ends.searchsorted(starts + stride - 1, "right")
    num_below = (starts.searchsorted(ends + stride + 1, "left") - first).clip(0)
    upper = np.repeat(np.arange(len(starts)), num_below)
    before = num_below.cumsum() - num_below
    return upper, first[upper] + np.arange(len(upper)) - before[upper]


def _first_runs(upper: NDArray[np.int64], lower: NDArray[np.int64], num_runs: int) -> NDArray[np.int64]:
    """For each run the first run of its part: roots are hooked below smaller ones until all pairs agree."""
    roots = np.arange(num_runs)
    while True:
        above, below = roots[upper], roots[lower]
        if (above == below).all():
            return roots
        np.minimum.at(roots, np.maximum(above, below), np.minimum(above, below))
        while True:
            nearer = roots[roots]
            if (nearer == roots).all():
                break
            roots = nearer


def _boxes(
    rows: NDArray[np.int64], lefts: NDArray[np.int64], rights: NDArray[np.int64], parts: NDArray[np.int64]
) -> NDArray[np.int64]:
    num_parts = int(parts.max(initial=-1)) + 1
    boxes = np.full((num_parts, 4), np.iinfo(np.int64).max)
    boxes[:, 2:] = 0
    for column, values in ((0, rows), (1, lefts)):
        np.minimum.at(boxes[:, column], parts, values)
    for column, values in ((2, rows + 1), (3, rights)):
        np.maximum.at(boxes[:, column], parts, values)
    return boxes
