from dataclasses import replace

import numpy as np
import pytest

from pipeline import self_test
from pipeline.mutations.base import Mutation
from pipeline.progress import Silent
from pipeline.results import Answer, Check, ParityRow
from pipeline.self_test import first_wrong, run_self_test, self_test_table, summary

YES = Answer(True, "")
SAME = ParityRow("tflite/int8", "litert", YES, YES, Answer(True, "0 flips"))
DIFFERENT = ParityRow("tflite/int8", "litert", YES, YES, Answer(False, "20 flips"))


def _break(path):
    path.write_bytes(b"broken")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the self-test of one file on a gate that answers as it is told."""
    for name in ("tflite/int8.tflite", "keras/model.keras"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"sound")
    reference = self_test.Reference(_Images(), None, None, np.arange(2))
    monkeypatch.setattr(self_test, "run_reference", lambda *_: reference)
    monkeypatch.setattr(self_test, "_predict", lambda runtime, path, *_: np.frombuffer(path.read_bytes(), np.uint8))

    def run_one(row, apply=_break, **kind):
        monkeypatch.setattr(self_test, "run_row", lambda *_: row)
        mutation = Mutation("mutant", "Broken.", "tflite/int8", apply, **kind)
        (found,) = run_self_test(tmp_path, None, None, Silent(), [mutation])
        assert (tmp_path / "tflite/int8.tflite").read_bytes() == b"sound"
        return found

    return run_one


class _Images:
    images = np.zeros((5, 1), np.uint8)

    def __len__(self):
        return 5


def test_mutant_that_the_gate_rejects_is_right(run):
    row = run(DIFFERENT)
    assert (row.verdict, row.detail, row.is_right) == ("rejected", "20 flips", True)


def test_mutant_that_the_gate_accepts_survives(run):
    row = run(SAME)
    assert not row.is_right
    assert self_test_table([row]).rows[0][2] == "SURVIVED"
    assert summary([row]) == (
        "1 mutants of 1 kinds: 0 rejected (0 by their answers too), 0 equivalent, 1 SURVIVED; 0 of 0 controls accepted"
    )
    assert first_wrong([row, row]) == "the gate accepts a broken artifact: tflite/int8, mutant: 0 flips (and 1 more)"


def test_mutant_that_answers_as_the_original_is_equivalent(run):
    row = run(SAME, lambda path: None)
    assert (row.verdict, row.is_right) == ("equivalent", True)
    assert row.detail == "litert: all probabilities of 5 images are the original's"


def test_mutant_that_answers_cannot_show_survives_equal_answers(run):
    row = run(SAME, lambda path: None, is_beyond_answers=True)
    assert (row.verdict, row.is_right) == ("accepted", False)


def test_control_that_the_gate_accepts_is_right(run):
    row = run(SAME, is_control=True)
    assert row.is_right
    assert summary([row]) == (
        "0 mutants of 0 kinds: 0 rejected (0 by their answers too), 0 equivalent; 1 of 1 controls accepted"
    )
    assert first_wrong([row]) == ""


def test_control_that_the_gate_rejects_is_wrong(run):
    row = run(DIFFERENT, is_control=True)
    assert not row.is_right
    assert self_test_table([row]).rows[0][2] == "rejected WRONGLY"
    assert first_wrong([row]).startswith("the gate rejects a sound artifact: tflite/int8, mutant: 20 flips")


@pytest.mark.parametrize(
    ("row", "caught_by"),
    [
        (ParityRow("f", "r", Answer(False, "damaged")), ("inspection",)),
        (ParityRow("f", "r", YES, Answer(False, "refused"), checks=(Check("size", False, ""),)), ("size", "engine")),
        (
            ParityRow("f", "r", YES, YES, Answer(False, ""), checks=(Check("a", True, ""), Check("b", False, ""))),
            ("b",),
        ),
    ],
)
def test_mutant_names_what_caught_it(run, row, caught_by):
    assert run(row).caught_by == caught_by


def test_mutant_of_other_answers_is_caught_by_the_comparison(run, agreement):
    assert run(replace(DIFFERENT, agreement=replace(agreement, num_flips=20))).caught_by == ("comparison",)
