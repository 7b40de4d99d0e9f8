"""Answers for all symbols of a picture, and the picture with them marked."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline.errors import PipelineError
from pipeline.pictures import PictureFile, printable, read_picture
from pipeline.predict import Prediction, Predictor
from pipeline.preparation.decode import decode, upright_size
from pipeline.preparation.parts import Box
from pipeline.preprocess import make_image
from pipeline.segmentation import Symbol, find_symbols

UNKNOWN = "?"
_BLUE, _VERMILION = "#0072b2", "#d55e00"
_MIN_MARKED_PX = 700


@dataclass(frozen=True)
class Answer:
    """One symbol: where it is, in pixels of the upright picture, on which line, and what it is."""

    box: Box
    line: int
    is_after_space: bool
    prediction: Prediction


@dataclass(frozen=True)
class Sheet:
    """The answers for one picture, in the order of reading; `reason` says why there are none.

    Attributes:
        grey: uint8 (height, width), the picture as it was read, not larger than 1,024 pixels; None if it was not.
        size: (height, width) of the upright picture.
    """

    path: str
    answers: tuple[Answer, ...]
    reason: str
    size: tuple[int, int]
    grey: NDArray[np.uint8] | None

    @property
    def is_readable(self) -> bool:
        """Whether the file is a picture."""
        return self.grey is not None

    @property
    def lines(self) -> list[str]:
        """The labels as text; a symbol without a label is a question mark."""
        lines: list[str] = []
        for answer in self.answers:
            if answer.line == len(lines):
                lines.append("")
            space = " " if answer.is_after_space else ""
            lines[-1] += space + (answer.prediction.label or UNKNOWN)
        return lines

    def as_json(self) -> dict[str, Any]:
        """What scripts get; boxes are left, top, right, bottom."""
        symbols = []
        for answer in self.answers:
            box, entry = answer.box, answer.prediction.as_json()
            del entry["path"]
            symbols.append({"box": [box.left, box.top, box.right, box.bottom], "line": answer.line, **entry})
        height, width = self.size
        return {
            "path": self.path,
            "reason": self.reason,
            "width": width,
            "height": height,
            "lines": self.lines,
            "symbols": symbols,
        }


def answer_sheet(file: PictureFile, predictor: Predictor) -> Sheet:
    """Finds and answers all symbols of a picture; a file that cannot be read is a sheet with its reason."""
    path = printable(file.path)
    try:
        if file.reason:
            raise PipelineError(file.reason)
        content = read_picture(file.path)
        grey = decode(content)
    except PipelineError as error:
        return Sheet(path, (), str(error), (0, 0), None)
    size = upright_size(content)
    answers = [
        Answer(_scaled(symbol.box, grey.shape, size), index, symbol.is_after_space, _answer(path, symbol, predictor))
        for index, line in enumerate(find_symbols(grey))
        for symbol in line
    ]
    reason = "" if answers else "expected ink on paper, found no symbol"
    return Sheet(path, tuple(answers), reason, size, grey)


def draw_answers(sheet: Sheet) -> bytes:
    """The picture with a box around each symbol and its label above it, as a PNG file.

    Raises:
        ValueError: The sheet could not be read.
    """
    if sheet.grey is None:
        raise ValueError("sheet: expected one that was read")
    height, width = sheet.grey.shape
    factor = max(1, -(-_MIN_MARKED_PX // max(height, width)))
    picture = Image.fromarray(sheet.grey).convert("RGB").resize((width * factor, height * factor))
    marker = ImageDraw.Draw(picture)
    for answer in sheet.answers:
        _mark(marker, _scaled(answer.box, sheet.size, (height * factor, width * factor)), answer.prediction.label)
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def _answer(path: str, symbol: Symbol, predictor: Predictor) -> Prediction:
    return predictor.answer_image(path, make_image(symbol.ink, predictor.contract))


def _scaled(box: Box, old: Sequence[int], new: Sequence[int]) -> Box:
    """The same part of a picture in another size; sizes are (height, width)."""
    (old_height, old_width), (height, width) = old, new
    return Box(
        box.top * height // old_height,
        box.left * width // old_width,
        min(height, -(-box.bottom * height // old_height)),
        min(width, -(-box.right * width // old_width)),
    )


def _mark(marker: ImageDraw.ImageDraw, box: Box, label: str | None) -> None:
    colour = _VERMILION if label is None else _BLUE
    font = ImageFont.load_default(max(12, (box.bottom - box.top) // 3))
    marker.rectangle((box.left - 2, box.top - 2, box.right + 1, box.bottom + 1), outline=colour, width=2)
    place = (box.left, max(0, box.top - 4 - (box.bottom - box.top) // 3))
    marker.rectangle(marker.textbbox(place, label or UNKNOWN, font), fill="white")
    marker.text(place, label or UNKNOWN, colour, font)
