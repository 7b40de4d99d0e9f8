"""Trains an architecture with several seeds: what does a training give on average, and how much does it vary?

    python -m benchmarks.seeds --arch edge

The test images are read after the last training; the seed to release is the one that is best on validation. A run
that was stopped goes on where it was.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.records import SeedRow, SeedsRecord, best_on_validation, write_record
from pipeline.architectures import get_architecture
from pipeline.benchmark import measure_sizes, run_benchmark
from pipeline.build import run_until
from pipeline.build_config import BuildConfig, get_profile
from pipeline.build_stages.context import BuildContext
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, DEFAULT_PROFILE
from pipeline.ending import run_program, work_is_kept
from pipeline.environment import describe_environment
from pipeline.export import read_golden_images
from pipeline.formats import get_format
from pipeline.formats.keras_file import KERAS
from pipeline.formats.tflite import TFLITE_FORMATS
from pipeline.parity import run_parity
from pipeline.progress import Silent
from pipeline.quality import assess, expected_calibration_error
from pipeline.runtimes.keras_model import KERAS_MODEL
from pipeline.runtimes.litert import LITERT
from pipeline.temperature_scaling import at_temperature
from pipeline.terminal import TerminalProgress

INT8 = get_format("tflite/int8")


@work_is_kept()
def main(
    arch: Annotated[str, typer.Option(help="Network: nano, edge or full.")] = "edge",
    num_seeds: Annotated[int, typer.Option("--seeds", min=2, help="How many trainings.")] = 5,
    build_dir: Annotated[Path, typer.Option(help="Folder for checkpoints and results.")] = DEFAULT_BUILD_DIR,
) -> None:
    """Trains with seeds 0, 1, …; writes results/seeds-ARCH.json."""
    profile = get_profile(DEFAULT_PROFILE)
    name = get_architecture(arch).name
    with TerminalProgress(Console(stderr=True)) as progress:
        builds = [
            run_until(BuildConfig(profile, name, DEFAULT_EXPORTS, seed=seed, build_dir=build_dir), "export", progress)
            for seed in range(num_seeds)
        ]
    rows = tuple(_measure(build) for build in builds)
    best = best_on_validation(rows)
    artifacts, contract = builds[best.seed].artifacts, builds[best.seed].config.dataset.contract
    image = read_golden_images(artifacts, contract)[0]
    model = builds[best.seed].training.model
    record = SeedsRecord(
        environment=describe_environment(),
        arch=name,
        num_parameters=model.num_parameters,
        epochs=model.epochs,
        num_test_images=len(builds[best.seed].splits.test),
        rows=rows,
        timings=run_benchmark(artifacts, contract, image, profile.timing, Silent(), TFLITE_FORMATS, [LITERT]),
        sizes=measure_sizes(artifacts),
    )
    print(f"{write_record(f'seeds-{name}', record)}: best on validation is seed {best.seed}")


def _measure(build: BuildContext) -> SeedRow:
    model, dataset, test = build.training.model, build.config.dataset, build.splits.test
    probabilities = KERAS_MODEL.load(build.artifacts / KERAS.path, dataset.contract).predict(test.images)
    quality = assess(test, probabilities, dataset.wrong_test_labels)
    formats, runtimes = [KERAS, INT8], [KERAS_MODEL, LITERT]
    int8 = run_parity(build.artifacts, dataset.contract, test, Silent(), formats, runtimes)[-1].agreement
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
        unscaled_calibration_error=expected_calibration_error(
            at_temperature(probabilities, 1 / model.temperature), test.labels
        ),
        int8_accuracy=int8.accuracy,
        int8_calibration_error=int8.calibration_error,
        int8_flips=int8.num_flips,
    )


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
