from dataclasses import replace

import pytest

from pipeline.errors import ArtifactError
from pipeline.results import (
    SCHEMA_VERSION,
    Answer,
    Check,
    Flip,
    Mistake,
    ModelInfo,
    ParityRow,
    Quality,
    Results,
    Size,
    TimingRow,
    read_results,
    write_results,
)

YES, NO = Answer(True, "fine"), Answer(False, "broken")
SAME = ParityRow("format", "engine", exported=YES, ran=YES, same=YES)


def test_results_survive_their_file(tmp_path, environment, agreement):
    row = replace(
        SAME,
        agreement=agreement,
        borderline=replace(agreement, num_images=500),
        flips=(Flip(7, 1, 1, 2, 0.01, 0.02),),
        checks=(Check("answers vary", True, "10 of 10"),),
        duration_s=1.5,
    )
    results = Results(
        SCHEMA_VERSION,
        environment,
        ModelInfo("mnist", ("0", "1"), "edge", 20_000, "default", 3, 40, 600.0, 0.995, temperature=1.25),
        Quality(4, 0.75, 1, 1.0, 0.01, ((2, 0), (1, 1)), (Mistake(7, 1, 0, (0.75, 0.25), True),)),
        (row, replace(SAME, ran=NO, same=None, is_allowed_missing=True)),
        (TimingRow("format", "engine", "ok", "fine", median_s=1e-4, num_runs=2048),),
        (Size("format", 1000, 500),),
    )
    write_results(results, tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == results


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"Test", b"\xff"),
        lambda content: content.replace(b'"num_cpus":2', b'"num_cpus":"2"'),
        lambda content: b'{"unknown": ' + b"[" * 100_000,
    ],
    ids=["empty", "cut off", "not UTF-8", "wrong type", "deeply nested"],
)
def test_read_results_of_a_damaged_file_is_an_artifact_error(tmp_path, environment, damage):
    path = tmp_path / "results.json"
    write_results(Results(SCHEMA_VERSION, environment), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ArtifactError, match=r"results\.json has no results: .*next: pipeline build-all"):
        read_results(path)


def test_read_results_of_another_version_says_expected_and_found(tmp_path, environment):
    write_results(Results(SCHEMA_VERSION + 1, environment), tmp_path / "results.json")
    with pytest.raises(ArtifactError, match=f"expected schema version {SCHEMA_VERSION}, found {SCHEMA_VERSION + 1}"):
        read_results(tmp_path / "results.json")


def test_read_results_of_a_missing_file_names_the_next_command(tmp_path):
    with pytest.raises(ArtifactError, match="found none; next: pipeline build-all"):
        read_results(tmp_path / "results.json")


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (ParityRow("format", "engine", exported=NO), "not exported"),
        (ParityRow("format", "engine", exported=YES), "not run"),
        (ParityRow("format", "engine", exported=YES, ran=NO), "not run"),
        (ParityRow("format", "engine", exported=YES, ran=YES), "not the same"),
        (ParityRow("format", "engine", exported=YES, ran=YES, same=NO), "not the same"),
        (SAME, "same"),
        (replace(SAME, is_reference=True), "reference"),
        (ParityRow("format", "engine", exported=YES, ran=NO, is_reference=True), "not run"),
    ],
)
def test_row_status_is_the_first_question_answered_no(row, status):
    assert row.status == status


@pytest.mark.parametrize(
    ("row", "is_accepted"),
    [
        (SAME, True),
        (replace(SAME, is_reference=True), True),
        (replace(SAME, same=NO), False),
        (replace(SAME, ran=NO, same=None), False),
        (replace(SAME, exported=NO, ran=None, same=None), False),
        (replace(SAME, same=NO, is_allowed_missing=True), False),
        (replace(SAME, exported=NO, ran=None, same=None, is_allowed_missing=True), False),
    ],
)
def test_row_is_accepted_only_if_it_is_the_same(row, is_accepted):
    assert row.is_accepted is is_accepted


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"exported": NO}, "broken"),
        ({"exported": YES, "ran": NO}, "broken"),
        ({"exported": YES, "ran": NO, "same": YES}, "fine"),
    ],
)
def test_row_reason_is_that_of_the_last_answer(answers, reason):
    assert ParityRow("format", "engine", **answers).reason == reason


@pytest.mark.parametrize(
    ("rows", "is_same"),
    [((), False), ((SAME,), True), ((SAME, replace(SAME, same=NO)), False)],
    ids=["no rows", "all the same", "one fails"],
)
def test_results_are_the_same_everywhere_if_there_are_rows_and_all_are_accepted(environment, rows, is_same):
    assert Results(SCHEMA_VERSION, environment, parity=rows).is_same_everywhere is is_same
