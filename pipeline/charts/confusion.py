"""Which label is taken for which."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.charts.style import DARK, PALE, are_short, chart_style, new_figure, write_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CELL_PT = 28


def draw_confusion(confusion: Sequence[Sequence[int]], labels: Sequence[str], path: Path) -> None:
    """Draws how often each label got each answer; right answers are pale, so that the mistakes stand out.

    Args:
        confusion: Numbers of images, (labels, labels); rows are labels, columns are answers.
        labels: Names of the rows and of the columns.
        path: The SVG file.

    Raises:
        ValueError: The matrix is not (labels, labels).
        StorageError: The file cannot be written.
    """
    counts = np.array(confusion)
    size = len(labels)
    if counts.shape != (size, size):
        raise ValueError(f"confusion: expected shape {(size, size)}, received {counts.shape}")
    most_mistakes = counts[~np.eye(size, dtype=bool)].max()
    with chart_style():
        figure = new_figure(_CELL_PT * size + 50, _CELL_PT * size + 50, layout="constrained")
        axes = figure.subplots()
        _set_matrix_axes(axes, labels)
        for row, column in np.argwhere(counts).tolist():
            count = int(counts[row, column])
            _draw_cell(axes, row, column, count, None if row == column else count / most_mistakes)
        write_chart(figure, path)


def _set_matrix_axes(axes: "Axes", labels: Sequence[str]) -> None:
    size = len(labels)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal", xlabel="answer")
    axes.set_ylabel("label", rotation_mode="anchor")
    axes.set_xticks(range(size), labels, rotation=0 if are_short(labels) else 90)
    axes.set_yticks(range(size), labels)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    edges = np.arange(size + 1) - 0.5
    axes.hlines(edges, -0.5, size - 0.5, color=PALE, linewidth=0.8)
    axes.vlines(edges, -0.5, size - 0.5, color=PALE, linewidth=0.8)


def _draw_cell(axes: "Axes", row: int, column: int, count: int, strength: float | None) -> None:
    """Draws one number; its background is pale for None, else the darker the nearer the strength is to 1."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    colour = PALE if strength is None else colormaps["Blues"](0.15 + 0.7 * strength)
    is_dark = strength is not None and strength > 0.5
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour))
    axes.text(
        column,
        row,
        str(count),
        ha="center",
        va="center",
        size=9 if count < 10_000 else 7,
        color="white" if is_dark else DARK,
    )
