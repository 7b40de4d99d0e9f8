"""The charts of RESULTS.md that no report shows."""

from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from benchmarks.damage_page import grouped, shown_epochs
from benchmarks.records import DamageRecord, RotationRecord, RotationRow
from pipeline.architectures import OURS
from pipeline.charts.style import BLUE, PALE, VERMILION, WIDTH_PT, chart_style, new_figure, write_chart
from pipeline.corruptions.graded import DROPPED_WEIGHTS, GRADED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS = {architecture.name for architecture in OURS}
_MARKERS = "osv^DPX*"


def draw_damage(record: DamageRecord, path: Path) -> None:
    """Draws accuracy against each kind of damage: a panel each, a line a network, the mean over its seeds.

    Raises:
        StorageError: The file cannot be written.
    """
    units = {name: damage.unit for name, damage in GRADED.items()} | {DROPPED_WEIGHTS: "part of each kernel"}
    with chart_style():
        figure = new_figure(WIDTH_PT, 400, layout="constrained")
        all_axes = figure.subplots(2, 2, sharey=True)
        for (damage, unit), axes in zip(units.items(), all_axes.flat, strict=True):
            _draw_curves(axes, record, damage)
            axes.set(title=damage.capitalize(), xlabel=unit, ylim=(0, 103), yticks=(0, 50, 100))
        figure.legend(*all_axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        write_chart(figure, path)


def _draw_curves(axes: "Axes", record: DamageRecord, damage: str) -> None:
    _make_percent(axes)
    for marker, (arch, rows) in zip(_MARKERS, grouped(record.rows).items(), strict=False):
        curves = [curve for row in rows for curve in row.curves if curve.damage == damage]
        means = [100 * fmean(accuracies) for accuracies in zip(*(curve.accuracies for curve in curves), strict=True)]
        style, colour = ("-", BLUE) if arch in _OURS else ("--", VERMILION)
        axes.set_xticks(curves[0].levels[::2])
        # A marker on every second level: each costs a line of the file, and all of them hide the lines.
        axes.plot(
            curves[0].levels,
            means,
            style,
            color=colour,
            marker=marker,
            markersize=4,
            markevery=2,
            linewidth=1,
            label=arch,
        )


def draw_rotation(record: RotationRecord, path: Path) -> None:
    """Draws the accuracy on validation images against the angle: a panel a network, a line a number of epochs.

    The accuracies are means over seeds.

    Raises:
        StorageError: The file cannot be written.
    """
    groups = grouped(record.rows)
    with chart_style():
        figure = new_figure(WIDTH_PT, 290, layout="constrained")
        all_axes = figure.subplots(1, len(groups), squeeze=False)[0]
        for (arch, rows), axes in zip(groups.items(), all_axes, strict=True):
            _draw_angles(axes, rows)
            axes.set(title=f"{arch} on validation images", xlabel="images turned by ± degrees")
        figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        write_chart(figure, path)


def _draw_angles(axes: "Axes", rows: list[RotationRow]) -> None:
    _make_percent(axes)
    angles = sorted({row.angle_deg for row in rows})
    # As names they stand evenly: small angles are close together, and the question is about them.
    names = [f"{angle:g}" for angle in angles]
    for marker, epoch in zip(_MARKERS, shown_epochs(rows), strict=False):
        means = [
            100 * fmean(row.validation_accuracies[epoch - 1] for row in rows if row.angle_deg == angle)
            for angle in angles
        ]
        axes.plot(names, means, color=BLUE, marker=marker, label=f"{epoch} epoch{'s' if epoch > 1 else ''}")


def _make_percent(axes: "Axes") -> None:
    axes.grid(color=PALE)
    axes.yaxis.set_major_formatter(lambda percent, _: f"{percent:g}%")
