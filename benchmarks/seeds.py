"""Trains an architecture with several seeds: what does a training give on average, and how much does it vary?

    python -m benchmarks.seeds --arch edge

The test images are read after the last training; the seed to release is the one that is best on validation. A run
that was stopped goes on where it was.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.records import SeedRow, SeedsRecord, write_record
from pipeline.architectures import get_architecture
from pipeline.benchmark import measure_sizes, run_benchmark
from pipeline.build import run_until
from pipeline.build_config import BuildConfig, get_profile
from pipeline.build_stages import Build
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, DEFAULT_PROFILE
from pipeline.data.sources import fetch, load
from pipeline.data.splits import Subset, split
from pipeline.environment import describe_environment
from pipeline.export import read_golden_images
from pipeline.formats import get_format
from pipeline.formats.keras_file import KERAS
from pipeline.formats.tflite import TFLITE_FORMATS
from pipeline.parity import run_parity
from pipeline.progress import Silent
from pipeline.quality import assess_reference
from pipeline.runtimes.keras_model import KERAS_MODEL
from pipeline.runtimes.litert import LITERT
from pipeline.terminal import TerminalProgress

INT8 = get_format("tflite/int8")


def main(
    arch: Annotated[str, typer.Option(help="Network: nano, edge or full.")] = "edge",
    num_seeds: Annotated[int, typer.Option("--seeds", min=2, help="How many trainings.")] = 5,
    build_dir: Annotated[Path, typer.Option(help="Folder for checkpoints and results.")] = DEFAULT_BUILD_DIR,
) -> None:
    """Trains with seeds 0, 1, …; writes results/seeds-ARCH.json."""
    profile = get_profile(DEFAULT_PROFILE)
    name = get_architecture(arch).name
    configs = [BuildConfig(profile, name, DEFAULT_EXPORTS, seed=seed, build_dir=build_dir) for seed in range(num_seeds)]
    with TerminalProgress(Console(stderr=True)) as progress:
        builds = [run_until(config, "export", progress) for config in configs]
    test = split(load(configs[0].dataset, fetch(configs[0].dataset, build_dir)), configs[0].splits).test
    rows = tuple(_measure(build, config, test) for build, config in zip(builds, configs, strict=True))
    model = builds[0].record().model
    record = SeedsRecord(describe_environment(), name, model.num_parameters, model.epochs, len(test), rows, (), ())
    artifacts, contract = builds[record.released.seed].artifacts, configs[0].dataset.contract
    image = read_golden_images(artifacts, contract)[0]
    timings = run_benchmark(artifacts, contract, image, profile.timing, Silent(), TFLITE_FORMATS, [LITERT])
    record = replace(record, timings=timings, sizes=measure_sizes(artifacts))
    print(f"{write_record(f'seeds-{name}', record)}: best on validation is seed {record.released.seed}")


def _measure(build: Build, config: BuildConfig, test: Subset) -> SeedRow:
    model, contract = build.record().model, config.dataset.contract
    quality = assess_reference(build.artifacts, contract, test, config.dataset.wrong_test_labels)
    int8 = run_parity(build.artifacts, contract, test, Silent(), [KERAS, INT8], [KERAS_MODEL, LITERT])[-1].agreement
    if int8 is None:
        raise RuntimeError(f"{build.artifacts / INT8.path} did not run")
    return SeedRow(
        seed=model.seed,
        training_s=model.training_s,
        validation_accuracy=model.validation_accuracy,
        temperature=model.temperature,
        accuracy=quality.accuracy,
        accuracy_without_wrong_labels=quality.accuracy_without_wrong_labels,
        calibration_error=quality.calibration_error,
        int8_accuracy=int8.accuracy,
        int8_calibration_error=int8.calibration_error,
        int8_flips=int8.num_flips,
    )


if __name__ == "__main__":
    typer.run(main)
