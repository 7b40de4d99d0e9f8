"""Results as tables and text. Computes nothing: every number comes from results.json."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.errors import PipelineError
from pipeline.formats.base import EXACT, HALF_PRECISION, QUANTISED
from pipeline.results import Environment, ParityRow, Quality, Results, TimingRow

README_BEGIN = "<!-- results: written by `make readme` -->"
README_END = "<!-- end of results -->"
_MAX_FLIPS_SHOWN = 12


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


def verdict(results: Results) -> str:
    """One sentence: is it the same model everywhere?"""
    num_accepted = sum(row.is_accepted for row in results.parity)
    if results.is_same_everywhere:
        missing = sum(row.status == "not run" for row in results.parity)
        exception = f", {missing} not run as allowed" if missing else ""
        return f"The same model everywhere: {num_accepted - missing} of {len(results.parity)} rows{exception}."
    return f"NOT the same model everywhere: {len(results.parity) - num_accepted} of {len(results.parity)} rows fail."


def first_trouble(results: Results) -> str:
    """What is wrong with the first row that the gate does not accept, and how many more there are."""
    failed = [row for row in results.parity if not row.is_accepted]
    others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{failed[0].format} in {failed[0].runtime}: {failed[0].status}: {failed[0].reason}{others}"


def results_table(results: Results) -> Table:
    """One row for each artifact in each engine: is it the same, how fast, how large."""
    timings = {(row.format, row.runtime): row for row in results.timings}
    sizes = {size.format: size for size in results.sizes}
    num_images = max((row.agreement.num_images for row in results.parity if row.agreement), default=0)
    rows = []
    for row in results.parity:
        size = sizes.get(row.format)
        rows.append(
            (
                row.format,
                row.runtime,
                row.status,
                *_parity_cells(row, num_images),
                *_timing_cells(timings.get((row.format, row.runtime))),
                f"{size.raw_bytes / 1024:.1f}" if size else "–",
                f"{size.gzip_bytes / 1024:.1f}" if size else "–",
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
    )
    least_important = ("gzip", "p90", "max |Δp|", "drop, pp", "images", "KiB", "median")
    return Table(headings, tuple(rows), first_number=3, least_important=least_important)


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


def render_markdown(results: Results, charts: Mapping[str, str] | None = None) -> str:
    """The content of report.md.

    Args:
        results: What to report.
        charts: Title of each chart by its name; the files are charts/NAME.svg beside the report.
    """
    sections = [
        "# Is it still the same model?",
        f"**{verdict(results)}**",
        describe_model(results),
        markdown_table(results_table(results)),
        describe_devices(results),
        _reading_help(),
        *_trouble_section(results.parity),
        f"## How good is the model itself?\n\n{describe_quality(results.quality)}" if results.quality else "",
        *(f"## {title}\n\n![{title}](charts/{name}.svg)" for name, title in (charts or {}).items()),
        *_timing_section(results.timings),
        *_flip_section(results.parity),
        f"## Where it was measured\n\n{where_measured(results.environment)}",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def render_readme(results: Results, readme: str) -> str:
    """The README with its results table replaced.

    Raises:
        PipelineError: The README has lost the marks between which the table stands.
    """
    environment = results.environment
    source = f"Measured {environment.date} on {_machine(environment)}. {describe_model(results)}"
    parts = (markdown_table(results_table(results)), describe_devices(results), source)
    return replace_between(README_BEGIN, README_END, "\n\n".join(filter(None, parts)), readme)


def replace_between(begin: str, end: str, block: str, text: str) -> str:
    """The text with what stands between two marks replaced.

    Raises:
        PipelineError: The marks are not there.
    """
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise PipelineError(f"expected the lines {begin} and {end}, found none; next: git checkout README.md")
    return pattern.sub(lambda _: f"{begin}\n\n{block}\n\n{end}", text)


def _parity_cells(row: ParityRow, num_images: int) -> tuple[str, ...]:
    agreement = row.agreement
    if agreement is None:
        return ("–",) * 5
    # The accuracy on a part of the images, the hardest among them, cannot be compared with that on all.
    is_full = agreement.num_images == num_images
    return (
        f"{agreement.num_images:,}",
        str(agreement.num_flips),
        f"{agreement.accuracy:.2%}" if is_full else "–",
        f"{agreement.accuracy_drop_pp:.2f}" if is_full else "–",
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


def describe_model(results: Results) -> str:
    """The network behind the results in one or two sentences; empty if they do not say."""
    model = results.model
    if model is None:
        return ""
    return (
        f"Network `{model.arch}`, {model.num_parameters:,} parameters, profile `{model.profile}`, seed {model.seed}: "
        f"{model.epochs} epochs in {model.training_s / 60:.1f} minutes, validation accuracy "
        f"{model.validation_accuracy:.2%}. Data: {model.contract}, {len(model.labels)} labels."
    )


def describe_devices(results: Results) -> str:
    """Which engines ran on what, where they say so; a browser may lack a GPU and draw by software."""
    runtimes: dict[str, list[str]] = {}
    rows: tuple[ParityRow | TimingRow, ...] = (*results.parity, *results.timings)
    for row in rows:
        named = runtimes.setdefault(row.device, [])
        if row.runtime not in named:
            named.append(row.runtime)
    sentences = [
        f"On {device}: {', '.join(f'`{name}`' for name in names)}." for device, names in runtimes.items() if device
    ]
    return " ".join(sentences)


def _reading_help() -> str:
    return "\n".join(
        [
            "How to read it:",
            "",
            "- **verdict**: *same* means that the file was exported, ran in this engine, and passed every check.",
            f"- The limits: {describe_limits()}.",
            "- **flips**: images that get another answer than from the Keras reference, which is the first row.",
            "- **accuracy** on the test images; **drop**: how much it is below the reference's on the same images.",
            "- **images**: a slow engine gets the first 1,000 or 100 and the borderline set (the 500 that the "
            "reference is least sure of): nearly every flip would be among them; their accuracy says nothing, so it is "
            "not shown.",
            "- **max |Δp|**: the largest difference of any probability of any image from the reference.",
            "- **median**, **p90**: time for one image; `~` noisy, `?` too few runs; threads and delegates are below.",
            "- **KiB**, **gzip**: size as it is, and compressed as a web server sends it.",
        ]
    )


def describe_limits() -> str:
    """How much each kind of artifact may differ, in words."""
    kinds = {"float32": EXACT, "half precision": HALF_PRECISION, "quantised": QUANTISED}
    flips = ", ".join(f"{name} {10_000 * kind.max_flip_fraction:.0f}" for name, kind in kinds.items())
    return (
        f"flips in 10,000 images at most: {flips}; quantised accuracy at most {QUANTISED.max_accuracy_drop_pp} pp below"
    )


def troubles(rows: Iterable[ParityRow]) -> list[str]:
    """What is wrong with each row that the gate does not accept."""
    return [f"{row.format} in {row.runtime}: {row.status}: {row.reason}" for row in rows if not row.is_accepted]


def _trouble_section(rows: Iterable[ParityRow]) -> list[str]:
    lines = [f"- {trouble}" for trouble in troubles(rows)]
    return ["## What is wrong\n\n" + "\n".join(lines)] if lines else []


def describe_quality(quality: Quality) -> str:
    """How good the reference itself is, in two or three sentences."""
    sentences = [
        f"The reference gives {len(quality.mistakes)} of {quality.num_images:,} test images another answer than "
        f"their label: accuracy {quality.accuracy:.2%}."
    ]
    if quality.num_wrong_labels:
        sentences.append(
            f"Without the {quality.num_wrong_labels} images whose label people did not confirm it is "
            f"{quality.accuracy_without_wrong_labels:.2%}."
        )
    sentences.append(
        "Expected calibration error, the mean distance of confidence from accuracy over 15 bins: "
        f"{quality.calibration_error:.2%}."
    )
    return " ".join(sentences)


def _timing_section(timings: tuple[TimingRow, ...]) -> list[str]:
    if not timings:
        return []
    method = (
        "Every row is timed twice over; A/A is the difference of the two medians, the noise of this measurement. "
        "Nothing is clipped."
    )
    return [f"## Timing\n\n{markdown_table(timing_table(timings))}\n\n{method}"]


def _flip_section(rows: Iterable[ParityRow]) -> list[str]:
    lines = [
        f"- `{row.format}` in `{row.runtime}`: "
        + ", ".join(f"{flip.id} ({flip.reference}→{flip.candidate})" for flip in row.flips[:_MAX_FLIPS_SHOWN])
        + (f" and {len(row.flips) - _MAX_FLIPS_SHOWN} more" if len(row.flips) > _MAX_FLIPS_SHOWN else "")
        for row in rows
        if row.flips
    ]
    heading = (
        "## Images that flip\n\nRow number in the test file, answer of the reference → answer of the artifact.\n\n"
    )
    return [heading + "\n".join(lines)] if lines else []


def where_measured(environment: Environment) -> str:
    """Date, machine and versions behind a measurement, in one sentence."""
    versions = ", ".join(f"{name} {version}" for name, version in environment.versions.items())
    return (
        f"{environment.date}, {_machine(environment)}, governor {environment.governor}, {environment.system}, "
        f"Python {environment.python}; {versions}."
    )


def _machine(environment: Environment) -> str:
    return f"{environment.num_cpus} × {environment.cpu}"


def markdown_table(table: Table) -> str:
    """A table in Markdown; numbers are right-aligned."""
    rule = ["---"] * table.first_number + ["--:"] * (len(table.headings) - table.first_number)
    lines = [table.headings, tuple(rule), *table.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
