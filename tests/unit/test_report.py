import re
from dataclasses import replace

import pytest

from pipeline.errors import PipelineError
from pipeline.report import README_BEGIN, README_END, render_markdown, render_readme
from pipeline.results import SCHEMA_VERSION, Answer, Flip, ModelInfo, ParityRow, Results, Size, TimingRow
from pipeline.tables import formats_table, results_table, timing_table
from pipeline.wording import verdict

YES, NO = Answer(True, "fine"), Answer(False, "out of memory")
REFERENCE = ParityRow("keras", "keras", exported=YES, ran=YES, same=YES, is_reference=True)
SAME = ParityRow("tflite/int8", "litert", exported=YES, ran=YES, same=YES, is_full=True)
DIFFERENT = replace(SAME, same=Answer(False, "11 flips, at most 10"))
NOT_RUN = replace(SAME, ran=NO, same=None)
ALLOWED = replace(NOT_RUN, is_allowed_missing=True)
TIMING = TimingRow("tflite/int8", "litert", "ok", "fine", "one image", 0.5, 2e-3, 1e-4, 2e-4, 3e-4, 2048, 0.01)


@pytest.fixture
def results(environment, agreement):
    """The reference, and one artifact that is the same."""
    rows = (REFERENCE, replace(SAME, agreement=replace(agreement, num_flips=3, max_probability_difference=0.0412)))
    return Results(
        SCHEMA_VERSION, environment, parity=rows, timings=(TIMING,), sizes=(Size("tflite/int8", 2048, 1024),)
    )


def _cells(row, headings):
    return dict(zip(headings, row, strict=True))


def _last_row(results):
    table = results_table(results)
    return _cells(table.rows[-1], table.headings)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((REFERENCE, SAME), "The same model everywhere: 2 of 2 rows."),
        ((REFERENCE, DIFFERENT), "NOT the same model everywhere: 1 of 2 rows fail."),
        ((REFERENCE, NOT_RUN), "NOT the same model everywhere: 1 of 2 rows fail."),
        (
            (REFERENCE, SAME, replace(NOT_RUN, is_allowed_missing=True)),
            "The same model everywhere: 2 of 3 rows, 1 not run as allowed.",
        ),
    ],
    ids=["same", "not the same", "not run", "allowed missing"],
)
def test_verdict_says_how_many_rows_pass_or_fail(results, rows, expected):
    assert verdict(replace(results, parity=rows)) == expected


def test_results_table_shows_parity_time_and_size(results):
    expected = {
        "format": "tflite/int8",
        "engine": "litert",
        "verdict": "same",
        "images": "1,000",
        "flips": "3",
        "accuracy": "99.00%",
        "max |Δp|": "0.04",
        "median": "100.0 µs",
        "p90": "200.0 µs",
        "KiB": "2.0",
        "gzip": "1.0",
    }
    row = _last_row(results)
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(("status", "median"), [("ok", "100.0 µs"), ("noisy", "100.0 µs ~"), ("invalid", "100.0 µs ?")])
def test_results_table_marks_times_that_are_in_doubt(results, status, median):
    assert _last_row(replace(results, timings=(replace(TIMING, status=status),)))["median"] == median


def test_results_table_of_a_row_without_numbers_shows_dashes(results):
    row = _last_row(replace(results, parity=(NOT_RUN,), timings=(replace(TIMING, status="not run"),)))
    assert row["verdict"] == "not run"
    assert {row[name] for name in ("images", "flips", "accuracy", "median", "p90")} == {"–"}


def test_results_table_of_parity_alone_has_no_columns_for_what_it_did_not_measure(results):
    table = results_table(replace(results, timings=(), sizes=()))
    assert not {"median", "p90", "KiB", "gzip"} & {*table.headings, *table.least_important}
    assert {len(row) for row in table.rows} == {len(table.headings)}
    assert table.headings[-1] == "compared in"


def test_results_table_of_a_part_of_the_images_shows_no_accuracy(results, agreement):
    partial = replace(SAME, agreement=replace(agreement, num_images=400, num_flips=2), is_full=False)
    row = _last_row(replace(results, parity=(partial,)))
    assert (row["images"], row["flips"], row["accuracy"]) == ("400", "2", "–")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0000123, "12.3 µs"), (0.0009, "900.0 µs"), (0.001, "1.00 ms"), (0.25, "250.00 ms"), (1.5, "1.50 s")],
)
def test_timing_table_chooses_the_unit_of_each_time(seconds, text):
    table = timing_table([replace(TIMING, median_s=seconds)])
    assert _cells(table.rows[0], table.headings)["median"] == text


def test_timing_table_of_a_row_that_was_not_run_says_why():
    table = timing_table([TimingRow("tfjs/float32", "node", "not run", "no Node.js")])
    assert _cells(table.rows[0], table.headings)["what is timed"] == "no Node.js"


def test_timing_table_says_what_an_engine_ran_on():
    table = timing_table([replace(TIMING, device="Browser 1")])
    assert _cells(table.rows[0], table.headings)["what is timed"] == "one image; Browser 1"


def test_report_and_readme_say_once_which_engines_ran_on_what(results):
    rows = [replace(SAME, runtime=name, device=device) for name, device in (("a", "One"), ("b", "Two"), ("c", "One"))]
    results = replace(results, parity=(REFERENCE, *rows), timings=(replace(TIMING, runtime="a", device="One"),))
    expected = "\n\nWhat these engines ran on, where they say so:\n\n- `a`, `c`: One\n- `b`: Two\n\n"
    assert expected in render_markdown(results)
    assert expected in render_readme(results, f"{README_BEGIN}\n{README_END}")


def test_render_markdown_names_every_trouble(results):
    text = render_markdown(replace(results, parity=(REFERENCE, DIFFERENT, replace(NOT_RUN, runtime="node"))))
    assert "- tflite/int8 in litert: not the same: 11 flips, at most 10\n" in text
    assert "- tflite/int8 in node: not run: out of memory\n" in text


def test_render_markdown_without_trouble_has_no_section_for_it(results):
    assert "What is wrong" not in render_markdown(results)


def test_render_markdown_shows_twelve_flips_and_counts_the_others(results):
    flips = tuple(Flip(100 + index, 1, 1, 7, reference_margin=0.01, candidate_margin=0.02) for index in range(14))
    text = render_markdown(replace(results, parity=(replace(SAME, flips=flips),)))
    assert "`tflite/int8` in `litert`: 100 (1→7), 101 (1→7)" in text
    assert "111 (1→7) and 2 more" in text
    assert "112 (1→7)" not in text


def test_render_markdown_says_what_was_measured_and_where(results):
    model = ModelInfo("mnist", tuple("0123456789"), "edge", 20_000, "default", 3, 40, 90.0, 0.9951, temperature=1.0)
    text = render_markdown(replace(results, model=model))
    assert "Network `edge`, 20,000 parameters, profile `default`, seed 3: 40 epochs in 1.5 minutes" in text
    assert "validation accuracy 99.51%" in text
    assert "2025-01-31, 2 × Test CPU, governor performance, Linux x86_64, Python 3.11.7; keras 3.10.0." in text


def test_render_markdown_escapes_pipes_in_cells(results):
    timing = TimingRow("tfjs/float32", "node", "not run", "expected a|b")
    text = render_markdown(replace(results, timings=(timing,)))
    assert r"expected a\|b" in text
    for table in (results_table(results), timing_table([timing])):
        line = next(line for line in text.splitlines() if line.startswith(f"| {table.rows[-1][0]} |"))
        assert len(re.findall(r"(?<!\\)\|", line)) == len(table.headings) + 1


def test_render_readme_replaces_the_block_and_keeps_the_rest(results):
    readme = f"# Title\n\n{README_BEGIN}\nold numbers\n{README_END}\n\nThe end \\1.\n"
    # A CPU of that name would be a reference to a group of the pattern.
    results = replace(results, environment=replace(results.environment, cpu="CPU \\1"))
    text = render_readme(results, readme)
    assert text.startswith(f"# Title\n\n{README_BEGIN}\n")
    assert text.endswith(f"\n{README_END}\n\nThe end \\1.\n")
    assert "old numbers" not in text
    assert "| tflite/int8 | 1 of 1 |" in text
    assert "Measured 2025-01-31 on 2 × CPU \\1." in text


def test_formats_table_shows_the_worst_of_all_engines_and_the_time_in_the_first(results, agreement):
    first = replace(SAME, agreement=replace(agreement, num_flips=1, accuracy=0.99))
    worse = replace(agreement, num_images=595, num_flips=3, accuracy=0.6, max_probability_difference=0.02)
    rows = (first, replace(SAME, runtime="micro", agreement=worse, is_full=False), NOT_RUN, ALLOWED)
    table = formats_table(replace(results, parity=rows))
    cells = _cells(table.rows[0], table.headings)
    assert cells["same in engines"] == "2 of 4"
    assert (cells["most flips"], cells["max |Δp|"], cells["accuracy"]) == ("3", "0.02", "99.00%")
    assert (cells["timed in"], cells["median"]) == ("litert", "100.0 µs")


def test_formats_table_of_an_artifact_that_never_ran_shows_dashes(results):
    (row,) = formats_table(replace(results, parity=(NOT_RUN,), timings=())).rows
    assert row[1:6] == ("0 of 1", "–", "–", "–", "–")


def test_render_readme_says_what_engines_ran_on_once_for_each_device(results):
    rows = (
        replace(SAME, runtime="micro", device="an arena of 2 bytes"),
        replace(SAME, runtime="micro", format="tflite/float32", device="an arena of 3 bytes"),
        *(replace(SAME, runtime="browser", format=name, device="Browser 1") for name in ("a", "b")),
    )
    text = render_readme(replace(results, parity=rows), f"{README_BEGIN}{README_END}")
    assert (
        "- `micro`: an arena of 2 bytes (tflite/int8); an arena of 3 bytes (tflite/float32)\n- `browser`: Browser 1\n"
    ) in text


def test_render_readme_again_changes_nothing(results):
    once = render_readme(results, f"{README_BEGIN}{README_END}")
    assert render_readme(results, once) == once


@pytest.mark.parametrize(
    "readme",
    ["", f"{README_BEGIN}\n", f"{README_END}\n", f"{README_END}\n{README_BEGIN}\n"],
    ids=["none", "only the first", "only the second", "wrong order"],
)
def test_render_readme_without_its_marks_is_a_pipeline_error(results, readme):
    with pytest.raises(PipelineError, match="expected the lines"):
        render_readme(results, readme)
