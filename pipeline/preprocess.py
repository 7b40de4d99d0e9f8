"""Any picture of one symbol becomes the model's input, by MNIST's own recipe.

LeCun et al. 1998: the ink is scaled into a box (20 × 20 for MNIST) with its aspect kept, and placed so that its centre
of mass is the centre of the image.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.errors import PipelineError
from pipeline.preparation.decode import decode
from pipeline.preparation.ink import MIN_CONTRAST, STROKES_PER_SIDE, find_ink, is_light_on_dark
from pipeline.preparation.parts import Box, ChosenSymbol, box_of, choose_symbol
from pipeline.preparation.scale import enlarge, reduce, resample
from pipeline.preparation.stroke import stroke_width, thicken

__all__ = ["MIN_CONTRAST", "decode", "find_symbol", "make_image", "prepare", "require_symbol"]

_MAX_SIDE_PX = 160
_MAX_ENLARGEMENT = 8
_MAX_LOOKS = 3
_MARGIN = 3


def prepare(grey: NDArray[np.uint8], contract: ModelContract) -> NDArray[np.uint8]:
    """Finds the ink, scales it into the contract's box and centres it by mass.

    Args:
        grey: uint8 (height, width).
        contract: Says the size, the box and the polarity.

    Returns:
        uint8 (height, width, channels) of the contract, ready for the model.

    Raises:
        PipelineError: The picture has no ink: all of it has nearly one grey level.
    """
    return make_image(require_symbol(grey).mask, contract)


def require_symbol(grey: NDArray[np.uint8]) -> ChosenSymbol:
    """The ink of the symbol on a picture, as `find_symbol` has it.

    Args:
        grey: uint8 (height, width), dark on light or light on dark.

    Returns:
        The symbol.

    Raises:
        PipelineError: The picture has no ink: all of it has nearly one grey level.
    """
    symbol = find_symbol(grey)
    if symbol is None:
        raise PipelineError("expected ink on paper, found a picture of one grey level")
    return symbol


def make_image(symbol: NDArray[np.bool_], contract: ModelContract) -> NDArray[np.uint8]:
    """Scales a symbol into the contract's box and centres it by mass.

    Args:
        symbol: bool (height, width), True is ink, which touches all four sides.
        contract: Says the size, the box and the polarity.

    Returns:
        uint8 (height, width, channels) of the contract, ready for the model.
    """
    fitted = _fit(thicken(symbol), contract.preprocessing.box_px)
    placed = _centre_by_mass(fitted, contract.input.height, contract.input.width)
    image = placed if contract.input.polarity == "bright_on_dark" else np.bitwise_not(placed)
    return np.repeat(image[:, :, np.newaxis], contract.input.channels, axis=2)


def find_symbol(grey: NDArray[np.uint8]) -> ChosenSymbol | None:
    """The ink of the symbol on a picture; looks again, closer, where it is small.

    Args:
        grey: uint8 (height, width), dark on light or light on dark.

    Returns:
        The symbol, its mask without what is around it, the longer side 160 pixels at most; None without ink.
    """
    first_look = _working_size(grey)[0]
    is_light = is_light_on_dark(first_look)
    found: ChosenSymbol | None = None
    for _ in range(_MAX_LOOKS):
        view, shrunk, grown = _working_size(grey)
        symbol = _look(np.bitwise_not(view) if is_light else view)
        if symbol is None:
            return found
        box = box_of(symbol.mask)
        mask = symbol.mask[box.top : box.bottom, box.left : box.right]
        found = ChosenSymbol(mask, symbol.has_more or (found is not None and found.has_more))
        closer = _around(grey, box, shrunk, grown)
        # A closer look costs as much as the first: it has to show the symbol at twice the size, and its strokes must
        # not become as wide as paper; they are wider in places than on average.
        is_large = max(closer.shape) * 2 > max(grey.shape)
        if is_large or stroke_width(mask) * shrunk * (STROKES_PER_SIDE + 1) > 100 * max(closer.shape) * grown:
            return found
        grey = closer
    return found


def _look(dark: NDArray[np.uint8]) -> ChosenSymbol | None:
    ink = find_ink(dark)
    return None if ink is None else choose_symbol(*ink)


def _working_size(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int, int]:
    """The picture with 80 to 160 pixels on its longer side, and by which factors it was reduced and enlarged."""
    side = max(grey.shape)
    shrunk = -(-side // _MAX_SIDE_PX)
    grown = min(_MAX_ENLARGEMENT, _MAX_SIDE_PX // side) if shrunk == 1 else 1
    return enlarge(reduce(grey, shrunk), grown), shrunk, grown


def _around(grey: NDArray[np.uint8], box: Box, shrunk: int, grown: int) -> NDArray[np.uint8]:
    """The part of a picture around a box of its reduced or enlarged view, with a third of the box as margin."""
    margin = box.side // _MARGIN + 1
    top, left = max(0, box.top - margin) * shrunk // grown, max(0, box.left - margin) * shrunk // grown
    bottom, right = -(-(box.bottom + margin) * shrunk // grown), -(-(box.right + margin) * shrunk // grown)
    return grey[top:bottom, left:right]


def _fit(mask: NDArray[np.bool_], box_px: int) -> NDArray[np.uint8]:
    """The mask in a square box, its longer side filled, 255 is all ink."""
    side = max(mask.shape)
    height, width = (max(1, (2 * box_px * size + side) // (2 * side)) for size in mask.shape)
    return resample(mask, height, width)


def _centre_by_mass(ink: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    placed = np.zeros((height, width), np.uint8)
    top = _start(ink.sum(axis=1, dtype=np.int64), height)
    left = _start(ink.sum(axis=0, dtype=np.int64), width)
    placed[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return placed


def _start(masses: NDArray[np.int64], size: int) -> int:
    """Where the rows (or columns) of these masses start, if their centre is to be the middle of `size` pixels."""
    mass = int(masses.sum())
    centre_twice = int((masses * (2 * np.arange(len(masses)) + 1)).sum())
    start = (size * mass - centre_twice + mass) // (2 * mass) if mass else 0
    return min(max(0, start), size - len(masses))
