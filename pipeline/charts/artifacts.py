"""Accuracy of artifacts against their size and their speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.charts.style import (
    BLUE,
    DARK,
    WIDTH_PT,
    chart_style,
    draw_message,
    error_percent,
    new_figure,
    set_log_ticks,
    write_chart,
)


@dataclass(frozen=True)
class ArtifactPoint:
    """One artifact in the engine that it is meant for.

    Attributes:
        accuracy: On all test images, a fraction.
        size_kib: Of the file or folder.
        median_s: Of one inference; None where it was not timed.
    """

    name: str
    accuracy: float
    size_kib: float
    median_s: float | None


def draw_artifacts(points: Sequence[ArtifactPoint], path: Path) -> None:
    """Draws the test error over size and over time, both logarithmic; the errors start at 0.

    Args:
        points: What to draw.
        path: The SVG file.

    Raises:
        StorageError: The file cannot be written.
    """
    if not points:
        draw_message("No artifact was run on all test images", path)
        return
    timed = [(point, 1e6 * point.median_s) for point in points if point.median_s is not None]
    panels = [("KiB", [(point, point.size_kib) for point in points]), ("microseconds an image", timed)]
    with chart_style():
        figure = new_figure(WIDTH_PT, 500, layout="constrained")
        for axes, (label, places) in zip(figure.subplots(2), panels, strict=True):
            axes.set(xscale="log", xlabel=label, ylabel="wrong answers, %")
            axes.margins(x=0.2)
            set_log_ticks(axes.xaxis, lambda value, _: f"{value:g}")
            axes.set_ylim(0, 1.6 * max(error_percent(point.accuracy) for point in points))
            for index, (point, x) in enumerate(sorted(places, key=lambda place: place[1])):
                error = error_percent(point.accuracy)
                axes.plot(x, error, "o", color=BLUE)
                # The errors are nearly the same: names above and below by turns stay apart.
                offset, alignment = (8, "bottom") if index % 2 else (-8, "top")
                axes.annotate(
                    point.name,
                    (x, error),
                    (0, offset),
                    textcoords="offset points",
                    ha="center",
                    va=alignment,
                    rotation=90,
                    size=8,
                    color=DARK,
                )
        write_chart(figure, path)
