"""The images that are answered wrongly."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.style import (
    LINE_PT,
    VERMILION,
    WIDTH_PT,
    are_short,
    chart_style,
    draw_message,
    new_figure,
    write_chart,
)
from pipeline.results import Mistake

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_MISTAKES_SHOWN = 60
_NUM_COLUMNS, _TILE_PT, _ROW_PT = 5, 56, 108


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
    shown = mistakes[:_MAX_MISTAKES_SHOWN]
    if not shown:
        draw_message("No mistakes on the test images", path)
        return
    heading = _mistakes_heading(shown, len(mistakes))
    num_columns = _NUM_COLUMNS if are_short(labels) else 2
    num_rows = -(-len(shown) // num_columns)
    heading_pt = LINE_PT * (len(heading) + 2)
    height_pt = heading_pt + num_rows * _ROW_PT
    with chart_style():
        figure = new_figure(WIDTH_PT, height_pt)
        for index, line in enumerate(heading):
            figure.text(0.02, 1 - LINE_PT * (index + 1) / height_pt, line, weight="normal" if index else "bold")
        axes = figure.add_axes((0, 0, 1, 1 - heading_pt / height_pt))
        axes.set_axis_off()
        _draw_tiles(axes, shown, images[: len(shown)], labels, num_columns)
        write_chart(figure, path)


def _mistakes_heading(shown: Sequence[Mistake], num_mistakes: int) -> list[str]:
    part = f"the first {len(shown)} of " if len(shown) < num_mistakes else ""
    lines = [
        f"Mistakes on the test images: {part}{num_mistakes}",
        "row in the test file, label → answer, probability of each",
    ]
    has_wrong_label = any(mistake.is_label_wrong for mistake in shown)
    return [*lines, "framed: people did not confirm the label"] if has_wrong_label else lines


def _draw_tiles(
    axes: "Axes", mistakes: Sequence[Mistake], images: NDArray[np.uint8], labels: Sequence[str], num_columns: int
) -> None:
    """Draws all images as one, which takes fewer bytes than one by one, and the text; a unit of the axes is a pixel."""
    height, width = images.shape[1:3]
    pixel_pt = _TILE_PT / max(height, width)
    column_px, row_px = round(WIDTH_PT / num_columns / pixel_pt), round(_ROW_PT / pixel_pt)
    num_rows = -(-len(mistakes) // num_columns)
    left = (column_px - width) // 2
    cells = np.full((num_rows * num_columns, row_px, column_px, 3), 255, np.uint8)
    cells[: len(images), :height, left : left + width] = images
    rows = cells.reshape(num_rows, num_columns, row_px, column_px, 3).swapaxes(1, 2)
    axes.imshow(rows.reshape(num_rows * row_px, num_columns * column_px, 3), interpolation="none")
    for index, mistake in enumerate(mistakes):
        row, column = divmod(index, num_columns)
        _draw_mistake(axes, mistake, labels, column * column_px + left, row * row_px, width, height)


def _draw_mistake(
    axes: "Axes", mistake: Mistake, labels: Sequence[str], left: float, top: float, width: int, height: int
) -> None:
    """Writes what there is to say around one image, whose place is given in units of the axes."""
    from matplotlib.patches import Rectangle

    answer = f"{labels[mistake.label]} → {labels[mistake.answer]}"
    odds = " → ".join(_percent(mistake.probabilities[index]) for index in (mistake.label, mistake.answer))
    lines = (
        (0, 4, "bottom", str(mistake.id), 8, "normal"),
        (height, -4, "top", answer, 11, "bold"),
        (height, -18, "top", odds, 9, "normal"),
    )
    for down, offset_pt, va, text, size, weight in lines:
        place = (left + width / 2 - 0.5, top + down - 0.5)
        axes.annotate(
            text, place, (0, offset_pt), textcoords="offset points", ha="center", va=va, size=size, weight=weight
        )
    if mistake.is_label_wrong:
        frame = Rectangle((left - 1, top - 1), width + 1, height + 1, fill=False, color=VERMILION, linewidth=3)
        axes.add_patch(frame).set(clip_on=False, gid=f"wrong-label-{mistake.id}")


def _percent(fraction: float) -> str:
    """Whole percent, but never the certainty that rounding would claim."""
    if fraction >= 0.995:
        return ">99%"
    return f"{fraction:.0%}" if fraction > 0.005 else "<1%"
