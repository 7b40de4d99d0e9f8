"""The images that an artifact answers otherwise than the reference."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.sheet import MAX_TILES, Tile, draw_sheet, whole_percent
from pipeline.charts.style import are_short, draw_message
from pipeline.results import Flip


def draw_flips(title: str, flips: Sequence[Flip], images: NDArray[np.uint8], labels: Sequence[str], path: Path) -> None:
    """Draws the first 60 images that flip, with both answers and the margin of each.

    Args:
        title: Which artifact in which engine.
        flips: What to draw, in this order.
        images: uint8 (N, height, width, channels), 0–255, 1 or 3 channels: one for each flip, in the same order.
        labels: Names of the classes.
        path: The SVG file.

    Raises:
        ValueError: There is not one image for each flip.
        StorageError: The file cannot be written.
    """
    if len(images) != len(flips):
        raise ValueError(f"images: expected one for each of {len(flips)} flips, received {len(images)}")
    shown = flips[:MAX_TILES]
    if not shown:
        draw_message(f"{title}: no flips", path)
        return
    part = f"the first {len(shown)} of " if len(shown) < len(flips) else ""
    heading = [
        f"{title}: {part}{len(flips)} flips",
        "row in the test file and label, answer of the reference → of the artifact,",
        "margin of each: its highest probability minus the second",
    ]
    draw_sheet(heading, [_tile(flip, labels) for flip in shown], images[: len(shown)], not are_short(labels), path)


def _tile(flip: Flip, labels: Sequence[str]) -> Tile:
    return Tile(
        above=f"{flip.id}: {labels[flip.label]}",
        bold=f"{labels[flip.reference]} → {labels[flip.candidate]}",
        below=f"{whole_percent(flip.reference_margin)} → {whole_percent(flip.candidate_margin)}",
    )
