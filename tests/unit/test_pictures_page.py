from dataclasses import replace

import pytest

from benchmarks.pictures_page import answers_sections, preparations_sections
from benchmarks.records import AnswersRecord, FolderRow, PreparationsRecord
from pipeline.shipping import handwriting
from pipeline.shipping.handwriting import HandwritingRow, hash_files, read_handwriting

ROWS = (
    HandwritingRow("one", 10, {"resize": 0.1, "ours": 1.0}),
    HandwritingRow("two", 30, {"resize": 0.4, "ours": 0.9}),
)


@pytest.fixture
def record(environment):
    return PreparationsRecord({"a.tflite": "0"}, "forty pictures", ROWS, {"resize": 0.25, "ours": 0.95}, environment)


def test_handwriting_is_a_row_for_each_source_and_their_mean(record):
    page = "\n".join(preparations_sections(record))
    assert "on forty pictures." in page
    assert "| two | 30 | 40.0% | 90.0% |" in page
    assert "| **mean over sources** | 40 | **25.0%** | **95.0%** |" in page


def test_answers_are_medians_of_commands_and_whole_folders(environment):
    record = AnswersRecord(
        environment, 400, (0.5, 0.4, 0.9), (0.004, 0.006, 0.005), (FolderRow(1_000, 10, 8.0, 200 * 2**20),)
    )
    page = "\n".join(answers_sections(record))
    assert "| one picture: the whole command | 3 | 500.00 ms | 900.00 ms | – |" in page
    assert (
        "| 1,000 files, 10 of them unreadable: the whole command | 1 | 8.00 s, 125 files a second | – | 200 MiB |"
        in page
    )


def test_handwriting_counts_only_for_the_files_that_were_run(tmp_path, monkeypatch, record):
    from benchmarks import records

    monkeypatch.setattr(records, "FOLDER", tmp_path)
    monkeypatch.setattr(handwriting, "MEASURED_HANDWRITING", tmp_path / "preparations.json")
    monkeypatch.setattr(handwriting, "MEASURED_FILES", ("a.tflite",))
    assert read_handwriting(tmp_path) is None
    (tmp_path / "a.tflite").write_bytes(b"a")
    records.write_record("preparations", record)
    assert read_handwriting(tmp_path) is None
    records.write_record("preparations", replace(record, files=hash_files(tmp_path)))
    assert read_handwriting(tmp_path).rows == ROWS
