"""How networks fail, and which angle is best, as tables and text. Measures nothing."""

from statistics import fmean, stdev
from typing import TypeVar

from benchmarks.records import DamageRecord, DamageRow, RotationRecord, RotationRow
from benchmarks.wording import percent
from pipeline.corruptions.graded import DROPPED_PARTS, DROPPED_WEIGHTS, GRADED, part_kept
from pipeline.tables import Table, markdown_table
from pipeline.wording import where_measured

Row = TypeVar("Row", DamageRow, RotationRow)

SHOWN_EPOCHS = (1, 2, 3, 5, 10)
# The goal that the project set itself: the first has at most half of the errors of the second.
_GOAL = ("edge", "cnn-1m2")
_HOW_IMAGES_ARE_TURNED = {
    "mlp-200": "learns each image three times an epoch: as it is, and turned by the angle either way (0°: three times "
    "as it is)",
    "edge": "learns by its own recipe over these epochs, fewer than for release, but without damaged images: each "
    "image is turned by another angle each time, at most by this one, and scaled, sheared and shifted besides. Earlier "
    "epochs are of the same trainings, whose rate has not fallen yet; short trainings favour small angles",
}


def damage_sections(record: DamageRecord) -> list[str]:
    """What damaged images and lost weights cost."""
    groups = grouped(record.rows)
    units = ", ".join(f"{name} up to {damage.levels[-1]:g} ({damage.unit})" for name, damage in GRADED.items())
    return [
        "## Damaged images and networks",
        "MNIST-C parameters, own implementation; no network saw these corruptions in training, though `edge` learnt "
        "from white and coarser noise, pale ink, rectangles and random filters, whose kinds and strengths were chosen "
        "by these corruptions of validation images; so the white noise of the curve below is not new to it. Errors on "
        f"{record.num_test_images:,} test images, mean ± standard deviation over seeds; of the published networks "
        "one training each. *Kept*: the part of the accuracy above guessing that is left, the mean over the range of "
        "the damage (area under the curve below; 100 % is unharmed, 0 % is guessing), on "
        f"{record.num_curve_images:,} of the images. Damage: {units}; {DROPPED_WEIGHTS}: part of every kernel set to "
        f"0, up to {DROPPED_PARTS[-1]:g}, mean of {record.num_draws} draws.",
        markdown_table(_summary_table(groups, record.num_labels)),
        "![Accuracy as damage grows](results/damage.svg)",
        *_goal(groups),
        "Errors after each corruption; first those with most errors, all networks together:",
        markdown_table(_corruptions_table(groups)),
        where_measured(record.environment),
    ]


def rotation_sections(record: RotationRecord) -> list[str]:
    """Which angle is best, after how many epochs."""
    return [
        "## Rotation of training images",
        "Accuracy on the validation images after so many epochs and on the test images after the last, mean ± standard "
        "deviation over seeds. Differences like those between seeds show nothing.",
        "![Accuracy against the angle of rotation](results/rotation.svg)",
        *(text for arch, rows in grouped(record.rows).items() for text in _rotation_of(arch, rows)),
        where_measured(record.environment),
    ]


def _rotation_of(arch: str, rows: list[RotationRow]) -> list[str]:
    """What the angle means to one network, its table, and the best angle."""
    best, second, *_ = ranked_angles_deg(rows)
    of_best = _after(rows, best, -1)
    lead = fmean(of_best) - fmean(_after(rows, second, -1))
    is_noise = len(of_best) > 1 and lead < stdev(of_best)
    num_epochs = max(len(row.validation_accuracies) for row in rows)
    return [
        f"`{arch}` {_HOW_IMAGES_ARE_TURNED[arch]}.",
        markdown_table(_rotation_table(rows)),
        f"After {num_epochs} epochs ±{best:g}° is best for `{arch}` on the validation images, {100 * lead:.2f} "
        f"percentage points ahead of ±{second:g}°{', less than seeds differ by' if is_noise else ''}.",
    ]


def grouped(rows: tuple[Row, ...]) -> dict[str, list[Row]]:
    """The trainings of each network, in the order of their first ones."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.arch, []).append(row)
    return groups


def ranked_angles_deg(rows: list[RotationRow]) -> list[float]:
    """The angles by their mean accuracy on the validation images after the last epoch, the best first."""
    angles = sorted({row.angle_deg for row in rows})
    return sorted(angles, key=lambda angle: -fmean(_after(rows, angle, -1)))


def _summary_table(groups: dict[str, list[DamageRow]], num_labels: int) -> Table:
    curves = [curve.damage for curve in next(iter(groups.values()))[0].curves]
    rows = tuple(
        (
            arch,
            str(len(rows)),
            percent([1 - row.clean_accuracy for row in rows]),
            percent([row.mean_corruption_error for row in rows]),
            *(f"{fmean(_kept(row, damage, num_labels) for row in rows):.1%}" for damage in curves),
        )
        for arch, rows in groups.items()
    )
    headings = ("network", "seeds", "clean error", "MNIST-C error", *(f"kept: {damage}" for damage in curves))
    return Table(headings, rows, first_number=1)


def _kept(row: DamageRow, damage: str, num_labels: int) -> float:
    (curve,) = [curve for curve in row.curves if curve.damage == damage]
    return part_kept(curve.levels, curve.accuracies, 1 / num_labels)


def _corruptions_table(groups: dict[str, list[DamageRow]]) -> Table:
    errors = {arch: _mean_errors(rows) for arch, rows in groups.items()}
    names = sorted(next(iter(errors.values())), key=lambda name: -fmean(of_arch[name] for of_arch in errors.values()))
    rows = [(name, *(f"{of_arch[name]:.1%}" for of_arch in errors.values())) for name in names]
    rows.append(("**mean**", *(f"**{fmean(of_arch.values()):.1%}**" for of_arch in errors.values())))
    return Table(("corruption", *groups), tuple(rows), first_number=1)


def _mean_errors(rows: list[DamageRow]) -> dict[str, float]:
    """Of each corruption, the mean over seeds."""
    return {name: 1 - fmean(row.corrupted_accuracies[name] for row in rows) for name in rows[0].corrupted_accuracies}


def _goal(groups: dict[str, list[DamageRow]]) -> list[str]:
    """Whether the goal is reached, and what costs most; nothing if one of the two was not measured."""
    if not set(_GOAL) <= set(groups):
        return []
    ours, theirs = (_mean_errors(groups[arch]) for arch in _GOAL)
    ratio = fmean(ours.values()) / fmean(theirs.values())
    reached = "reached" if ratio <= 0.5 else "not reached"
    costly = sorted(ours, key=lambda name: -ours[name])[:5]
    return [
        f"The goal, at most half of the errors of `{_GOAL[1]}` for `{_GOAL[0]}`, is {reached}: "
        f"{fmean(ours.values()):.1%} are {ratio:.2f} of {fmean(theirs.values()):.1%}. Most of the errors of "
        f"`{_GOAL[0]}` come from "
        + ", ".join(f"{name} ({ours[name] / sum(ours.values()):.0%})" for name in costly)
        + "."
    ]


def _rotation_table(rows: list[RotationRow]) -> Table:
    shown = shown_epochs(rows)
    lines = tuple(
        (
            f"±{angle:g}°",
            str(len(_after(rows, angle, -1))),
            *(percent(_after(rows, angle, epoch - 1)) for epoch in shown),
            percent([row.test_accuracy for row in rows if row.angle_deg == angle]),
        )
        for angle in sorted({row.angle_deg for row in rows})
    )
    headings = ("angle", "seeds", *(f"epoch {epoch}" for epoch in shown), "test")
    return Table(headings, lines, first_number=1)


def shown_epochs(rows: list[RotationRow]) -> list[int]:
    """The epochs that tables and charts show, counted from 1."""
    num_epochs = min(len(row.validation_accuracies) for row in rows)
    return [epoch for epoch in SHOWN_EPOCHS if epoch < num_epochs] + [num_epochs]


def _after(rows: list[RotationRow], angle_deg: float, index: int) -> list[float]:
    """Validation accuracies of all seeds with an angle."""
    return [row.validation_accuracies[index] for row in rows if row.angle_deg == angle_deg]
