"""Writes what results/*.json hold into RESULTS.md, charts and the first table of README.md.

    python -m benchmarks.tables [--check]

What was not measured yet is left out.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.charts import draw_damage, draw_rotation
from benchmarks.damage_page import damage_sections, rotation_sections
from benchmarks.demo_page import demo_sections, lighthouse_sections
from benchmarks.embedded_page import embedded_sections
from benchmarks.page import measured_points, render_page, summary_table
from benchmarks.pictures_page import answers_sections, preparations_sections
from benchmarks.records import (
    FOLDER,
    AnswersRecord,
    C99Record,
    DamageRecord,
    LighthouseRecord,
    PreparationsRecord,
    Record,
    RejectionRecord,
    RotationRecord,
    SeedsRecord,
    SourcesRecord,
    TimeRecord,
    WebDemoRecord,
    read_record,
)
from benchmarks.rejection_page import rejection_sections
from pipeline.architectures import OURS
from pipeline.charts.architectures import draw_architectures
from pipeline.charts.report import MEASURED_ARCHITECTURES
from pipeline.config import DEFAULT_EXPORTS, PROJECT_ROOT
from pipeline.ending import run_program
from pipeline.errors import PipelineError
from pipeline.files import to_json, write_atomically
from pipeline.report import replace_between
from pipeline.shipping.handwriting import hash_files
from pipeline.tables import markdown_table

EXPORTS = PROJECT_ROOT / DEFAULT_EXPORTS
PAGE = Path(__file__).with_name("RESULTS.md")
CHART = FOLDER / "architectures.svg"
DAMAGE_CHART, ROTATION_CHART = FOLDER / "damage.svg", FOLDER / "rotation.svg"
README = PROJECT_ROOT / "README.md"
BEGIN, END = "<!-- networks: written by `make readme` -->", "<!-- end of networks -->"


def main(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a page is out of date.")] = False,
) -> None:
    """Renders all results."""
    records = [read_record(f"seeds-{architecture.name}", SeedsRecord) for architecture in OURS]
    ours = [record for record in records if record]
    sources = read_record("sources", SourcesRecord)
    times = read_record("time_to_accuracy", TimeRecord)
    damage, rotation = read_record("damage", DamageRecord), read_record("rotation", RotationRecord)
    further = [
        *_sections(preparations_sections, _of_the_release(read_record("preparations", PreparationsRecord))),
        *_sections(answers_sections, read_record("answers", AnswersRecord)),
        *_sections(rejection_sections, read_record("rejection", RejectionRecord)),
        *_sections(damage_sections, damage),
        *_sections(rotation_sections, rotation),
        *_sections(embedded_sections, read_record("c99", C99Record)),
        *_sections(demo_sections, read_record("web_demo", WebDemoRecord)),
        *_sections(lighthouse_sections, read_record("lighthouse", LighthouseRecord)),
    ]
    points = measured_points(ours, sources)
    table = markdown_table(summary_table(ours, sources))
    files = {
        PAGE: render_page(ours, sources, times, further).encode(),
        README: replace_between(BEGIN, END, table, README.read_text()).encode(),
        MEASURED_ARCHITECTURES: to_json(points),
    }
    if check:
        _check(files)
        return
    for path, content in files.items():
        write_atomically(path, content)
    draw_architectures(points, CHART)
    if damage:
        draw_damage(damage, DAMAGE_CHART)
    if rotation:
        draw_rotation(rotation, ROTATION_CHART)


def _of_the_release(record: PreparationsRecord | None) -> PreparationsRecord | None:
    """The record, if it was measured with the files that are released now."""
    return record if record and record.files == hash_files(EXPORTS) else None


def _sections(render: Callable[[Record], list[str]], record: Record | None) -> list[str]:
    return [] if record is None else render(record)


def _check(files: dict[Path, bytes]) -> None:
    for path, content in files.items():
        if not path.is_file() or path.read_bytes() != content:
            raise PipelineError(f"{path.relative_to(PROJECT_ROOT)} does not show benchmarks/results; next: make readme")


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
