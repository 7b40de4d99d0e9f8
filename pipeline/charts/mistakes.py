"""The images that are answered wrongly."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.sheet import MAX_TILES, Tile, draw_sheet, whole_percent
from pipeline.charts.style import are_short, draw_message
from pipeline.results import Mistake


def draw_mistakes(mistakes: Sequence[Mistake], images: NDArray[np.uint8], labels: Sequence[str], path: Path) -> None:
    """Draws the first 60 misclassified images with their row number, label, answer and the probabilities of both.

    Args:
        mistakes: What to draw, in this order.
        images: uint8 (N, height, width, channels), 0–255, 1 or 3 channels: one for each mistake, in the same order.
        labels: Names of the classes.
        path: The SVG file.

    Raises:
        ValueError: There is not one image for each mistake.
        StorageError: The file cannot be written.
    """
    if len(images) != len(mistakes):
        raise ValueError(f"images: expected one for each of {len(mistakes)} mistakes, received {len(images)}")
    shown = mistakes[:MAX_TILES]
    if not shown:
        draw_message("No mistakes on the test images", path)
        return
    tiles = [_tile(mistake, labels) for mistake in shown]
    draw_sheet(_heading(shown, len(mistakes)), tiles, images[: len(shown)], not are_short(labels), path)


def _heading(shown: Sequence[Mistake], num_mistakes: int) -> list[str]:
    part = f"the first {len(shown)} of " if len(shown) < num_mistakes else ""
    lines = [
        f"Mistakes on the test images: {part}{num_mistakes}",
        "row in the test file, label → answer, probability of each",
    ]
    has_wrong_label = any(mistake.is_label_wrong for mistake in shown)
    return [*lines, "framed: people did not confirm the label"] if has_wrong_label else lines


def _tile(mistake: Mistake, labels: Sequence[str]) -> Tile:
    return Tile(
        above=str(mistake.id),
        bold=f"{labels[mistake.label]} → {labels[mistake.answer]}",
        below=" → ".join(whole_percent(mistake.probabilities[index]) for index in (mistake.label, mistake.answer)),
        frame=f"wrong-label-{mistake.id}" if mistake.is_label_wrong else "",
    )
