"""Which ink is the symbol: its parts, without specks and without what comes in from the edge of the picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.preparation.components import find_components

# How much less a part counts that touches the edge of the picture.
_TOUCHING = 8
# A part belongs to the symbol if it has this fraction of its ink and is nearer than this fraction of its size.
_MIN_INK = 30
_GAP = 6
# With this fraction of the symbol's ink, what is left out may be a symbol too.
_COMPARABLE = 4


@dataclass(frozen=True)
class Box:
    """Rows top to bottom and columns left to right, the ends not included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def side(self) -> int:
        """The longer one, in pixels."""
        return max(self.bottom - self.top, self.right - self.left)


@dataclass(frozen=True)
class ChosenSymbol:
    """One symbol of a picture.

    Attributes:
        mask: bool (height, width), True is its ink.
        has_more: Whether the picture may have other symbols, which are left out.
    """

    mask: NDArray[np.bool_]
    has_more: bool


def choose_symbol(mask: NDArray[np.bool_], contrast: NDArray[np.uint8]) -> ChosenSymbol | None:
    """Keeps the part with most ink and the parts that belong to it.

    Args:
        mask: bool (height, width), True is ink.
        contrast: uint8 (height, width), the strength of the ink.

    Returns:
        The symbol, its mask as large as the picture; None if there is no ink.
    """
    components = find_components(mask)
    numbered, boxes = components.numbered, components.boxes
    num_parts = len(boxes)
    if not num_parts:
        return None
    inked = numbered[mask]
    areas = np.bincount(inked, minlength=num_parts + 1)[1:]
    # Sums of whole numbers: exact, although bincount counts in float64.
    masses = np.bincount(inked, contrast[mask], num_parts + 1)[1:].astype(np.int64)
    scores = _scores(mask.shape, boxes, masses)
    is_kept = _group(boxes, areas, scores)
    has_more = bool((scores[~is_kept] * _COMPARABLE >= masses[is_kept].sum()).any())
    return ChosenSymbol(np.concatenate([[False], is_kept])[numbered], has_more)


def box_of(mask: NDArray[np.bool_]) -> Box:
    """The smallest box around the True pixels, of which there is one at least."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def _scores(shape: tuple[int, ...], boxes: NDArray[np.int64], masses: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ink of each part; less if it touches the edge, where tables, fingers and neighbours come in."""
    height, width = shape
    touches = (boxes[:, :2] == 0).any(axis=1) | (boxes[:, 2] == height) | (boxes[:, 3] == width)
    scores: NDArray[np.int64] = np.where(touches, masses // _TOUCHING, masses)
    return scores


def _group(boxes: NDArray[np.int64], areas: NDArray[np.int64], scores: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The best part, what is near it, what is near those, and so on; bool (parts,)."""
    best = int(scores.argmax())
    is_large = (areas * _MIN_INK >= areas[best]) & (scores * _MIN_INK >= scores[best])
    is_kept = np.zeros(len(scores), np.bool_)
    is_kept[best] = True
    start, end = boxes[best, :2], boxes[best, 2:]
    while True:
        gap = int((end - start).max()) // _GAP
        is_near = (boxes[:, :2] < end + gap).all(axis=1) & (boxes[:, 2:] > start - gap).all(axis=1)
        is_new = is_large & is_near & ~is_kept
        if not is_new.any():
            return is_kept
        is_kept |= is_new
        start, end = boxes[is_kept, :2].min(axis=0), boxes[is_kept, 2:].max(axis=0)
