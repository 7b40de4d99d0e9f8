"""report.html: the results as one page that needs no network. Computes nothing: all numbers are of results.json."""

import base64
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.glossary import TERMS, describe_engines, describe_formats
from pipeline.pages import render_page
from pipeline.results import Flip, ParityRow, Results, TimingRow
from pipeline.tables import Table, format_median, results_table, timing_table
from pipeline.wording import (
    ahead_by,
    describe_devices,
    describe_limits,
    describe_model,
    describe_quality,
    troubles,
    verdict,
    where_measured,
)

# Where device_report.py puts what other devices found.
PLACE_OF_DEVICES = "<!-- devices -->"
_MAX_FLIPS_SHOWN = 48


@dataclass(frozen=True)
class Chart:
    """One chart of the page; `svg` is a whole SVG file."""

    title: str
    svg: str


@dataclass(frozen=True)
class _Cell:
    kind: str
    status: str
    reason: str
    flips: str
    accuracy: str
    median: str


@dataclass(frozen=True)
class _FlippedImage:
    id: int
    label: str
    reference: str
    ahead_by: str
    image: str
    answers: tuple[str, ...]


def render_html(
    results: Results,
    charts: list[Chart],
    flipped: Mapping[int, NDArray[np.uint8]],
    typical: NDArray[np.uint8] | None = None,
) -> str:
    """The content of report.html.

    Args:
        results: What to report.
        charts: In the order of the page.
        flipped: Images that flip, uint8 (height, width, channels), by their row number in the test file; one that is
            not there is told in words alone.
        typical: The image of each label that the reference finds most typical, uint8 (labels, height, width, channels);
            None leaves them out.
    """
    flips = _flips(results, flipped)
    return render_page(
        "report.html.j2",
        verdict=verdict(results),
        is_same_everywhere=results.is_same_everywhere,
        model=describe_model(results).replace("`", ""),
        troubles=troubles(results.parity),
        matrices=_matrices(results),
        rows=results_table(results),
        limits=describe_limits(),
        quality=describe_quality(results.quality) if results.quality else "",
        charts=[{"title": chart.title, "svg": _inline(chart.svg)} for chart in charts],
        typical=_data_address(np.concatenate(typical, axis=1)) if typical is not None else "",
        by_label=_by_label(results),
        flips=flips[:_MAX_FLIPS_SHOWN],
        num_flips=len(flips),
        timings=timing_table(results.timings) if results.timings else None,
        devices=[line.replace("`", "") for line in describe_devices(results)],
        glossary={
            "Engines": describe_engines(results.parity),
            "Files": describe_formats(results.parity),
            "Words": TERMS,
        },
        environment=where_measured(results.environment),
        place_of_devices=PLACE_OF_DEVICES,
    )


def _matrices(results: Results) -> list[dict[str, Any]]:
    """For each family of formats, engines × formats; None where an engine does not run a format."""
    timings = {(row.format, row.runtime): row for row in results.timings}
    families: dict[str, list[ParityRow]] = {}
    for row in results.parity:
        families.setdefault(row.format.partition("/")[0], []).append(row)
    return [_matrix(rows, timings) for rows in families.values()]


def _matrix(rows: list[ParityRow], timings: dict[tuple[str, str], TimingRow]) -> dict[str, Any]:
    by_pair = {(row.format, row.runtime): row for row in rows}
    formats = list(dict.fromkeys(row.format for row in rows))
    runtimes = list(dict.fromkeys(row.runtime for row in rows))
    return {
        "formats": formats,
        "rows": [
            {
                "runtime": runtime,
                "cells": [
                    _cell(by_pair[pair], timings.get(pair)) if pair in by_pair else None
                    for pair in ((format_, runtime) for format_ in formats)
                ],
            }
            for runtime in runtimes
        ],
    }


def _cell(row: ParityRow, timing: TimingRow | None) -> _Cell:
    agreement = row.agreement
    is_missing = row.is_accepted and row.status == "not run"
    return _Cell(
        kind="unknown" if is_missing else "good" if row.is_accepted else "bad",
        status=row.status,
        reason=row.reason,
        flips=f"{agreement.num_flips} of {agreement.num_images:,}" if agreement else "",
        accuracy=f"{agreement.accuracy:.2%}" if agreement and row.is_full else "",
        median=format_median(timing) if timing and timing.status != "not run" else "",
    )


def _by_label(results: Results) -> Table | None:
    """How many images of each label every artifact loses against the reference, on full runs."""
    if results.model is None:
        return None
    rows = tuple(
        (row.format, row.runtime, *map(str, row.agreement.lost_by_label))
        for row in results.parity
        if row.agreement and row.is_full and not row.is_reference
    )
    return Table(("format", "engine", *results.model.labels), rows, first_number=2) if rows else None


def _flips(results: Results, flipped: Mapping[int, NDArray[np.uint8]]) -> list[_FlippedImage]:
    """One entry for each image that flips anywhere, those that flip most often first."""
    labels = results.model.labels if results.model else ()
    by_id: dict[int, list[tuple[ParityRow, Flip]]] = {}
    for row in results.parity:
        for flip in row.flips:
            by_id.setdefault(flip.id, []).append((row, flip))
    ordered = sorted(by_id.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        _FlippedImage(
            id=id_,
            label=_name(labels, found[0][1].label),
            reference=_name(labels, found[0][1].reference),
            ahead_by=ahead_by(found[0][1].reference_margin),
            image=_data_address(flipped[id_]) if id_ in flipped else "",
            answers=_answers(found, labels),
        )
        for id_, found in ordered
    ]


def _answers(found: list[tuple[ParityRow, Flip]], labels: tuple[str, ...]) -> tuple[str, ...]:
    """Each other answer to one image once, with all that give it."""
    engines: dict[str, dict[str, list[str]]] = {}
    for row, flip in found:
        answer = f"{_name(labels, flip.candidate)}, {ahead_by(flip.candidate_margin)}"
        engines.setdefault(answer, {}).setdefault(row.format, []).append(row.runtime)
    where = {
        answer: "; ".join(f"{format_} in {', '.join(names)}" for format_, names in by_format.items())
        for answer, by_format in engines.items()
    }
    return tuple(f"{answer}: {places}" for answer, places in where.items())


def _name(labels: tuple[str, ...], index: int) -> str:
    return labels[index] if labels else str(index)


def _data_address(image: NDArray[np.uint8]) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image.squeeze()).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _inline(svg: str) -> str:
    """An SVG file without what may stand only at the beginning of a file."""
    return re.sub(r"^.*?(?=<svg)", "", svg, flags=re.DOTALL)
