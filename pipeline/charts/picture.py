"""Pictures of numbers: every number is a square of whole screen pixels, and a bar says which colour is which number."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.style import DARK, chart_style, new_figure
from pipeline.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PIXELS_PER_INCH, _PIXELS_PER_POINT = 144, 2
_INNER_PX, _MIN_NUMBER_PX, _MAX_NUMBER_PX = 640, 3, 40
_LEFT_PX, _RIGHT_PX, _LINE_PX, _BAR_PX = 64, 24, 30, 84
_MIN_TICK_DISTANCE_PX = 44
_GAP = "#c4c4c4"  # neither zero nor paper


@dataclass(frozen=True)
class Scale:
    """Which colour is which number: `colours` is a colour map of matplotlib."""

    low: float
    high: float
    colours: str


@dataclass(frozen=True)
class Ticks:
    """Names along one side of a picture: of the numbers `first`, `first + step`, …."""

    title: str
    first: float
    step: int
    names: Sequence[str]


def signed_scale(values: NDArray[np.float32]) -> Scale:
    """Zero is white, red is above and blue below, equally far; the colour-blind can tell them apart."""
    largest = float(np.abs(values).max()) or 1.0
    return Scale(-largest, largest, "RdBu_r")


def rising_scale(values: NDArray[np.float32]) -> Scale:
    """From the least number, dark blue, to the largest, yellow: made for the colour-blind."""
    low, high = float(values.min()), float(values.max())
    return Scale(low, high if high > low else low + 1.0, "cividis")


def draw_picture(
    heading: Sequence[str], numbers: NDArray[np.float32], scale: Scale, across: Ticks, down: Ticks, path: Path
) -> None:
    """Draws a matrix of numbers.

    Args:
        heading: Lines above; the first is bold.
        numbers: float32 (rows, columns); NaN is a gap.
        scale: Its colours.
        across: Names below the columns.
        down: Names beside the rows.
        path: The PNG file.

    Raises:
        StorageError: The file cannot be written.
    """
    num_rows, num_columns = numbers.shape
    number_px = min(max(_MIN_NUMBER_PX, _INNER_PX // num_columns), _MAX_NUMBER_PX)
    width, height = num_columns * number_px, num_rows * number_px
    full_width = max(width, _INNER_PX) + _LEFT_PX + _RIGHT_PX
    above, below = _LINE_PX * (len(heading) + 1), 2 * _LINE_PX + _BAR_PX
    full_height = above + height + below
    with chart_style():
        figure = new_figure(full_width / _PIXELS_PER_POINT, full_height / _PIXELS_PER_POINT)
        for index, line in enumerate(heading):
            place = 1 - _LINE_PX * (index + 1) / full_height
            figure.text(0.02, place, line, weight="normal" if index else "bold", size=9)
        axes = figure.add_axes(
            (_LEFT_PX / full_width, below / full_height, width / full_width, height / full_height), facecolor=_GAP
        )
        axes.spines[:].set_visible(False)
        shown = axes.imshow(
            numbers, scale.colours, vmin=scale.low, vmax=scale.high, interpolation="nearest", aspect="auto"
        )
        _set_ticks(axes, across, down, number_px)
        bar = figure.add_axes(
            (_LEFT_PX / full_width, 0.55 * _BAR_PX / full_height, 0.5 * _INNER_PX / full_width, 14 / full_height)
        )
        figure.colorbar(shown, cax=bar, orientation="horizontal")
        bar.tick_params(labelsize=8)
        write_png(figure, path)


def write_png(figure: "Figure", path: Path) -> None:
    """Writes the PNG file.

    Raises:
        StorageError: The file cannot be written.
    """
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_PIXELS_PER_INCH, metadata={"Software": None})
    write_atomically(path, content.getvalue())


def _set_ticks(axes: "Axes", across: Ticks, down: Ticks, number_px: int) -> None:
    for axis, ticks in ((axes.xaxis, across), (axes.yaxis, down)):
        every = max(1, -(-_MIN_TICK_DISTANCE_PX // (ticks.step * number_px)))
        names = ticks.names[::every]
        axis.set_ticks([ticks.first + index * every * ticks.step for index in range(len(names))], names)
        axis.set_label_text(ticks.title, size=8, color=DARK)
    axes.tick_params(length=0, labelsize=8)
