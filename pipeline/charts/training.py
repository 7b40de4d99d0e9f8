"""Loss and errors over the epochs of a training."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.charts.style import (
    BLUE,
    PALE,
    VERMILION,
    WIDTH_PT,
    chart_style,
    draw_message,
    error_percent,
    new_figure,
    set_error_axis,
    write_chart,
)

if TYPE_CHECKING:
    from pipeline.train import EpochLog

_MAX_EPOCHS_MARKED = 30


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
        draw_message("No epochs", path)
        return
    with chart_style():
        figure = new_figure(WIDTH_PT, 360, layout="constrained")
        loss_axes, error_axes = figure.subplots(2, sharex=True, height_ratios=(2, 3))
        loss_axes.set_title("Loss in training")
        loss_axes.grid(color=PALE)
        error_axes.set_title("Wrong answers")
        set_error_axis(error_axes)
        lines = (
            (loss_axes, "--", VERMILION, "training", [entry.loss for entry in history]),
            (error_axes, "--", VERMILION, "training", [error_percent(entry.train_accuracy) for entry in history]),
            (error_axes, "-", BLUE, "validation", [error_percent(entry.validation_accuracy) for entry in history]),
        )
        epochs = [entry.epoch for entry in history]
        for axes, style, colour, label, values in lines:
            marker = "." if len(epochs) <= _MAX_EPOCHS_MARKED else ""
            axes.plot(epochs, values, style, color=colour, marker=marker, label=label)
        error_axes.legend()
        error_axes.set(xlabel="epoch", xlim=(0, epochs[-1] + 1))
        error_axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        write_chart(figure, path)
