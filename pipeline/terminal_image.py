"""A small image in characters, for terminals of all kinds."""

import os
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

_HALF_BLOCKS = " ▄▀█"
_SHADES = " .:-=+*#%@"
_FIRST_GREY, _NUM_GREYS = 232, 24  # of a terminal's 256 colours


def draw_image(image: NDArray[np.uint8], stream: TextIO) -> str:
    """The image in the characters that suit a stream: in greys, in black and white, or in ASCII.

    Args:
        image: uint8 (height, width, channels).
        stream: Where it will be written.
    """
    levels = np.asarray(image.mean(axis=2), np.uint8)
    if not _can_encode(stream):
        return _in_ascii(levels)
    has_colours = stream.isatty() and os.environ.get("TERM", "dumb") != "dumb" and "NO_COLOR" not in os.environ
    return _in_greys(_row_pairs(levels)) if has_colours else _in_half_blocks(_row_pairs(levels))


def _can_encode(stream: TextIO) -> bool:
    try:
        _HALF_BLOCKS.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _row_pairs(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(rows of characters, width, 2): the upper and the lower pixel of each character."""
    even = np.pad(levels, ((0, len(levels) % 2), (0, 0)))
    return even.reshape(len(even) // 2, 2, even.shape[1]).swapaxes(1, 2)


def _in_ascii(levels: NDArray[np.uint8]) -> str:
    """Two characters for a pixel, so that it is about square."""
    return "\n".join("".join(2 * _SHADES[int(level) * len(_SHADES) // 256] for level in row) for row in levels)


def _in_half_blocks(pairs: NDArray[np.uint8]) -> str:
    return "\n".join("".join(_HALF_BLOCKS[2 * (upper > 127) + (lower > 127)] for upper, lower in row) for row in pairs)


def _in_greys(pairs: NDArray[np.uint8]) -> str:
    return "\n".join("".join(_coloured(*pair) for pair in row.tolist()) + "\x1b[0m" for row in pairs)


def _coloured(upper: int, lower: int) -> str:
    foreground, background = (_FIRST_GREY + level * _NUM_GREYS // 256 for level in (upper, lower))
    return f"\x1b[38;5;{foreground};48;5;{background}m▀"
