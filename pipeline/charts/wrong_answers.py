"""The pictures that `pipeline evaluate` finds wrongly answered: a PNG with what the network saw of each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.charts.sheet import MAX_TILES, Tile, draw_sheet, whole_percent
from pipeline.evaluate import NO_ANSWER, WrongAnswer
from pipeline.pictures import printable

_MAX_NAME = 16  # characters


def draw_wrong_answers(wrong: Sequence[WrongAnswer], path: Path) -> int:
    """Draws the first 60 mistakes of pictures in which the network saw something.

    Args:
        wrong: Mistakes, in the order of drawing.
        path: The PNG file.

    Returns:
        How many were drawn; without any no file is written.

    Raises:
        StorageError: The file cannot be written.
    """
    shown = [mistake for mistake in wrong if mistake.prediction.image is not None][:MAX_TILES]
    if not shown:
        return 0
    images = np.stack([mistake.prediction.image for mistake in shown if mistake.prediction.image is not None])
    heading = [
        f"{len(shown)} of {len(wrong)} wrong answers, with what the network saw",
        "file, label → answer, its probability; source",
    ]
    draw_sheet(heading, [_tile(mistake) for mistake in shown], images, False, path)
    return len(shown)


def _tile(mistake: WrongAnswer) -> Tile:
    answer, picture = mistake.prediction, mistake.picture
    probability = "" if answer.probability is None else f"  {whole_percent(answer.probability)}"
    return Tile(
        above=_short(printable(picture.file.path.with_suffix("")).rpartition("/")[2]),
        bold=f"{picture.label} → {answer.label or NO_ANSWER}{probability}",
        below=_short(picture.source),
    )


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"
