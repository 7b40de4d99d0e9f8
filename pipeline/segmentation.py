"""Several symbols on one picture: which ink belongs to which, and in which order they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.preparation.components import Components, find_components
from pipeline.preparation.ink import find_ink, is_light_on_dark
from pipeline.preparation.parts import Box
from pipeline.preparation.scale import enlarge, reduce

# A sheet is enlarged until its longer side would exceed this, so that strokes are some pixels wide.
_VIEW_PX = 1_024
_MAX_ENLARGEMENT = 4
_POLARITY_VIEW_PX = 160
# Ink that comes in from the edge and is as long as this part of the picture is a table or a shadow.
_INTRUDER = 3
# More parts than that are noise; the smallest are left out.
_MAX_PARTS = 3_000
# In percent of the usual height of a symbol:
_GAP = 16  # ink nearer than this may belong together,
_OWN_HEIGHT = 65  # unless both parts are as high as symbols and stand side by side;
_MAX_SIZE = 150  # larger than this nothing becomes by joining;
_MIN_HEIGHT = 40  # what is lower than this in the end is a speck or a dash;
_SAME_LINE = 60  # symbols on one line differ less in height above the ground than this;
_SPACE = 80  # narrower gaps are no spaces between words, nor are those less than twice as wide as the usual gap.
# If less than one in so many symbols touches the edge, these are what a shadow or a ruling leaves there.
_FEW = 5


@dataclass(frozen=True)
class Symbol:
    """One symbol of a sheet.

    Attributes:
        box: Where it is, in pixels of the sheet.
        ink: bool, True is ink, which touches all four sides; may be larger than the box by a whole factor.
        is_after_space: Whether the gap before it is wide.
    """

    box: Box
    ink: NDArray[np.bool_]
    is_after_space: bool = False


def find_symbols(grey: NDArray[np.uint8]) -> list[list[Symbol]]:
    """The symbols of a sheet: lines from top to bottom, each from left to right.

    Args:
        grey: uint8 (height, width), dark on light or light on dark, at most some 1,000 pixels on a side.
    """
    factor = max(1, min(_MAX_ENLARGEMENT, _VIEW_PX // max(grey.shape)))
    small = reduce(grey, -(-max(grey.shape) // _POLARITY_VIEW_PX))
    view = enlarge(np.bitwise_not(grey) if is_light_on_dark(small) else grey, factor)
    mask = _find_ink_in_even_light(view)
    if mask is None:
        return []
    components = find_components(mask)
    areas = np.bincount(components.numbered.ravel(), minlength=len(components.boxes) + 1)[1:]
    is_sheet = _is_of_the_sheet(components.boxes, *view.shape)
    if int(is_sheet.sum()) > _MAX_PARTS:
        is_sheet &= areas > np.sort(areas[is_sheet])[-_MAX_PARTS]
    if not is_sheet.any():
        return []
    usual = _usual_height(components.boxes[is_sheet], areas[is_sheet])
    groups = _join(components.boxes, np.flatnonzero(is_sheet), usual)
    boxes = [_around(components.boxes[group]) for group in groups]
    kept = [index for index, box in enumerate(boxes) if (box.bottom - box.top) * 100 >= _MIN_HEIGHT * usual]
    kept = _without_few_at_the_edge(kept, boxes, view.shape)
    lines = [[kept[index] for index in line] for line in _reading_order([boxes[index] for index in kept], usual)]
    min_space = _min_space([[boxes[index] for index in line] for line in lines], usual)
    return [_symbols(components, [(groups[i], boxes[i]) for i in line], min_space, factor) for line in lines]


def _without_few_at_the_edge(kept: list[int], boxes: Sequence[Box], shape: tuple[int, ...]) -> list[int]:
    inside = [
        index
        for index in kept
        if min(boxes[index].top, boxes[index].left) > 0
        and boxes[index].bottom < shape[0]
        and boxes[index].right < shape[1]
    ]
    return inside if (len(kept) - len(inside)) * _FEW < len(kept) else kept


def _find_ink_in_even_light(view: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """Where the ink is, its contrast counted in parts of the paper's light: a page has more shadows than a symbol."""
    view = _smooth(view)
    first = find_ink(view)
    if first is None:
        return None
    paper = view.astype(np.uint16) + first[1]
    second = find_ink((255 * view.astype(np.uint32) // np.maximum(paper, 1)).astype(np.uint8))
    return None if second is None else second[0]


def _smooth(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 3 × 3 pixels: a sheet is not made smaller first, which takes the noise from a single symbol."""
    for _ in range(2):
        padded = np.pad(grey, ((1, 1), (0, 0)), mode="edge").astype(np.uint16)
        grey = ((padded[:-2] + padded[1:-1] + padded[2:] + 1) // 3).astype(np.uint8).T
    return grey


def _is_of_the_sheet(boxes: NDArray[np.int64], height: int, width: int) -> NDArray[np.bool_]:
    touches = (boxes[:, :2] == 0).any(axis=1) | (boxes[:, 2] == height) | (boxes[:, 3] == width)
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    is_part: NDArray[np.bool_] = ~(touches & (sides * _INTRUDER >= max(height, width)))
    return is_part


def _usual_height(boxes: NDArray[np.int64], areas: NDArray[np.int64]) -> int:
    """The median height of the parts, each counted as often as it has pixels: many specks do not make it small."""
    heights = boxes[:, 2] - boxes[:, 0]
    order = heights.argsort(kind="stable")
    middle = int(areas[order].cumsum().searchsorted(int(areas.sum()) // 2, "right"))
    return int(heights[order[min(middle, len(order) - 1)]])


def _join(boxes: NDArray[np.int64], parts: NDArray[np.int64], usual: int) -> list[NDArray[np.int64]]:
    """Groups of parts that belong together, directly or by others between them."""
    roots = np.arange(len(parts))
    for index, part in enumerate(parts):
        near = np.flatnonzero(_belong(boxes[part], boxes[parts[index:]], usual)) + index
        joined = np.unique(roots[near])
        if len(joined) > 1:
            roots[np.isin(roots, joined)] = joined[0]
    return [parts[roots == root] for root in np.unique(roots)]


def _belong(box: NDArray[np.int64], others: NDArray[np.int64], usual: int) -> NDArray[np.bool_]:
    """Which of the other parts are of one symbol with this one, bool (others,); boxes are top, left, bottom, right."""
    starts, ends = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    gaps = starts - ends
    is_near = gaps.max(axis=1) * 100 <= _GAP * usual
    sizes = np.maximum(box[2:], others[:, 2:]) - np.minimum(box[:2], others[:, :2])
    is_small = sizes.max(axis=1) * 100 <= _MAX_SIZE * usual
    heights, widths = (np.minimum(box[i + 2] - box[i], others[:, i + 2] - others[:, i]) for i in (0, 1))
    is_above = -2 * gaps[:, 1] >= widths
    belong: NDArray[np.bool_] = is_near & is_small & (is_above | (heights * 100 < _OWN_HEIGHT * usual))
    return belong


def _around(boxes: NDArray[np.int64]) -> Box:
    top, left = boxes[:, :2].min(axis=0).tolist()
    bottom, right = boxes[:, 2:].max(axis=0).tolist()
    return Box(top, left, bottom, right)


def _reading_order(boxes: Sequence[Box], usual: int) -> list[list[int]]:
    """Lines of indices: from left to right each symbol goes on with the line whose end is level with it."""
    lines: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda index: boxes[index].left):
        rises = [abs(_middle(boxes[line[-1]]) - _middle(boxes[index])) for line in lines]
        nearest = min(range(len(lines)), key=rises.__getitem__, default=-1)
        if nearest >= 0 and rises[nearest] * 100 < _SAME_LINE * 2 * usual:
            lines[nearest].append(index)
        else:
            lines.append([index])
    return sorted(lines, key=lambda line: sum(_middle(boxes[index]) for index in line) / len(line))


def _middle(box: Box) -> int:
    """Twice the row of its middle."""
    return box.top + box.bottom


def _min_space(lines: Sequence[Sequence[Box]], usual: int) -> int:
    """Wider gaps are spaces."""
    gaps = sorted(after.left - before.right for line in lines for before, after in pairwise(line))
    return max(_SPACE * usual // 100, 2 * gaps[len(gaps) // 2] if gaps else 0)


def _symbols(
    components: Components, line: Sequence[tuple[NDArray[np.int64], Box]], min_space: int, factor: int
) -> list[Symbol]:
    symbols = []
    last_right = line[0][1].left
    for parts, box in line:
        ink = np.isin(components.numbered[box.top : box.bottom, box.left : box.right], parts + 1)
        on_sheet = Box(box.top // factor, box.left // factor, -(-box.bottom // factor), -(-box.right // factor))
        symbols.append(Symbol(on_sheet, ink, box.left - last_right > min_space))
        last_right = box.right
    return symbols
