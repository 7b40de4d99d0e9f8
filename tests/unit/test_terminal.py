import io
import re

import pytest
from rich.console import Console

from pipeline.tables import Table
from pipeline.terminal import TerminalProgress, columns_that_fit

TABLE = Table(("name", "long heading", "n"), (("tflite", "x", "10,000"),), 1, least_important=("long heading", "n"))


def test_columns_that_fit_are_all_shown():
    assert columns_that_fit(TABLE, 28) == [0, 1, 2]


def test_columns_are_left_out_by_importance_where_there_is_no_room():
    assert columns_that_fit(TABLE, 27) == [0, 2]
    assert columns_that_fit(TABLE, 13) == [0]


def test_columns_that_matter_stay_however_narrow_it_is():
    assert columns_that_fit(TABLE, 1) == [0]


@pytest.mark.parametrize(("seconds", "line"), [(1.0, "int8 in litert"), (75.0, "75 s  int8 in litert")])
def test_progress_says_how_long_a_row_takes_already(monkeypatch, seconds, line):
    now_s = 1_000.0
    monkeypatch.setattr("pipeline.terminal.time.monotonic", lambda: now_s)
    output = io.StringIO()
    with TerminalProgress(Console(file=output, force_terminal=True, width=80, legacy_windows=False)) as progress:
        progress.start("parity", 51)
        progress.update(3, "int8 in litert")
        now_s += seconds
    assert f" {line} " in re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", output.getvalue()).replace("\r", " ").replace("\n", " ")
