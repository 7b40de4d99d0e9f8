"""Kernels and feature maps of one layer, one file each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.picture import Scale, Ticks, draw_picture, rising_scale, signed_scale

_MIN_TILE = 6  # a number of its own is drawn as so many


def draw_kernels(layer: str, kernels: NDArray[np.float32], path: Path) -> None:
    """Draws the kernels of a layer, signed, on one scale.

    Args:
        layer: Its name.
        kernels: float32 (height, width, inputs, units): a column of small pictures for each unit, or, with one input,
            pictures in rows. (inputs, units): a row of numbers for each unit.
        path: The PNG file.

    Raises:
        StorageError: The file cannot be written.
    """
    *size, inputs, units = kernels.shape
    shape = " × ".join(map(str, (*size, inputs)))
    kind = f"{units} kernels of {shape}" if size else f"{units} units with {inputs} weights each"
    heading = (f"{layer}: {kind}", "red adds to the unit, blue takes away, white does nothing")
    scale = signed_scale(kernels)
    if not size:
        draw_picture(heading, kernels.T, scale, _ticks("input", inputs), _ticks("unit", units), path)
    elif inputs == 1:
        _draw_in_rows(heading, kernels[:, :, 0], scale, path)
    else:
        numbers = _montage(np.moveaxis(kernels, (2, 3), (0, 1)))
        down, across = (
            _ticks(name, count, side + 1, (side - 1) / 2)
            for name, count, side in (
                ("input channel", inputs, size[0]),
                ("kernel", units, size[1]),
            )
        )
        draw_picture(heading, numbers, scale, across, down, path)


def draw_feature_maps(layer: str, maps: NDArray[np.float32], path: Path) -> None:
    """Draws what a layer makes of one image, on one scale.

    Args:
        layer: Its name.
        maps: float32 (height, width, channels) or (units,).
        path: The PNG file.

    Raises:
        StorageError: The file cannot be written.
    """
    if maps.ndim == 1:
        heading = (f"{layer}: {len(maps)} values", "yellow is high, dark blue is low")
        maps = np.broadcast_to(maps, (_MIN_TILE, _MIN_TILE, len(maps)))
    else:
        height, width, channels = maps.shape
        heading = (f"{layer}: {channels} feature maps of {height} × {width}", "yellow is high, dark blue is low")
    _draw_in_rows(heading, maps, rising_scale(maps), path)


def _draw_in_rows(heading: Sequence[str], tiles: NDArray[np.float32], scale: Scale, path: Path) -> None:
    """Draws small pictures, (height, width, N), as many in a row as can be seen."""
    height, width, count = tiles.shape
    columns = min(count, 8 if count <= 64 else 16 if count <= 128 else 20)
    rows = -(-count // columns)
    grid = np.full((rows * columns, height, width), np.nan, np.float32)
    grid[:count] = np.moveaxis(tiles, 2, 0)
    across = _ticks(
        "number: of the row and the column together" if rows > 1 else "number", columns, width + 1, (width - 1) / 2
    )
    down = Ticks("", (height - 1) / 2, height + 1, [str(row * columns) for row in range(rows)])
    draw_picture(heading, _montage(grid.reshape(rows, columns, height, width)), scale, across, down, path)


def _montage(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Small pictures, (rows, columns, height, width), as one with gaps of one number between them."""
    rows, columns, height, width = tiles.shape
    spaced = np.full((rows, columns, height + 1, width + 1), np.nan, np.float32)
    spaced[:, :, :height, :width] = tiles
    return spaced.swapaxes(1, 2).reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]


def _ticks(title: str, count: int, step: int = 1, first: float = 0.0) -> Ticks:
    return Ticks(title, first, step, [str(number) for number in range(count)])
