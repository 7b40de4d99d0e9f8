"""Charts of results: one function draws one chart into one SVG file. Computes nothing but where things go.

The same input gives the same bytes. The background is white whatever page the chart is on, the colours are those of
Okabe and Ito 2008, which the colour-blind can tell apart, and nothing is told by colour alone. A chart is about as
wide as the screen of a phone, so that its text can be read there.
"""

import base64
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.files import write_atomically
from pipeline.results import Mistake

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation
    from matplotlib.ticker import Formatter
    from matplotlib.transforms import BboxBase

    from pipeline.train import EpochLog

_Horizontal: TypeAlias = Literal["left", "center", "right"]
_Vertical: TypeAlias = Literal["bottom", "center", "top"]

_BLUE, _VERMILION, _DARK, _PALE = "#0072b2", "#d55e00", "#404040", "#e8e8e8"
_STYLE: dict[Any, Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "font.sans-serif": ["DejaVu Sans"],
    "legend.frameon": False,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "same-model",
    "text.parse_math": False,
}
_POINTS_PER_INCH = 72
_WIDTH_PT = 360
_MAX_EPOCHS_MARKED = 30
_MIN_ERROR_PERCENT = 1e-2
_MAX_SHORT_LABEL = 3  # characters
_CELL_PT = 28
_MAX_MISTAKES_SHOWN = 60
_NUM_COLUMNS, _TILE_PT, _ROW_PT, _LINE_PT = 5, 56, 108, 15
_NAME_PLACES: tuple[tuple[_Horizontal, _Vertical], ...] = (
    ("left", "center"),
    ("right", "center"),
    ("center", "bottom"),
    ("center", "top"),
)
_NAME_OFFSETS_PT = {"left": 7, "right": -7, "bottom": 6, "top": -6, "center": 0}


@dataclass(frozen=True)
class ArchitecturePoint:
    """How large and how good one architecture is.

    Attributes:
        accuracy: On the test images, a fraction; the mean if there are several runs.
        accuracy_sd: Standard deviation over the runs, a fraction; None for a single run.
        is_ours: Made for this project rather than published elsewhere.
    """

    name: str
    num_parameters: int
    accuracy: float
    accuracy_sd: float | None
    is_ours: bool


def draw_training(history: Sequence["EpochLog"], path: Path) -> None:
    """Draws the loss, and the errors in training and in validation, over the epochs.

    Args:
        history: One entry an epoch. Errors below 0.01 % are drawn as that: a logarithmic axis has no zero.
        path: The SVG file.

    Raises:
        StorageError: The file cannot be written.
    """
    from matplotlib.ticker import MaxNLocator

    if not history:
        _draw_message("No epochs", path)
        return
    with _style():
        figure = _figure(_WIDTH_PT, 360, layout="constrained")
        loss_axes, error_axes = figure.subplots(2, sharex=True, height_ratios=(2, 3))
        loss_axes.set_title("Loss in training")
        loss_axes.grid(color=_PALE)
        error_axes.set_title("Wrong answers")
        _set_error_axis(error_axes)
        lines = (
            (loss_axes, "--", _VERMILION, "training", [entry.loss for entry in history]),
            (error_axes, "--", _VERMILION, "training", [_error_percent(entry.train_accuracy) for entry in history]),
            (error_axes, "-", _BLUE, "validation", [_error_percent(entry.validation_accuracy) for entry in history]),
        )
        epochs = [entry.epoch for entry in history]
        for axes, style, colour, label, values in lines:
            marker = "." if len(epochs) <= _MAX_EPOCHS_MARKED else ""
            axes.plot(epochs, values, style, color=colour, marker=marker, label=label)
        error_axes.legend()
        error_axes.set(xlabel="epoch", xlim=(0, epochs[-1] + 1))
        error_axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _write(figure, path)


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
    with _style():
        figure = _figure(_CELL_PT * size + 50, _CELL_PT * size + 50, layout="constrained")
        axes = figure.subplots()
        _set_matrix_axes(axes, labels)
        for row, column in np.argwhere(counts).tolist():
            count = int(counts[row, column])
            _draw_cell(axes, row, column, count, None if row == column else count / most_mistakes)
        _write(figure, path)


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
        _draw_message("No mistakes on the test images", path)
        return
    heading = _mistakes_heading(shown, len(mistakes))
    num_columns = _NUM_COLUMNS if _are_short(labels) else 2
    num_rows = -(-len(shown) // num_columns)
    heading_pt = _LINE_PT * (len(heading) + 2)
    height_pt = heading_pt + num_rows * _ROW_PT
    with _style():
        figure = _figure(_WIDTH_PT, height_pt)
        for index, line in enumerate(heading):
            figure.text(0.02, 1 - _LINE_PT * (index + 1) / height_pt, line, weight="normal" if index else "bold")
        axes = figure.add_axes((0, 0, 1, 1 - heading_pt / height_pt))
        axes.set_axis_off()
        _draw_tiles(axes, shown, images[: len(shown)], labels, num_columns)
        _write(figure, path)


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
        _draw_message("No architectures", path)
        return
    groups = ((True, "this project", "o", _BLUE), (False, "published elsewhere", "s", _VERMILION))
    with _style():
        figure = _figure(_WIDTH_PT, 330, layout="constrained")
        axes = figure.subplots()
        axes.set_title("Wrong answers on the test images")
        axes.set_xlabel("parameters")
        axes.set_xscale("log")
        _set_log_ticks(axes.xaxis, EngFormatter(sep=""))
        _set_error_axis(axes)
        # The margins of matplotlib are a part of the range: none around a single point.
        errors, sizes = [_error_percent(point.accuracy) for point in points], [point.num_parameters for point in points]
        axes.set(xlim=(min(sizes) / 2, max(sizes) * 2), ylim=(min(errors) / 1.5, max(errors) * 1.5))
        for is_ours, label, marker, colour in groups:
            group = [point for point in points if point.is_ours == is_ours]
            if not group:
                continue
            axes.errorbar(
                [point.num_parameters for point in group],
                [_error_percent(point.accuracy) for point in group],
                [100 * (point.accuracy_sd or 0.0) for point in group],
                fmt=marker,
                color=colour,
                capsize=3,
                label=label,
            )
        figure.legend(loc="outside lower center", ncols=2)
        _name_points(figure, axes, points)
        _write(figure, path)


@contextmanager
def _style() -> Iterator[None]:
    """The look of all charts, whatever the user's own settings of matplotlib are."""
    from matplotlib import rc_context, style

    with style.context("default"), rc_context(_STYLE):
        yield


def _figure(width_pt: float, height_pt: float, layout: Literal["constrained"] | None = None) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width_pt / _POINTS_PER_INCH, height_pt / _POINTS_PER_INCH), layout=layout)


def _draw_message(message: str, path: Path) -> None:
    with _style():
        figure = _figure(_WIDTH_PT, 2 * _LINE_PT)
        figure.text(0.02, 0.4, message, weight="bold")
        _write(figure, path)


def _write(figure: "Figure", path: Path) -> None:
    content = io.BytesIO()
    figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    write_atomically(path, _compact(content.getvalue().decode()).encode())


def _compact(svg: str) -> str:
    """The same picture in half the bytes, without what matplotlib repeats for each text and each pixel."""
    svg = re.sub(r'(?<=base64,)[^"]+', lambda png: _compact_png(png[0]), svg)
    font = "font-family: 'DejaVu Sans', sans-serif"
    svg = svg.replace(f"; {font}", "").replace('<style type="text/css">', f'<style type="text/css">text{{{font}}} ')
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    return re.sub(r'<g id="text_\d+">\s*(<text [^>]*>[^<]*</text>)\s*</g>', r"\1", svg)


def _compact_png(png_base64: str) -> str:
    """Drops the alpha channel, and the colours of a grey image."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(png_base64))).convert("RGB")
    red, green, blue = image.split()
    content = io.BytesIO()
    (red if red.tobytes() == green.tobytes() == blue.tobytes() else image).save(content, "png", optimize=True)
    return base64.b64encode(content.getvalue()).decode()


def _error_percent(accuracy: float) -> float:
    return max(100 * (1 - accuracy), _MIN_ERROR_PERCENT)


def _set_error_axis(axes: "Axes") -> None:
    axes.set_yscale("log")
    _set_log_ticks(axes.yaxis, lambda percent, _: f"{percent:g}%")


def _set_log_ticks(axis: "Axis", formatter: "Formatter | Callable[[float, float], str]") -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(formatter)
    axis.grid(color=_PALE)


def _set_matrix_axes(axes: "Axes", labels: Sequence[str]) -> None:
    size = len(labels)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal", xlabel="answer")
    axes.set_ylabel("label", rotation_mode="anchor")
    axes.set_xticks(range(size), labels, rotation=0 if _are_short(labels) else 90)
    axes.set_yticks(range(size), labels)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    edges = np.arange(size + 1) - 0.5
    axes.hlines(edges, -0.5, size - 0.5, color=_PALE, linewidth=0.8)
    axes.vlines(edges, -0.5, size - 0.5, color=_PALE, linewidth=0.8)


def _draw_cell(axes: "Axes", row: int, column: int, count: int, strength: float | None) -> None:
    """Draws one number; its background is pale for None, else the darker the nearer the strength is to 1."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    colour = _PALE if strength is None else colormaps["Blues"](0.15 + 0.7 * strength)
    is_dark = strength is not None and strength > 0.5
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour))
    axes.text(
        column,
        row,
        str(count),
        ha="center",
        va="center",
        size=9 if count < 10_000 else 7,
        color="white" if is_dark else _DARK,
    )


def _are_short(labels: Sequence[str]) -> bool:
    return max(map(len, labels)) <= _MAX_SHORT_LABEL


def _mistakes_heading(shown: Sequence[Mistake], num_mistakes: int) -> list[str]:
    part = f"the first {len(shown)} of " if len(shown) < num_mistakes else ""
    lines = [
        f"Mistakes on the test images: {part}{num_mistakes}",
        "row in the test file, label → answer, probability of each",
    ]
    has_wrong_label = any(mistake.is_label_wrong for mistake in shown)
    return [*lines, "framed: the label is known to be wrong"] if has_wrong_label else lines


def _draw_tiles(
    axes: "Axes", mistakes: Sequence[Mistake], images: NDArray[np.uint8], labels: Sequence[str], num_columns: int
) -> None:
    """Draws all images as one, which takes fewer bytes than one by one, and the text; a unit of the axes is a pixel."""
    height, width = images.shape[1:3]
    pixel_pt = _TILE_PT / max(height, width)
    column_px, row_px = round(_WIDTH_PT / num_columns / pixel_pt), round(_ROW_PT / pixel_pt)
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
        frame = Rectangle((left - 1, top - 1), width + 1, height + 1, fill=False, color=_VERMILION, linewidth=3)
        axes.add_patch(frame).set(clip_on=False, gid=f"wrong-label-{mistake.id}")


def _percent(fraction: float) -> str:
    """Whole percent, but never the certainty that rounding would claim."""
    if fraction >= 0.995:
        return ">99%"
    return f"{fraction:.0%}" if fraction > 0.005 else "<1%"


def _name_points(figure: "Figure", axes: "Axes", points: Sequence[ArchitecturePoint]) -> None:
    """Writes each name beside its point: where it covers neither a name nor a point, if there is such a place."""
    from matplotlib.transforms import Bbox

    figure.draw_without_rendering()  # places are final only after the layout
    taken = []
    for point in points:
        error, sd = _error_percent(point.accuracy), 100 * (point.accuracy_sd or 0.0)
        bar = [(point.num_parameters, max(error - sd, _MIN_ERROR_PERCENT)), (point.num_parameters, error + sd)]
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
    place = (point.num_parameters, _error_percent(point.accuracy))
    return axes.annotate(
        point.name, place, offset_pt, textcoords="offset points", ha=horizontal, va=vertical, size=9, in_layout=False
    )
