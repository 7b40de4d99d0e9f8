"""What all charts have in common.

The same input gives the same bytes. The background is white whatever page the chart is on, the colours are those of
Okabe and Ito 2008, which the colour-blind can tell apart, and nothing is told by colour alone. A chart is about as
wide as the screen of a phone, so that its text can be read there.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.ticker import Formatter

BLUE, VERMILION, DARK, PALE = "#0072b2", "#d55e00", "#404040", "#e8e8e8"
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
_PNG_DPI = 200
WIDTH_PT = 360
LINE_PT = 15
MIN_ERROR_PERCENT = 1e-2
_MAX_SHORT_LABEL = 3  # characters


@contextmanager
def chart_style() -> Iterator[None]:
    """The look of all charts, whatever the user's own settings of matplotlib are."""
    from matplotlib import rc_context, style

    with style.context("default"), rc_context(_STYLE):
        yield


def new_figure(width_pt: float, height_pt: float, layout: Literal["constrained"] | None = None) -> "Figure":
    """An empty figure of that size."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_pt / _POINTS_PER_INCH, height_pt / _POINTS_PER_INCH), layout=layout)


def draw_message(message: str, path: Path) -> None:
    """Writes a chart that says in words that there is nothing to draw."""
    with chart_style():
        figure = new_figure(WIDTH_PT, 2 * LINE_PT)
        figure.text(0.02, 0.4, message, weight="bold")
        write_chart(figure, path)


def write_chart(figure: "Figure", path: Path) -> None:
    """Writes the file: PNG if its name says so, else SVG.

    Raises:
        StorageError: The file cannot be written.
    """
    content = io.BytesIO()
    if path.suffix == ".png":
        figure.savefig(content, format="png", dpi=_PNG_DPI, metadata={"Software": None})
    else:
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    write_atomically(path, content.getvalue())


def error_percent(accuracy: float) -> float:
    """Part of wrong answers in percent; 0.01 at least, as a logarithmic axis has no zero."""
    return max(100 * (1 - accuracy), MIN_ERROR_PERCENT)


def set_error_axis(axes: "Axes") -> None:
    """Makes the vertical axis one of errors in percent, logarithmic."""
    axes.set_yscale("log")
    set_log_ticks(axes.yaxis, lambda percent, _: f"{percent:g}%")


def set_log_ticks(axis: "Axis", formatter: "Formatter | Callable[[float, float], str]") -> None:
    """Puts ticks at 1, 2 and 5 times the powers of ten."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(formatter)
    axis.grid(color=PALE)


def are_short(labels: Sequence[str]) -> bool:
    """Whether labels are so short that many fit side by side."""
    return max(map(len, labels)) <= _MAX_SHORT_LABEL
