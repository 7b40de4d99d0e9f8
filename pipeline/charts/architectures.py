"""Error against size of architectures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from pipeline.charts.style import (
    BLUE,
    DARK,
    MIN_ERROR_PERCENT,
    VERMILION,
    WIDTH_PT,
    chart_style,
    draw_message,
    error_percent,
    new_figure,
    set_error_axis,
    set_log_ticks,
    write_chart,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation
    from matplotlib.transforms import BboxBase

Group: TypeAlias = Literal["this build", "this project", "published elsewhere"]
_Horizontal: TypeAlias = Literal["left", "center", "right"]
_Vertical: TypeAlias = Literal["bottom", "center", "top"]
_NAME_PLACES: tuple[tuple[_Horizontal, _Vertical], ...] = (
    ("left", "center"),
    ("right", "center"),
    ("center", "bottom"),
    ("center", "top"),
)
_GROUPS: dict[Group, tuple[str, str]] = {
    "this build": ("*", DARK),
    "this project": ("o", BLUE),
    "published elsewhere": ("s", VERMILION),
}
_NAME_OFFSETS_PT = {"left": 7, "right": -7, "bottom": 6, "top": -6, "center": 0}


@dataclass(frozen=True)
class ArchitecturePoint:
    """How large and how good one architecture is.

    Attributes:
        accuracy: On the test images, a fraction; the mean if there are several runs.
        accuracy_sd: Standard deviation over the runs, a fraction; None for a single run.
        group: Whose it is: the one that the chart is about, or others of either origin.
    """

    name: str
    num_parameters: int
    accuracy: float
    accuracy_sd: float | None
    group: Group


def draw_architectures(points: Sequence[ArchitecturePoint], path: Path) -> None:
    """Draws the test error of architectures over their size, both logarithmic.

    Args:
        points: What to draw. Errors below 0.01 % are drawn as that: a logarithmic axis has no zero.
        path: The SVG file.

    Raises:
        StorageError: The file cannot be written.
    """
    from matplotlib.ticker import EngFormatter

    if not points:
        draw_message("No architectures", path)
        return
    with chart_style():
        figure = new_figure(WIDTH_PT, 330, layout="constrained")
        axes = figure.subplots()
        axes.set_title("Wrong answers on the test images")
        axes.set_xlabel("parameters")
        axes.set_xscale("log")
        set_log_ticks(axes.xaxis, EngFormatter(sep=""))
        set_error_axis(axes)
        # The margins of matplotlib are a part of the range: none around a single point.
        errors, sizes = [error_percent(point.accuracy) for point in points], [point.num_parameters for point in points]
        axes.set(xlim=(min(sizes) / 2, max(sizes) * 2), ylim=(min(errors) / 1.5, max(errors) * 1.5))
        for label, (marker, colour) in _GROUPS.items():
            group = [point for point in points if point.group == label]
            if not group:
                continue
            for index, point in enumerate(group):
                axes.errorbar(
                    point.num_parameters,
                    error_percent(point.accuracy),
                    None if point.accuracy_sd is None else 100 * point.accuracy_sd,
                    fmt=marker,
                    # The one that the chart is about may stand on the mean of its kind.
                    zorder=3 if point.group == "this build" else 2,
                    markersize=10 if point.group == "this build" else None,
                    color=colour,
                    capsize=3,
                    label=label if index == 0 else None,
                )
        figure.legend(loc="outside lower center", ncols=3)
        _name_points(figure, axes, points)
        write_chart(figure, path)


def _name_points(figure: "Figure", axes: "Axes", points: Sequence[ArchitecturePoint]) -> None:
    """Writes each name beside its point: where it covers neither a name nor a point, if there is such a place."""
    from matplotlib.transforms import Bbox

    figure.draw_without_rendering()  # places are final only after the layout
    taken = []
    for point in points:
        error, sd = error_percent(point.accuracy), 100 * (point.accuracy_sd or 0.0)
        bar = [(point.num_parameters, max(error - sd, MIN_ERROR_PERCENT)), (point.num_parameters, error + sd)]
        taken.append(Bbox(axes.transData.transform(bar)).padded(5))
    for point in points:
        names = [_add_name(axes, point, *place) for place in _NAME_PLACES]
        boxes = [name.get_window_extent() for name in names]
        is_free = [box.count_overlaps(taken) == 0 and _is_inside(box, axes.bbox) for box in boxes]
        best = is_free.index(True) if True in is_free else 0
        taken.append(boxes[best])
        for name in (*names[:best], *names[best + 1 :]):
            name.remove()


def _is_inside(inner: "BboxBase", outer: "BboxBase") -> bool:
    return outer.contains(inner.x0, inner.y0) and outer.contains(inner.x1, inner.y1)


def _add_name(axes: "Axes", point: ArchitecturePoint, horizontal: _Horizontal, vertical: _Vertical) -> "Annotation":
    offset_pt = (_NAME_OFFSETS_PT[horizontal], _NAME_OFFSETS_PT[vertical])
    place = (point.num_parameters, error_percent(point.accuracy))
    return axes.annotate(
        point.name, place, offset_pt, textcoords="offset points", ha=horizontal, va=vertical, size=9, in_layout=False
    )
