"""What the benchmarks found out, as tables and text. Measures nothing: every number comes from results/*.json."""

from collections.abc import Sequence
from statistics import fmean, median, mode, stdev

from benchmarks.records import (
    SeedsRecord,
    SourceRow,
    SourcesRecord,
    TimeRecord,
    TimeRow,
    best_on_validation,
)
from benchmarks.wording import percent
from pipeline.charts.architectures import ArchitecturePoint
from pipeline.formats import get_format
from pipeline.results import Size, TimingRow
from pipeline.tables import Table, format_median, format_time, markdown_table
from pipeline.wording import where_measured

IN_README = ("cnn-1m2", "mlp-200", "mlp-128")
FLOAT32, INT8 = get_format("tflite/float32").name, get_format("tflite/int8").name


def summary_table(ours: list[SeedsRecord], sources: SourcesRecord | None) -> Table:
    """Networks side by side, the way README shows them: what a user gets for how much."""
    usual = _usual_cpu([*ours, *([sources] if sources else ())])
    rows = [
        (
            f"**{record.arch}**",
            f"{record.num_parameters:,}",
            _kib(record.sizes, INT8),
            percent([row.accuracy for row in record.rows]),
            *_latencies(record.timings, record.environment.cpu != usual),
        )
        for record in ours
    ]
    if sources:
        rows += [
            (
                row.arch,
                f"{row.num_parameters:,}",
                f"{_kib(row.sizes, INT8)}{_mark(row)}",
                f"{row.accuracy:.2%}",
                *_latencies(row.timings, sources.environment.cpu != usual),
            )
            for name in IN_README
            for row in sources.rows
            if row.arch == name
        ]
    headings = ("network", "parameters", "int8, KiB", "test accuracy", "time, float32", "time, int8")
    return Table(headings, tuple(rows), first_number=1)


def _mark(row: SourceRow) -> str:
    """A mark where the gate rejects a network's int8 file, which README explains below the table."""
    return " ✗" if any(trouble.startswith(f"{INT8} ") for trouble in row.trouble) else ""


def render_page(
    ours: list[SeedsRecord],
    sources: SourcesRecord | None,
    times: TimeRecord | None,
    further: Sequence[str] = (),
) -> str:
    """The content of RESULTS.md; `further` sections follow those of the networks."""
    sections = [
        "# Results",
        "Written by `make readme` from results/*.json. Method: [README.md](README.md).",
        "![Test error against parameters](results/architectures.svg)",
        "## nano, edge and full",
        "Mean ± standard deviation over seeds; of the training times the median. No epoch is chosen. ECE: expected "
        "calibration error. Sizes and times are of the seed that is best on validation. †: times of another machine.",
        markdown_table(_ours_table(ours)),
        *(markdown_table(_seeds_table(record)) for record in ours),
        *(f"`{record.arch}`: {where_measured(record.environment)}" for record in ours),
        *(_sources_sections(sources) if sources else ()),
        *(_times_sections(times) if times else ()),
        *further,
    ]
    return "\n\n".join(sections) + "\n"


def _sources_sections(sources: SourcesRecord) -> list[str]:
    return [
        "## Published networks by their own recipes",
        "One training each, seed 0; the accuracy of the last epoch. The claims are those of the write-ups and were not "
        "checked; the source of `mlp-200` is Rashid, *Make Your Own Neural Network*, 2016.",
        markdown_table(_sources_table(sources)),
        "Changed for all: 5,500 of the 60,000 training images are kept for validation and calibration; every epoch has "
        "its own random order, and its last, incomplete batch is left out. Besides:\n\n"
        + "\n".join(f"- `{row.arch}`: {row.changed}." for row in sources.rows),
        *(_source_section(row) for row in sources.rows),
        where_measured(sources.environment),
    ]


def _times_sections(times: TimeRecord) -> list[str]:
    return [
        "## Time to an accuracy",
        "Seconds of training, the compilation of the first step included, until the test accuracy after an epoch "
        "reaches the target; median over seeds, on two cores.",
        markdown_table(_times_table(times)),
        where_measured(times.environment),
    ]


def _ours_table(ours: list[SeedsRecord]) -> Table:
    usual = _usual_cpu(ours)
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
            *_latencies(record.timings, record.environment.cpu != usual),
        )
        for record in ours
    )
    headings = (
        "network",
        "parameters",
        "epochs",
        "seeds",
        "test accuracy",
        "without unconfirmed labels",
        "ECE",
        "int8 drop, pp",
        "int8 agreement",
        "int8, KiB",
        "training",
        "time, float32",
        "time, int8",
    )
    return Table(headings, rows, first_number=1)


def _seeds_table(record: SeedsRecord) -> Table:
    best = best_on_validation(record.rows)
    rows = tuple(
        (
            f"{record.arch}, seed {row.seed}{' (best on validation)' if row == best else ''}",
            f"{row.validation_accuracy:.2%}",
            f"{row.accuracy:.2%}",
            f"{row.int8_accuracy:.2%}",
            str(row.int8_flips),
            f"{row.temperature:.2f}",
            f"{row.unscaled_calibration_error:.2%}",
            f"{row.calibration_error:.2%}",
            f"{row.int8_calibration_error:.2%}",
        )
        for row in record.rows
    )
    headings = (
        "training",
        "validation",
        "test",
        "int8",
        "int8 flips",
        "temperature",
        "ECE without it",
        "ECE",
        "int8 ECE",
    )
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
        "without unconfirmed labels",
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
            format_median(timing),
            format_time(timing.p90_s) if timing.num_runs else "–",
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
            percent([row.final_accuracy for row in group]),
            f"{median(row.training_s for row in group):.0f} s",
        )
        for (name, target), group in groups.items()
    )
    return Table(("training", "target", "reached", "after", "accuracy at the end", "which is at"), rows, first_number=1)


def _median_time(group: list[TimeRow]) -> str:
    """A training that never reached the target counts as later than all others."""
    value = median(float("inf") if row.reached_after_s is None else row.reached_after_s for row in group)
    return "never" if value == float("inf") else f"{value:.0f} s"


def measured_points(ours: list[SeedsRecord], sources: SourcesRecord | None) -> list[ArchitecturePoint]:
    """How large and how good each network is; the mean where there are several trainings."""
    points = []
    for record in ours:
        accuracies = [row.accuracy for row in record.rows]
        points.append(
            ArchitecturePoint(record.arch, record.num_parameters, fmean(accuracies), stdev(accuracies), "this project")
        )
    points += [
        ArchitecturePoint(row.arch, row.num_parameters, row.accuracy, None, "published elsewhere")
        for row in (sources.rows if sources else ())
    ]
    return points


def _usual_cpu(records: Sequence[SeedsRecord | SourcesRecord]) -> str | None:
    """What most were measured on, the first of several; None without records."""
    return mode(record.environment.cpu for record in records) if records else None


def _latencies(timings: tuple[TimingRow, ...], is_elsewhere: bool) -> tuple[str, str]:
    """Of the float32 and of the int8 file in LiteRT, with a mark if they are not of the table's usual machine."""
    mark = " †" if is_elsewhere else ""
    cells = {row.format: format_median(row) + mark for row in timings if row.runtime == "litert"}
    return (cells.get(FLOAT32, "–"), cells.get(INT8, "–"))


def _kib(sizes: tuple[Size, ...], format_: str) -> str:
    return next((f"{size.raw_bytes / 1024:.1f}" for size in sizes if size.format == format_), "–")


def _minutes(seconds: list[float]) -> str:
    return f"{median(seconds) / 60:.1f} min"
