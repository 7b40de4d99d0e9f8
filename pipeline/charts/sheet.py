"""A sheet of images with what there is to say about each: what mistakes and flips are shown by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.style import LINE_PT, VERMILION, WIDTH_PT, chart_style, new_figure, write_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_TILES = 60
_NUM_COLUMNS, _NUM_WIDE_COLUMNS, _TILE_PT, _ROW_PT = 5, 2, 56, 108


@dataclass(frozen=True)
class Tile:
    """What stands around one image: a line above it, a bold one and a plain one below.

    Attributes:
        frame: Name of a frame around it, unique within the sheet; empty for none.
    """

    above: str
    bold: str
    below: str
    frame: str = ""


def draw_sheet(
    heading: Sequence[str], tiles: Sequence[Tile], images: NDArray[np.uint8], is_wide: bool, path: Path
) -> None:
    """Draws images in rows.

    Args:
        heading: Lines above all; the first is bold.
        tiles: What to say, one or more.
        images: uint8 (N, height, width, channels), 0–255, 1 or 3 channels: one for each tile.
        is_wide: Whether the words take the width of half a page.
        path: The SVG or PNG file.

    Raises:
        ValueError: There is not one image for each tile.
        StorageError: The file cannot be written.
    """
    if len(images) != len(tiles):
        raise ValueError(f"images: expected one for each of {len(tiles)} tiles, received {len(images)}")
    num_columns = _NUM_WIDE_COLUMNS if is_wide else _NUM_COLUMNS
    num_rows = -(-len(tiles) // num_columns)
    heading_pt = LINE_PT * (len(heading) + 2)
    height_pt = heading_pt + num_rows * _ROW_PT
    with chart_style():
        figure = new_figure(WIDTH_PT, height_pt)
        for index, line in enumerate(heading):
            figure.text(0.02, 1 - LINE_PT * (index + 1) / height_pt, line, weight="normal" if index else "bold")
        axes = figure.add_axes((0, 0, 1, 1 - heading_pt / height_pt))
        axes.set_axis_off()
        _draw_tiles(axes, tiles, images, num_columns)
        write_chart(figure, path)


def whole_percent(fraction: float) -> str:
    """Whole percent, but never the certainty that rounding would claim."""
    if fraction >= 0.995:
        return ">99%"
    return f"{fraction:.0%}" if fraction > 0.005 else "<1%"


def _draw_tiles(axes: "Axes", tiles: Sequence[Tile], images: NDArray[np.uint8], num_columns: int) -> None:
    """Draws all images as one, which takes fewer bytes than one by one, and the text; a unit of the axes is a pixel."""
    height, width = images.shape[1:3]
    pixel_pt = _TILE_PT / max(height, width)
    column_px, row_px = round(WIDTH_PT / num_columns / pixel_pt), round(_ROW_PT / pixel_pt)
    num_rows = -(-len(tiles) // num_columns)
    left = (column_px - width) // 2
    cells = np.full((num_rows * num_columns, row_px, column_px, 3), 255, np.uint8)
    cells[: len(images), :height, left : left + width] = images
    rows = cells.reshape(num_rows, num_columns, row_px, column_px, 3).swapaxes(1, 2)
    axes.imshow(rows.reshape(num_rows * row_px, num_columns * column_px, 3), interpolation="none")
    for index, tile in enumerate(tiles):
        row, column = divmod(index, num_columns)
        _write_around(axes, tile, column * column_px + left, row * row_px, width, height)


def _write_around(axes: "Axes", tile: Tile, left: float, top: float, width: int, height: int) -> None:
    """Writes the words of one image, whose place is given in units of the axes."""
    from matplotlib.patches import Rectangle

    lines = (
        (0, 4, "bottom", tile.above, 8, "normal"),
        (height, -4, "top", tile.bold, 11, "bold"),
        (height, -18, "top", tile.below, 9, "normal"),
    )
    for down, offset_pt, va, text, size, weight in lines:
        place = (left + width / 2 - 0.5, top + down - 0.5)
        axes.annotate(
            text, place, (0, offset_pt), textcoords="offset points", ha="center", va=va, size=size, weight=weight
        )
    if tile.frame:
        frame = Rectangle((left - 1, top - 1), width + 1, height + 1, fill=False, color=VERMILION, linewidth=3)
        axes.add_patch(frame).set(clip_on=False, gid=tile.frame)
