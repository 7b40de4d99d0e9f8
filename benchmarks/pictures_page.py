"""What became of pictures, and how fast, as tables and text. Measures nothing."""

from collections.abc import Sequence
from statistics import median

from benchmarks.records import AnswersRecord, PreparationsRecord
from pipeline.shipping.handwriting import MEASURED_FILES, accuracies_table
from pipeline.tables import Table, format_time, markdown_table
from pipeline.wording import where_measured


def preparations_sections(record: PreparationsRecord) -> list[str]:
    """The same network behind each preparation, source by source."""
    return [
        "## Handwriting from elsewhere",
        f"`{MEASURED_FILES[0]}` of the release in LiteRT, behind each preparation, on {record.pictures}. The detector "
        "is asked for the last column alone. No answer counts as wrong.",
        markdown_table(accuracies_table(record, list(record.means))),
        where_measured(record.environment),
    ]


def answers_sections(record: AnswersRecord) -> list[str]:
    """How long answers take."""
    rows = [
        _time_row("one picture: the whole command", record.first_answers_s),
        _time_row("preparation of one picture, in a running process", record.preparations_s),
        *(
            (
                f"{folder.num_files:,} files, {folder.num_unreadable:,} of them unreadable: the whole command",
                "1",
                f"{format_time(folder.duration_s)}, {folder.num_files / folder.duration_s:.0f} files a second",
                "–",
                f"{folder.peak_bytes / 2**20:.0f} MiB",
            )
            for folder in record.folders
        ),
    ]
    headings = ("`pipeline predict`", "runs", "median", "p90", "peak memory")
    return [
        "## How soon an answer comes",
        f"Pictures of {record.side_px} × {record.side_px} pixels, JPEG, from the file to the answer.",
        markdown_table(Table(headings, tuple(rows), first_number=1)),
        where_measured(record.environment),
    ]


def _time_row(what: str, times_s: Sequence[float]) -> tuple[str, ...]:
    p90 = sorted(times_s)[int(0.9 * len(times_s))]
    return (what, f"{len(times_s):,}", format_time(median(times_s)), format_time(p90), "–")
