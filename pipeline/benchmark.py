"""How fast is every artifact in every engine, and how sure is the number?

Each row is timed twice over (A/A): two medians of the same thing that differ by much mean that the machine was busy,
and the row says so. Quantiles are numpy's, over all samples; nothing is clipped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import TimingConfig
from pipeline.contract import ModelContract
from pipeline.errors import PipelineError
from pipeline.files import gzip_bytes, raw_bytes
from pipeline.formats import FORMATS
from pipeline.formats.base import Format
from pipeline.progress import Progress
from pipeline.results import Size, TimingRow
from pipeline.runtimes import RUNTIMES, pairs
from pipeline.runtimes.base import Runtime
from pipeline.timing import RawTiming


def run_benchmark(
    artifacts: Path,
    contract: ModelContract,
    image: NDArray[np.uint8],
    config: TimingConfig,
    progress: Progress,
    formats: Iterable[Format] = FORMATS.values(),
    runtimes: Iterable[Runtime] = RUNTIMES.values(),
) -> tuple[TimingRow, ...]:
    """Times one image in every engine, one row after the other.

    Args:
        artifacts: The folder of artifacts.
        contract: What the artifacts promise.
        image: uint8 (height, width, channels).
        config: How long to measure.
        progress: Told after each row.
        formats: Which artifacts.
        runtimes: Which engines.

    Returns:
        One row for each pair; an engine that is missing or fails says so in its row.
    """
    rows: list[TimingRow] = []
    chosen_pairs = pairs(formats, runtimes)
    progress.start("benchmark", len(chosen_pairs))
    for format_, runtime in chosen_pairs:
        progress.update(len(rows), f"{format_.name} in {runtime.name}")
        rows.append(_run_row(artifacts / format_.path, contract, image, config, format_, runtime))
    progress.update(len(rows))
    return tuple(rows)


def measure_sizes(artifacts: Path) -> tuple[Size, ...]:
    """Bytes of every artifact that exists."""
    paths = {format_.name: artifacts / format_.path for format_ in FORMATS.values()}
    return tuple(Size(name, raw_bytes(path), gzip_bytes(path)) for name, path in paths.items() if path.exists())


@dataclass(frozen=True)
class Statistics:
    """What the two halves of an A/A measurement say, in seconds; see TimingRow."""

    first_s: float
    median_s: float
    p90_s: float
    p99_s: float
    aa_difference: float


def summarise(first: RawTiming, second: RawTiming) -> Statistics:
    """Quantiles over all samples of both halves, and how far the medians of the halves differ."""
    median_s, p90_s, p99_s = np.percentile(np.concatenate([first.samples_s, second.samples_s]), [50, 90, 99])
    medians = float(np.median(first.samples_s)), float(np.median(second.samples_s))
    return Statistics(
        first_s=first.first_s,
        median_s=float(median_s),
        p90_s=float(p90_s),
        p99_s=float(p99_s),
        aa_difference=abs(medians[1] - medians[0]) / max(min(medians), 1e-12),
    )


def _run_row(
    path: Path,
    contract: ModelContract,
    image: NDArray[np.uint8],
    config: TimingConfig,
    format_: Format,
    runtime: Runtime,
) -> TimingRow:
    try:
        runner = runtime.load(path, contract)
        try:
            first, second = runner.time(image, config), runner.time(image, config)
            load_s, device = runner.load_s, runner.device
        finally:
            runner.close()
    except PipelineError as error:
        return TimingRow(format_.name, runtime.name, status="not run", reason=str(error))
    statistics = summarise(first, second)
    status, reason = _status(min(first.num_runs, second.num_runs), statistics.aa_difference, config)
    return TimingRow(
        format=format_.name,
        runtime=runtime.name,
        status=status,
        reason=reason,
        timed=runtime.timed,
        device=device,
        load_s=load_s,
        first_s=statistics.first_s,
        median_s=statistics.median_s,
        p90_s=statistics.p90_s,
        p99_s=statistics.p99_s,
        num_runs=first.num_runs + second.num_runs,
        aa_difference=statistics.aa_difference,
    )


def _status(num_runs: int, aa_difference: float, config: TimingConfig) -> tuple[str, str]:
    if num_runs < config.min_runs:
        return "invalid", f"{num_runs:,} runs, expected {config.min_runs:,}: too slow for the time limit"
    if aa_difference > config.noisy_above:
        return "noisy", f"two halves differ by {aa_difference:.0%}: the machine was busy, measure again"
    return "ok", f"two halves differ by {aa_difference:.0%}"
