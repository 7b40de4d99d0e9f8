"""A picture, a kernel, and what the kernel makes of the picture."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.picture import signed_scale, write_png
from pipeline.charts.style import DARK, WIDTH_PT, chart_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_edges(grey: NDArray[np.uint8], kernel: NDArray[np.int64], edges: NDArray[np.int64], path: Path) -> None:
    """Draws the three beside each other, or below each other if the picture is wide.

    Args:
        grey: uint8 (height, width).
        kernel: int64 (rows, columns); its numbers are written out.
        edges: int64 (height, width), what the kernel answers.
        path: The PNG file.

    Raises:
        StorageError: The file cannot be written.
    """
    is_wide = grey.shape[1] > 2 * grey.shape[0]
    with chart_style():
        figure = new_figure(WIDTH_PT, 330 if is_wide else 165, layout="constrained")
        axes = figure.subplots(3, 1) if is_wide else figure.subplots(1, 3)
        axes[0].imshow(grey, "gray", vmin=0, vmax=255, interpolation="nearest")
        axes[0].set_title("the picture")
        _draw_kernel(axes[1], kernel)
        scale = signed_scale(edges.astype(np.float32))
        axes[2].imshow(edges, scale.colours, vmin=scale.low, vmax=scale.high, interpolation="nearest")
        axes[2].set_title(f"answers, ±{scale.high:.0f}")
        for panel in axes:
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set(visible=True, color=DARK)
        write_png(figure, path)


def _draw_kernel(axes: "Axes", kernel: NDArray[np.int64]) -> None:
    scale = signed_scale(1.6 * kernel.astype(np.float32))  # pale enough for numbers
    axes.imshow(kernel, scale.colours, vmin=scale.low, vmax=scale.high)
    axes.set_title("vertical edges")
    for (row, column), number in np.ndenumerate(kernel):
        axes.text(column, row, f"{number}".replace("-", "−"), ha="center", va="center", size=14)
