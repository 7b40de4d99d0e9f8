"""How do networks fail when images or their own weights are damaged?

    python -m benchmarks.damage [--arch edge]

Runs trainings that `benchmarks.sources` and `benchmarks.seeds` left in build/runs; none of them saw any of the
corruptions of MNIST-C in training. Nothing is chosen here, so test images are used throughout. Each finished network
is kept in build/damage; a run that was stopped goes on there. The record names the day, the machine and the versions of
the last run, also where others of its networks were measured before.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray

import pipeline.corruptions
from benchmarks.records import DamageCurve, DamageRecord, DamageRow, read_record, write_record
from pipeline.architectures import ARCHITECTURES, OURS, PUBLISHED, get_architecture
from pipeline.build_config import BuildConfig, get_profile
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, DEFAULT_PROFILE, SplitConfig
from pipeline.corruptions import MNIST_C, corrupted, generator_for
from pipeline.corruptions.graded import DROPPED_PARTS, DROPPED_WEIGHTS, GRADED, drop_weights
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset, load_splits
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.files import read_bytes, sha256_of_tree, to_json, write_atomically
from pipeline.formats.keras_file import load_keras
from pipeline.inference import predict_in_batches

if TYPE_CHECKING:
    import keras

# Every fifth image: the first half of the test file is easier than the second.
CURVE_STEP = 5
NUM_DRAWS = 5


def main(
    arch: Annotated[
        str | None, typer.Option(help="Measure this network alone; the others stay as they were recorded.")
    ] = None,
    num_seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of nano, edge and full.")] = 5,
    build_dir: Annotated[Path, typer.Option(help="Folder with trained networks.")] = DEFAULT_BUILD_DIR,
) -> None:
    """Damages images and networks; writes results/damage.json."""
    images = DamagedImages(load_splits(MNIST, SplitConfig(), build_dir).test)
    recorded = read_record("damage", DamageRecord) if arch else None
    rows = [row for row in recorded.rows if row.arch != arch] if recorded else []
    for architecture in [get_architecture(arch)] if arch else [*OURS, *PUBLISHED]:
        for seed in range(num_seeds if architecture in OURS else 1):
            rows.append(_row(architecture.name, seed, build_dir, images))
            print(f"{architecture.name}, seed {seed}: mean error {rows[-1].mean_corruption_error:.2%}", flush=True)
    rows.sort(key=lambda row: [*ARCHITECTURES].index(row.arch))
    print(write_record("damage", _record(images, rows)))


class DamagedImages:
    """Test images with every damage that is done to images, made when first needed.

    Args:
        test: All test images.
    """

    def __init__(self, test: Subset) -> None:
        self.test = test
        self.part = Subset(test.images[::CURVE_STEP], test.labels[::CURVE_STEP], test.ids[::CURVE_STEP])

    @cached_property
    def corrupted(self) -> dict[str, NDArray[np.uint8]]:
        """All images after each corruption of MNIST-C."""
        return {name: corrupted(self.test.images, name) for name in MNIST_C}

    @cached_property
    def graded(self) -> dict[str, list[NDArray[np.uint8]]]:
        """A part of the images after each kind of damage, at each of its levels."""
        return {
            name: [damage.apply(self.part.images, level, generator_for(name, 0)) for level in damage.levels]
            for name, damage in GRADED.items()
        }


def measure(model: "keras.Model", arch: str, seed: int, images: DamagedImages) -> DamageRow:
    """Accuracies of one network; its weights are as before afterwards."""
    test, part = images.test, images.part
    undamaged = _accuracy(model, part.images, part.labels)
    curves = [
        DamageCurve(
            name,
            (0.0, *GRADED[name].levels),
            (undamaged, *(_accuracy(model, damaged, part.labels) for damaged in levels)),
        )
        for name, levels in images.graded.items()
    ]
    return DamageRow(
        arch=arch,
        seed=seed,
        clean_accuracy=_accuracy(model, test.images, test.labels),
        corrupted_accuracies={
            name: _accuracy(model, damaged, test.labels) for name, damaged in images.corrupted.items()
        },
        curves=(*curves, _without_weights(model, part, undamaged)),
    )


def _without_weights(model: "keras.Model", part: Subset, undamaged: float) -> DamageCurve:
    weights, random = model.get_weights(), generator_for(DROPPED_WEIGHTS, 0)
    means = []
    for dropped_part in DROPPED_PARTS:
        accuracies = []
        for _ in range(NUM_DRAWS):
            model.set_weights(drop_weights(weights, dropped_part, random))
            accuracies.append(_accuracy(model, part.images, part.labels))
        means.append(fmean(accuracies))
    model.set_weights(weights)
    return DamageCurve(DROPPED_WEIGHTS, (0.0, *DROPPED_PARTS), (undamaged, *means))


def _accuracy(model: "keras.Model", images: NDArray[np.uint8], labels: NDArray[np.int64]) -> float:
    return float(np.mean(predict_in_batches(model, images).argmax(axis=1) == labels))


def _row(arch: str, seed: int, build_dir: Path, images: DamagedImages) -> DamageRow:
    """What an earlier run found out about the same file by the same code, or else measured now."""
    config = BuildConfig(get_profile(DEFAULT_PROFILE), arch, DEFAULT_EXPORTS, seed=seed, build_dir=build_dir)
    path = config.run_dir / "model.keras"
    code = sorted(Path(pipeline.corruptions.__file__).parent.glob("*.py"))
    key = sha256_of_tree([path, Path(__file__), *code])[:16]
    kept = config.build_dir / "damage" / f"{config.arch}-seed{config.seed}-{key}.json"
    if not kept.is_file():
        write_atomically(kept, to_json(measure(load_keras(path), config.arch, config.seed, images)))
    return msgspec.json.decode(read_bytes(kept), type=DamageRow)


def _record(images: DamagedImages, rows: Sequence[DamageRow]) -> DamageRecord:
    return DamageRecord(
        environment=describe_environment(),
        num_test_images=len(images.test),
        num_curve_images=len(images.part),
        num_draws=NUM_DRAWS,
        num_labels=MNIST.contract.num_labels,
        rows=tuple(rows),
    )


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
