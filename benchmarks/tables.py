"""Writes what results/*.json hold into RESULTS.md, a chart and the first table of README.md.

What was not measured yet is left out.

python benchmarks/tables.py [--check]
"""

import re
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Annotated

import typer
from records import (
    FOLDER,
    SeedsRecord,
    SourceRow,
    SourcesRecord,
    TimeRecord,
    TimeRow,
    percent,
    read_record,
)

from pipeline.architectures import OURS
from pipeline.charts.architectures import ArchitecturePoint, draw_architectures
from pipeline.config import PROJECT_ROOT
from pipeline.files import write_atomically
from pipeline.formats import get_format
from pipeline.report import Table, format_time, markdown_table
from pipeline.results import Environment, Size, TimingRow

PAGE = Path(__file__).with_name("RESULTS.md")
CHART = FOLDER / "architectures.svg"
README = PROJECT_ROOT / "README.md"
BEGIN, END = "<!-- networks: written by `make readme` -->", "<!-- end of networks -->"
IN_README = ("cnn-1m2", "mlp-200", "mlp-128")
FLOAT32, INT8 = get_format("tflite/float32").name, get_format("tflite/int8").name


def main(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if something is out of date.")] = False,
) -> None:
    """Renders all results."""
    records = [read_record(f"seeds-{architecture.name}", SeedsRecord) for architecture in OURS]
    ours = [record for record in records if record]
    sources = read_record("sources", SourcesRecord)
    times = read_record("time_to_accuracy", TimeRecord)
    readme = README.read_text()
    block = f"{BEGIN}\n\n{markdown_table(summary_table(ours, sources))}\n\n{END}"
    pages = {
        PAGE: render_page(ours, sources, times),
        README: _replaced(readme, block),
    }
    stale = [path for path, text in pages.items() if not path.is_file() or path.read_text() != text]
    if check:
        if stale:
            raise SystemExit(f"{stale[0]} does not show benchmarks/results; next: make readme")
        return
    for path, text in pages.items():
        write_atomically(path, text.encode())
    draw_architectures(_points(ours, sources), CHART)


def _replaced(readme: str, block: str) -> str:
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(readme):
        raise SystemExit(f"expected the lines {BEGIN} and {END} in {README.name}, found none")
    return pattern.sub(lambda _: block, readme)


def summary_table(ours: list[SeedsRecord], sources: SourcesRecord | None) -> Table:
    """Networks side by side, the way README shows them: what a user gets for how much."""
    rows = [
        (
            f"**{record.arch}**",
            f"{record.num_parameters:,}",
            _kib(record.sizes, INT8),
            percent([row.accuracy for row in record.rows]),
            *_latencies(record.timings),
        )
        for record in ours
    ]
    rows += [
        (
            row.arch,
            f"{row.num_parameters:,}",
            _kib(row.sizes, INT8),
            f"{row.accuracy:.2%}",
            *_latencies(row.timings),
        )
        for name in IN_README
        for row in (sources.rows if sources else ())
        if row.arch == name
    ]
    headings = ("network", "parameters", "int8, KiB", "test accuracy", "time, float32", "time, int8")
    return Table(headings, tuple(rows), first_number=1)


def render_page(ours: list[SeedsRecord], sources: SourcesRecord | None, times: TimeRecord | None) -> str:
    """The content of RESULTS.md."""
    sections = [
        "# Results",
        "Written by `make readme` from results/*.json. Method: [README.md](README.md).",
        "![Test error against parameters](results/architectures.svg)",
        "## nano, edge and full",
        "Mean ± standard deviation over seeds. No epoch is chosen, and no seed by the test images. "
        "The seed to release is the best on validation.",
        markdown_table(_ours_table(ours)),
        *(markdown_table(_seeds_table(record)) for record in ours),
        *sorted({_where(record.environment) for record in ours}),
        *(_sources_sections(sources) if sources else ()),
        *(_times_sections(times) if times else ()),
    ]
    return "\n\n".join(sections) + "\n"


def _sources_sections(sources: SourcesRecord) -> list[str]:
    return [
        "## Published networks by their own recipes",
        "One training each, seed 0; the accuracy of the last epoch.",
        markdown_table(_sources_table(sources)),
        "What was changed:\n\n" + "\n".join(f"- `{row.arch}`: {row.changed}." for row in sources.rows),
        *(_source_section(row) for row in sources.rows),
        _where(sources.environment),
    ]


def _times_sections(times: TimeRecord) -> list[str]:
    return [
        "## Time to an accuracy",
        "Seconds of training, the compilation of the first step included, until the test accuracy after an epoch "
        "reaches the target; median over seeds, on two cores.",
        markdown_table(_times_table(times)),
        _where(times.environment),
    ]


def _ours_table(ours: list[SeedsRecord]) -> Table:
    rows = tuple(
        (
            record.arch,
            f"{record.num_parameters:,}",
            str(record.epochs),
            str(len(record.rows)),
            percent([row.accuracy for row in record.rows]),
            percent([row.accuracy_without_wrong_labels for row in record.rows]),
            percent([row.calibration_error for row in record.rows]),
            f"{100 * fmean(row.accuracy - row.int8_accuracy for row in record.rows):.3f}",
            f"{fmean(1 - row.int8_flips / record.num_test_images for row in record.rows):.2%}",
            _kib(record.sizes, INT8),
            _minutes([row.training_s for row in record.rows]),
            *_latencies(record.timings),
        )
        for record in ours
    )
    headings = (
        "network",
        "parameters",
        "epochs",
        "seeds",
        "test accuracy",
        "without wrong labels",
        "calibration error",
        "int8 drop, pp",
        "int8 agreement",
        "int8, KiB",
        "training",
        "time, float32",
        "time, int8",
    )
    return Table(headings, rows, first_number=1)


def _seeds_table(record: SeedsRecord) -> Table:
    rows = tuple(
        (
            f"{record.arch}, seed {row.seed}{' (released)' if row == record.released else ''}",
            f"{row.validation_accuracy:.2%}",
            f"{row.accuracy:.2%}",
            f"{row.int8_accuracy:.2%}",
            str(row.int8_flips),
            f"{row.temperature:.2f}",
            f"{row.calibration_error:.2%}",
            f"{row.int8_calibration_error:.2%}",
        )
        for row in record.rows
    )
    headings = ("training", "validation", "test", "int8", "int8 flips", "temperature", "ECE", "int8 ECE")
    return Table(headings, rows, first_number=1)


def _sources_table(sources: SourcesRecord) -> Table:
    rows = tuple(
        (
            row.arch,
            f"{row.num_parameters:,}",
            row.claim,
            f"{row.accuracy:.2%}",
            f"{row.accuracy_without_wrong_labels:.2%}",
            f"{row.calibration_error:.2%}",
            str(row.epochs),
            _minutes([row.training_s]),
            "yes" if not row.trouble else "no",
        )
        for row in sources.rows
    )
    headings = (
        "network",
        "parameters",
        "claimed",
        "measured",
        "without wrong labels",
        "ECE",
        "epochs",
        "training",
        "exports are the same model",
    )
    return Table(headings, rows, first_number=1)


def _source_section(row: SourceRow) -> str:
    sizes = {size.format: size for size in row.sizes}
    cells = tuple(
        (
            timing.format,
            timing.runtime,
            f"{sizes[timing.format].raw_bytes:,}",
            format_time(timing.median_s),
            format_time(timing.p90_s),
            timing.status,
        )
        for timing in row.timings
    )
    table = markdown_table(Table(("format", "engine", "bytes", "median", "p90", "status"), cells, first_number=2))
    troubles = "".join(f"\n- {trouble}" for trouble in row.trouble)
    return f"### {row.arch}\n\n{table}" + (f"\n\nWhat the gate finds wrong:\n{troubles}" if troubles else "")


def _times_table(times: TimeRecord) -> Table:
    groups: dict[tuple[str, float], list[TimeRow]] = {}
    for row in times.rows:
        groups.setdefault((row.name, row.target), []).append(row)
    rows = tuple(
        (
            name,
            f"{target:.2%}",
            f"{sum(row.reached_after_s is not None for row in group)} of {len(group)}",
            _median_time(group),
            percent([row.final_accuracy for row in group]) if len(group) > 1 else f"{group[0].final_accuracy:.2%}",
            f"{median(row.training_s for row in group):.0f} s",
        )
        for (name, target), group in groups.items()
    )
    return Table(("training", "target", "reached", "after", "accuracy at the end", "which is at"), rows, first_number=1)


def _median_time(group: list[TimeRow]) -> str:
    """A training that never reached the target counts as later than all others."""
    value = median(float("inf") if row.reached_after_s is None else row.reached_after_s for row in group)
    return "never" if value == float("inf") else f"{value:.0f} s"


def _points(ours: list[SeedsRecord], sources: SourcesRecord | None) -> list[ArchitecturePoint]:
    points = []
    for record in ours:
        accuracies = [row.accuracy for row in record.rows]
        points.append(
            ArchitecturePoint(record.arch, record.num_parameters, fmean(accuracies), stdev(accuracies), is_ours=True)
        )
    points += [
        ArchitecturePoint(row.arch, row.num_parameters, row.accuracy, None, is_ours=False)
        for row in (sources.rows if sources else ())
    ]
    return points


def _latencies(timings: tuple[TimingRow, ...]) -> tuple[str, str]:
    times = {row.format: row for row in timings if row.runtime == "litert"}
    return (_median(times[FLOAT32]), _median(times[INT8]))


def _median(timing: TimingRow) -> str:
    return format_time(timing.median_s) + ("" if timing.status == "ok" else " ~")


def _kib(sizes: tuple[Size, ...], format_: str) -> str:
    return next(f"{size.raw_bytes / 1024:.1f}" for size in sizes if size.format == format_)


def _minutes(seconds: list[float]) -> str:
    return f"{median(seconds) / 60:.1f} min"


def _where(environment: Environment) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in environment.versions.items())
    return (
        f"{environment.date}, {environment.num_cpus} × {environment.cpu}, {environment.system}, Python "
        f"{environment.python}; {versions}."
    )


if __name__ == "__main__":
    typer.run(main)
