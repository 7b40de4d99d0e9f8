"""Letters as strokes, from Hershey's fonts of 1967, which Debian ships as `hershey-fonts-data`.

A glyph is a line of text: its number in five columns, in three the number of pairs of characters that follow, and
these, each character a coordinate about R = 0. The first pair are the left and the right edge; " R" lifts the pen.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import PipelineError
from pipeline.files import read_bytes

FOLDER = Path("/usr/share/hershey-fonts")
_FIRST = " "
_ZERO = "R"
_LIFT = " R"
_NUMBER, _HEADER = 5, 8


@cache
def read_font(name: str) -> tuple[tuple[NDArray[np.float64], ...], ...]:
    """The strokes of each printable ASCII character, from the space on; float (points, x and y), y downwards.

    Raises:
        PipelineError: The font is not there.
    """
    path = FOLDER / f"{name}.jhf"
    if not path.is_file():
        raise PipelineError(f"expected {path}; next: apt-get install hershey-fonts-data")
    # Long glyphs go on in the next line, so that lines mean nothing.
    text = read_bytes(path).decode("ascii").replace("\r", "").replace("\n", "")
    glyphs, start = [], 0
    while start < len(text):
        end = start + _HEADER + 2 * int(text[start + _NUMBER : start + _HEADER])
        glyphs.append(_strokes(text[start + _HEADER + 2 : end]))
        start = end
    return tuple(glyphs)


def strokes_of(font: str, sign: str) -> tuple[NDArray[np.float64], ...]:
    """The strokes of one character of a font."""
    return read_font(font)[ord(sign) - ord(_FIRST)]


def _strokes(pairs: str) -> tuple[NDArray[np.float64], ...]:
    points = [pairs[start : start + 2] for start in range(0, len(pairs), 2)]
    strokes: list[list[tuple[int, int]]] = [[]]
    for point in points:
        if point == _LIFT:
            strokes.append([])
        else:
            strokes[-1].append((ord(point[0]) - ord(_ZERO), ord(point[1]) - ord(_ZERO)))
    return tuple(np.array(stroke, np.float64) for stroke in strokes if len(stroke) > 1)
