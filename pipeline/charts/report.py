"""The charts that go with a report. A new one is one file beside this, one entry in `CHARTS` and one call."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipeline.charts.architectures import ArchitecturePoint, draw_architectures
from pipeline.charts.artifacts import ArtifactPoint, draw_artifacts
from pipeline.charts.confusion import draw_confusion
from pipeline.charts.mistakes import draw_mistakes
from pipeline.charts.training import draw_training
from pipeline.config import PROJECT_ROOT
from pipeline.data.splits import Subset
from pipeline.files import read_bytes
from pipeline.results import Results

if TYPE_CHECKING:
    from pipeline.train import EpochLog

CHARTS = {
    "artifacts": "Accuracy against size and time, each file in the engine it is meant for",
    "training": "Loss and accuracy after each epoch",
    "confusion": "Which label is taken for which",
    "mistakes": "The test images that the reference gets wrong",
    "architectures": "Accuracy against size, beside the networks that were measured on MNIST",
}
# Written by benchmarks/tables.py.
MEASURED_ARCHITECTURES = PROJECT_ROOT / "benchmarks" / "results" / "architectures.json"


def draw_charts(results: Results, history: "Sequence[EpochLog]", test: Subset, folder: Path) -> None:
    """Draws every chart of `CHARTS` as NAME.svg.

    Args:
        results: With the model and its quality.
        history: The log of its training.
        test: The images that the quality is about.
        folder: Where the files go.

    Raises:
        ValueError: The results lack the model or its quality.
        StorageError: A file cannot be written.
    """
    model, quality = results.model, results.quality
    if model is None or quality is None:
        raise ValueError("expected results with a model and its quality, received them without")
    draw_artifacts(_artifact_points(results), folder / "artifacts.svg")
    draw_training(history, folder / "training.svg")
    draw_confusion(quality.confusion, model.labels, folder / "confusion.svg")
    images = test.images_of([mistake.id for mistake in quality.mistakes])
    draw_mistakes(quality.mistakes, images, model.labels, folder / "mistakes.svg")
    point = ArchitecturePoint(model.arch, model.num_parameters, quality.accuracy, None, "this build")
    measured = msgspec.json.decode(read_bytes(MEASURED_ARCHITECTURES), type=list[ArchitecturePoint])
    draw_architectures([point, *measured], folder / "architectures.svg")


def _artifact_points(results: Results) -> list[ArtifactPoint]:
    """Every artifact that ran on all test images, in the first engine that did."""
    timings = {(row.format, row.runtime): row for row in results.timings if row.status != "not run"}
    sizes = {size.format: size.raw_bytes / 1024 for size in results.sizes}
    points: dict[str, ArtifactPoint] = {}
    for row in results.parity:
        if row.agreement and row.is_full and row.format in sizes:
            timing = timings.get((row.format, row.runtime))
            median_s = timing.median_s if timing else None
            point = ArtifactPoint(row.format, row.agreement.accuracy, sizes[row.format], median_s)
            points.setdefault(row.format, point)
    return list(points.values())
