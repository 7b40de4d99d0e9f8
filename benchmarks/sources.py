"""Trains five networks that people build by hand today, each by its own recipe: what is claimed, what comes out here?

    python -m benchmarks.sources

Each goes through the whole pipeline: training, export, parity, timing. Their recipes stand in
pipeline/architectures/; what was changed is said in the table.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.records import SourceRow, SourcesRecord, write_record
from pipeline.architectures import PUBLISHED
from pipeline.build import run_until
from pipeline.build_config import BuildConfig, get_profile
from pipeline.build_stages.context import BuildContext
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, DEFAULT_PROFILE
from pipeline.ending import run_program, work_is_kept
from pipeline.environment import describe_environment
from pipeline.results import read_results
from pipeline.terminal import TerminalProgress


@dataclass(frozen=True)
class Claim:
    """What a write-up says of its network, and where our training differs from it.

    The numbers are taken over and were not checked; the one source that can be named is the book of `mlp-200`.
    """

    text: str
    changed: str


CLAIMS = {
    "cnn-1m2": Claim("99.44 %; 8–10 minutes an epoch on a CPU", "batches of 128; 1,199,882 parameters, not 1,212,618"),
    "mlp-200": Claim("97.87 %", "exported files end with the softmax of the logits, the book reads their sigmoids"),
    "lenet5": Claim("none; up to 50,000 steps", "46 epochs, which are 50,140 steps; L2 as Keras counts it, 5e-4 · Σw²"),
    "mlp-3x256": Claim("none", "20 epochs, as the write-up names no number"),
    "mlp-128": Claim("97.89 %", "nothing else"),
}


@work_is_kept()
def main(
    build_dir: Annotated[Path, typer.Option(help="Folder for checkpoints and results.")] = DEFAULT_BUILD_DIR,
) -> None:
    """Trains, exports, compares and times all five with seed 0; writes results/sources.json."""
    profile = get_profile(DEFAULT_PROFILE)
    configs = {
        architecture.name: BuildConfig(profile, architecture.name, DEFAULT_EXPORTS, build_dir=build_dir)
        for architecture in PUBLISHED
    }
    with TerminalProgress(Console(stderr=True)) as progress:
        builds = {name: run_until(config, "benchmark", progress) for name, config in configs.items()}
    rows = tuple(_measure(name, build) for name, build in builds.items())
    print(write_record("sources", SourcesRecord(describe_environment(), rows)))


def _measure(name: str, build: BuildContext) -> SourceRow:
    model, parity, measured = build.training.model, read_results(build.parity_json), read_results(build.benchmark_json)
    quality = parity.quality
    if quality is None:
        raise RuntimeError(f"{build.parity_json} says nothing of the reference")
    return SourceRow(
        arch=name,
        claim=CLAIMS[name].text,
        changed=CLAIMS[name].changed,
        num_parameters=model.num_parameters,
        epochs=model.epochs,
        training_s=model.training_s,
        accuracy=quality.accuracy,
        accuracy_without_wrong_labels=quality.accuracy_without_wrong_labels,
        calibration_error=quality.calibration_error,
        trouble=tuple(f"{row.format} in {row.runtime}: {row.reason}" for row in parity.parity if not row.is_accepted),
        timings=measured.timings,
        sizes=measured.sizes,
    )


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
