"""The images that a network finds most typical of its labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.sheet import Tile, draw_sheet, whole_percent
from pipeline.charts.style import are_short
from pipeline.inspection.typical import TypicalImage


def draw_typical(
    title: str, answers: Sequence[TypicalImage], images: NDArray[np.uint8], labels: Sequence[str], path: Path
) -> None:
    """Draws the image of each label with the network's own answer.

    Args:
        title: How they were found.
        answers: What the network says to each.
        images: uint8 (labels, height, width, channels), 0–255, 1 or 3 channels.
        labels: Names of the classes.
        path: The SVG file.

    Raises:
        ValueError: There is not one image for each answer.
        StorageError: The file cannot be written.
    """
    heading = [title, "label, answer of the network, its probability", "framed: the answer is another one"]
    is_right = all(answer.is_right for answer in answers)
    tiles = [
        Tile(
            answer.label,
            answer.answer,
            whole_percent(answer.probability),
            "" if answer.is_right else f"not-{answer.label}",
        )
        for answer in answers
    ]
    draw_sheet(heading[:2] if is_right else heading, tiles, images, not are_short(labels), path)
