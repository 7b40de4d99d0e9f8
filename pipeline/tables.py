"""Results as tables. Computes nothing but counts and extremes: every number comes from results.json."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pipeline.results import ParityRow, Results, Size, TimingRow


@dataclass(frozen=True)
class Table:
    """Rows of text under headings.

    Attributes:
        first_number: The columns from here on are numbers.
        least_important: Headings of columns to leave out where there is no room, in this order.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first_number: int
    least_important: tuple[str, ...] = ()


def results_table(results: Results) -> Table:
    """One row for each artifact in each engine: is it the same, how fast, how large."""
    timings = {(row.format, row.runtime): row for row in results.timings}
    sizes = {size.format: size for size in results.sizes}
    rows = []
    for row in results.parity:
        size = sizes.get(row.format)
        rows.append(
            (
                row.format,
                row.runtime,
                row.status,
                *_parity_cells(row),
                *_timing_cells(timings.get((row.format, row.runtime))),
                f"{size.raw_bytes / 1024:.1f}" if size else "–",
                f"{size.gzip_bytes / 1024:.1f}" if size else "–",
                f"{row.duration_s:.1f} s",
            )
        )
    headings = (
        "format",
        "engine",
        "verdict",
        "images",
        "flips",
        "accuracy",
        "drop, pp",
        "max |Δp|",
        "median",
        "p90",
        "KiB",
        "gzip",
        "compared in",
    )
    least_important = ("compared in", "gzip", "p90", "max |Δp|", "drop, pp", "images", "KiB", "median")
    table = Table(headings, tuple(rows), first_number=3, least_important=least_important)
    # Parity alone measures no time and no size.
    unmeasured = ([] if timings else ["median", "p90"]) + ([] if sizes else ["KiB", "gzip"])
    return _without(table, unmeasured)


def _without(table: Table, headings: Collection[str]) -> Table:
    shown = [index for index, heading in enumerate(table.headings) if heading not in headings]
    return Table(
        tuple(table.headings[index] for index in shown),
        tuple(tuple(row[index] for index in shown) for row in table.rows),
        table.first_number,
        tuple(heading for heading in table.least_important if heading not in headings),
    )


def formats_table(results: Results) -> Table:
    """One row for each format: in how many engines it is the same, its worst numbers, its first engine's time."""
    sizes = {size.format: size for size in results.sizes}
    timings = {(row.format, row.runtime): row for row in results.timings}
    by_format: dict[str, list[ParityRow]] = {}
    for row in results.parity:
        by_format.setdefault(row.format, []).append(row)
    rows = tuple(
        (
            format_,
            f"{sum(row.status in ('same', 'reference') for row in rows)} of {len(rows)}",
            *_worst_cells(rows),
            rows[0].runtime,
            *_timing_cells(timings.get((format_, rows[0].runtime))),
            *_size_cells(sizes.get(format_)),
        )
        for format_, rows in by_format.items()
    )
    headings = (
        *("format", "same in engines", "most flips", "max |Δp|", "accuracy", "drop, pp"),
        *("timed in", "median", "p90", "KiB", "gzip"),
    )
    return Table(headings, rows, first_number=1)


def _worst_cells(rows: list[ParityRow]) -> tuple[str, ...]:
    """Over all engines, but for the accuracy, which is the first engine's on all test images."""
    agreements = [row.agreement for row in rows if row.agreement]
    if rows[0].agreement is None or not rows[0].is_full:
        return ("–",) * 4
    return (
        str(max(agreement.num_flips for agreement in agreements)),
        f"{max(agreement.max_probability_difference for agreement in agreements):.1g}",
        f"{rows[0].agreement.accuracy:.2%}",
        f"{rows[0].agreement.accuracy_drop_pp:.2f}",
    )


def _size_cells(size: Size | None) -> tuple[str, str]:
    return (f"{size.raw_bytes / 1024:.1f}", f"{size.gzip_bytes / 1024:.1f}") if size else ("–", "–")


def timing_table(timings: Iterable[TimingRow]) -> Table:
    """One row for each timed artifact in each engine."""
    headings = ("format", "engine", "what is timed", "status", "load", "first", "median", "p90", "p99", "runs", "A/A")
    rows = tuple(
        (
            row.format,
            row.runtime,
            "; ".join(filter(None, (row.timed, row.device))) or row.reason,
            row.status,
            format_time(row.load_s),
            format_time(row.first_s),
            format_time(row.median_s),
            format_time(row.p90_s),
            format_time(row.p99_s),
            f"{row.num_runs:,}",
            f"{row.aa_difference:.0%}",
        )
        for row in timings
    )
    least_important = ("what is timed", "load", "first", "runs", "p99", "A/A", "p90")
    return Table(headings, rows, first_number=4, least_important=least_important)


def _parity_cells(row: ParityRow) -> tuple[str, ...]:
    agreement = row.agreement
    if agreement is None:
        return ("–",) * 5
    return (
        f"{agreement.num_images:,}",
        str(agreement.num_flips),
        f"{agreement.accuracy:.2%}" if row.is_full else "–",
        f"{agreement.accuracy_drop_pp:.2f}" if row.is_full else "–",
        f"{agreement.max_probability_difference:.1g}",
    )


def _timing_cells(timing: TimingRow | None) -> tuple[str, str]:
    if timing is None or timing.status == "not run":
        return ("–", "–")
    return (format_median(timing), format_time(timing.p90_s))


def format_median(timing: TimingRow) -> str:
    """The median of a row with a mark where it is not to be trusted; a dash if the row did not run."""
    mark = {"ok": "", "noisy": " ~", "invalid": " ?"}
    return f"{format_time(timing.median_s)}{mark[timing.status]}" if timing.status in mark else "–"


def format_time(seconds: float) -> str:
    """A time with three or four digits in the unit that suits it."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def markdown_table(table: Table) -> str:
    """A table in Markdown; numbers are right-aligned."""
    rule = ["---"] * table.first_number + ["--:"] * (len(table.headings) - table.first_number)
    lines = [table.headings, tuple(rule), *table.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
