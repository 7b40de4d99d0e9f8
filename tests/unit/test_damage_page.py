import re
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

import benchmarks.damage as damage_program
from benchmarks.charts import draw_damage, draw_rotation
from benchmarks.damage_page import damage_sections, ranked_angles_deg, rotation_sections, shown_epochs
from benchmarks.page import render_page
from benchmarks.records import DamageCurve, DamageRecord, DamageRow, RotationRecord, RotationRow
from pipeline.architectures import ARCHITECTURES, OURS, get_architecture
from pipeline.corruptions.graded import DROPPED_WEIGHTS, GRADED
from pipeline.data.splits import Subset


def damage_row(arch, seed, fog, zigzag, noisy=0.5):
    curves = tuple(
        DamageCurve(name, (0.0, 1.0), (0.9, noisy if name == "noise" else 0.9)) for name in (*GRADED, DROPPED_WEIGHTS)
    )
    return DamageRow(arch, seed, 0.99, {"fog": fog, "zigzag": zigzag}, curves)


@pytest.fixture
def damage(environment):
    rows = (damage_row("edge", 0, 0.9, 0.92), damage_row("cnn-1m2", 0, 0.5, 0.9), damage_row("edge", 1, 0.9, 0.96))
    return DamageRecord(environment, 10_000, 2_000, 5, 10, rows)


@pytest.fixture
def rotation(environment):
    accuracies = {0.0: (0.90, 0.94), 10.0: (0.91, 0.95), 45.0: (0.92, 0.93)}
    return RotationRecord(
        environment,
        tuple(
            RotationRow("mlp-200", angle, seed, tuple(value + seed / 100 for value in values), 0.8)
            for seed in range(2)
            for angle, values in accuracies.items()
        ),
    )


def cells_of(sections, beginning):
    """The cells of all table rows that begin so."""
    lines = [line for line in "\n".join(sections).splitlines() if line.startswith(f"| {beginning} ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_one_network_measured_again_leaves_the_others_as_they_were_recorded(damage, monkeypatch, tmp_path):
    records = []
    monkeypatch.setattr(damage_program, "load_splits", lambda *_: SimpleNamespace(test=Subset(*[np.zeros(5)] * 3)))
    monkeypatch.setattr(damage_program, "read_record", lambda *_: damage)
    monkeypatch.setattr(damage_program, "write_record", lambda name, record: records.append(record))
    monkeypatch.setattr(damage_program, "_row", lambda arch, seed, *_: damage_row(arch, seed, 0.8, 0.8))
    for num_seeds in (1, 3):
        damage_program.main("edge", num_seeds, tmp_path)
        found = [(row.arch, row.seed, row.corrupted_accuracies["fog"]) for row in records[-1].rows]
        assert found == [*(("edge", seed, 0.8) for seed in range(num_seeds)), ("cnn-1m2", 0, 0.5)]
    damage_program.main(None, 2, tmp_path)
    names = [row.arch for row in records[-1].rows]
    assert names == [name for name in ARCHITECTURES for _ in range(2 if get_architecture(name) in OURS else 1)]


def test_damage_gives_the_mean_error_over_corruptions_and_seeds(damage):
    (edge,) = cells_of(damage_sections(damage), "edge")
    # Mean errors of 9 % and 7 %.
    assert edge[1:4] == ["2", "1.00% ± 0.00", "8.00% ± 1.41"]
    (published,) = cells_of(damage_sections(damage), "cnn-1m2")
    assert published[1:4] == ["1", "1.00%", "30.00%"]


def test_damage_says_what_is_kept_of_each_kind(damage):
    (edge,) = cells_of(damage_sections(damage), "edge")
    # From 0.8 above guessing to 0.4 along a straight line: three quarters.
    assert edge[4:] == ["75.0%", "100.0%", "100.0%", "100.0%"]


def test_damage_puts_the_hardest_corruption_first(damage):
    text = "\n".join(damage_sections(damage))
    assert text.index("| fog ") < text.index("| zigzag ") < text.index("| **mean** ")
    assert cells_of([text], "fog") == [["fog", "10.0%", "50.0%"]]
    assert cells_of([text], "**mean**") == [["**mean**", "**8.0%**", "**30.0%**"]]


def test_damage_says_whether_the_goal_is_reached_and_what_costs_most(damage):
    (goal,) = [section for section in damage_sections(damage) if section.startswith("The goal")]
    assert "is reached: 8.0% are 0.27 of 30.0%" in goal
    assert goal.endswith("come from fog (62%), zigzag (38%).")
    better = replace(damage, rows=(*damage.rows[::2], damage_row("cnn-1m2", 0, 0.88, 0.97)))
    (goal,) = [section for section in damage_sections(better) if section.startswith("The goal")]
    assert "is not reached: 8.0% are 1.07 of 7.5%" in goal


def test_damage_without_one_of_the_two_is_silent_on_the_goal(damage):
    sections = damage_sections(replace(damage, rows=damage.rows[:1]))
    assert not [section for section in sections if section.startswith("The goal")]


def test_rotation_chooses_the_angle_by_the_last_epoch_on_validation_images(rotation):
    assert ranked_angles_deg(list(rotation.rows)) == [10, 0, 45]
    sentence = (
        "After 2 epochs ±10° is best for `mlp-200` on the validation images, 1.00 percentage points ahead of ±0°."
    )
    assert any(section == sentence for section in rotation_sections(rotation))


def test_rotation_says_where_the_best_angle_is_no_better_than_chance(rotation):
    rows = tuple(
        replace(row, validation_accuracies=(0.9, 0.95 + 0.01 * row.seed + row.angle_deg / 10_000))
        for row in rotation.rows
    )
    (sentence,) = [text for text in rotation_sections(replace(rotation, rows=rows)) if text.startswith("After")]
    assert sentence.endswith("0.35 percentage points ahead of ±10°, less than seeds differ by.")


def test_rotation_keeps_networks_apart(rotation, tmp_path):
    edge = tuple(
        replace(row, arch="edge", validation_accuracies=(0.99, 0.999 if row.angle_deg == 45 else 0.9))
        for row in rotation.rows
    )
    both = replace(rotation, rows=rotation.rows + edge)
    best = [section for section in rotation_sections(both) if section.startswith("After")]
    assert [sentence.split(" on ")[0] for sentence in best] == [
        "After 2 epochs ±10° is best for `mlp-200`",
        "After 2 epochs ±45° is best for `edge`",
    ]
    assert [row[1:4] for row in cells_of(rotation_sections(both), "±10°")] == [
        ["2", "91.50% ± 0.71", "95.50% ± 0.71"],
        ["2", "99.00% ± 0.00", "90.00% ± 0.00"],
    ]
    draw_rotation(both, tmp_path / "rotation.svg")
    assert {"mlp-200 on validation images", "edge on validation images"} <= set(_texts(tmp_path / "rotation.svg"))


def test_rotation_shows_means_over_seeds_after_epochs(rotation):
    (row,) = cells_of(rotation_sections(rotation), "±45°")
    assert row == ["±45°", "2", "92.50% ± 0.71", "93.50% ± 0.71", "80.00% ± 0.00"]


@pytest.mark.parametrize(("num_epochs", "shown"), [(1, [1]), (2, [1, 2]), (4, [1, 2, 3, 4]), (10, [1, 2, 3, 5, 10])])
def test_rotation_shows_the_last_epoch_and_some_before(rotation, num_epochs, shown):
    rows = [replace(row, validation_accuracies=(0.9,) * num_epochs) for row in rotation.rows]
    assert shown_epochs(rows) == shown


def test_page_shows_damage_before_rotation(damage, rotation):
    page = render_page([], None, None, [*damage_sections(damage), *rotation_sections(rotation)])
    assert page.index("## Damaged images and networks") < page.index("## Rotation of training images")


def _texts(path):
    return [element.text for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


def test_charts_name_every_network_and_every_kind_of_damage(damage, tmp_path):
    draw_damage(damage, tmp_path / "damage.svg")
    texts = _texts(tmp_path / "damage.svg")
    assert {"edge", "cnn-1m2", "Noise", "Blur", "Broken strokes", "Dropped weights"} <= set(texts)
    assert texts.count("edge") == 1


def test_charts_draw_ours_and_the_published_apart_without_colour(damage, tmp_path):
    draw_damage(damage, tmp_path / "damage.svg")
    svg = (tmp_path / "damage.svg").read_text()
    lines = re.findall(r'<path d="[^"]*" clip-path="[^"]*" style="fill: none; ([^"]*)', svg)
    assert len([line for line in lines if "#0072b2" in line and "dasharray" not in line]) == 4
    assert len([line for line in lines if "#d55e00" in line and "dasharray" in line]) == 4


def test_charts_draw_a_line_for_each_number_of_epochs(rotation, tmp_path):
    draw_rotation(rotation, tmp_path / "rotation.svg")
    texts = _texts(tmp_path / "rotation.svg")
    assert {"1 epoch", "2 epochs", "0", "10", "45"} <= set(texts)


def test_charts_drawn_twice_are_the_same_bytes(damage, rotation, tmp_path):
    for name in ("first", "second"):
        draw_damage(damage, tmp_path / name / "damage.svg")
        draw_rotation(rotation, tmp_path / name / "rotation.svg")
    for chart in ("damage.svg", "rotation.svg"):
        assert (tmp_path / "first" / chart).read_bytes() == (tmp_path / "second" / chart).read_bytes()
