"""report.md and the results in README. Computes nothing: every number comes from results.json."""

import re
from collections.abc import Iterable

from pipeline.errors import PipelineError
from pipeline.results import ParityRow, Results, TimingRow
from pipeline.tables import formats_table, markdown_table, results_table, timing_table
from pipeline.wording import (
    describe_devices,
    describe_limits,
    describe_model,
    describe_quality,
    troubles,
    verdict,
    where_measured,
)

README_BEGIN = "<!-- results: written by `make readme` -->"
README_END = "<!-- end of results -->"
_MAX_FLIPS_SHOWN = 12


def render_markdown(results: Results) -> str:
    """The content of report.md: what report.html says, without its pictures."""
    sections = [
        "# Is it still the same model?",
        f"**{verdict(results)}**",
        describe_model(results),
        "With charts, every mistake and every image that flips as a picture: report.html, beside this file.",
        markdown_table(results_table(results)),
        _device_list(results),
        _reading_help(),
        *_trouble_section(results.parity),
        f"## How good is the model itself?\n\n{describe_quality(results.quality)}" if results.quality else "",
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
    source = f"Measured {environment.date} on {environment.machine}. {describe_model(results)}"
    parts = (f"**{verdict(results)}**", markdown_table(formats_table(results)), _device_list(results), source)
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


def _device_list(results: Results) -> str:
    lines = [f"- {line}" for line in describe_devices(results)]
    return "\n".join(["What these engines ran on, where they say so:", "", *lines]) if lines else ""


def _reading_help() -> str:
    return "\n".join(
        [
            "How to read it:",
            "",
            "- **verdict**: *same* means that the file was exported, ran in this engine, and passed every check.",
            f"- The limits: {describe_limits()}.",
            "- **flips**: images that get another answer than from the Keras reference, which is the first row.",
            "- **accuracy** on the test images; **drop**: how much it is below the reference's on the same images.",
            "- **images**: a slow engine gets the first few and the borderline set (those that the reference is "
            "least sure of): nearly every flip would be among them; their accuracy says nothing, so it is not shown.",
            "- **max |Δp|**: the largest difference of any probability of any image from the reference.",
            "- **median**, **p90**: time for one image; `~` noisy, `?` too few runs; threads and delegates are below.",
            "- **KiB**, **gzip**: size as it is, and compressed as a web server sends it.",
        ]
    )


def _trouble_section(rows: Iterable[ParityRow]) -> list[str]:
    lines = [f"- {trouble}" for trouble in troubles(rows)]
    return ["## What is wrong\n\n" + "\n".join(lines)] if lines else []


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
