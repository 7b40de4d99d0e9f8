"""Is a rotation of the training images by ±10° really best?

    python -m benchmarks.rotation

For `mlp-200` the experiment of Rashid's book with its loop: each image is learnt three times, as it is and turned
either way. For 0° it is learnt three times as it is, so that all angles have the same number of steps. For `edge` its
own recipe over as many epochs, but without damaged images: each image is turned by another angle each time, at most by
so much. The validation images choose the angle; the test images are read once, after the last epoch of each training.
Each finished training is kept in build/rotation; a run that was stopped goes on there.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from benchmarks.book_mlp import untrained_book_mlp
from benchmarks.records import RotationRecord, RotationRow, write_record
from pipeline.architectures.edge import EDGE
from pipeline.architectures.mlp_200 import MLP_200
from pipeline.augment import with_rotations
from pipeline.config import DEFAULT_BUILD_DIR, Augmentation, Recipe, SplitConfig
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Splits, Subset, load_splits
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.files import read_bytes, sha256, to_json, write_atomically
from pipeline.progress import Silent
from pipeline.train import untrained_model
from pipeline.trainer import Trainer

EDGE_RECIPE = replace(EDGE.recipe, degradation=None)
ANGLES_DEG = (0.0, 5.0, 10.0, 15.0, 25.0, 45.0, 90.0)


def main(
    num_seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings for each angle.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the images of each training.")] = 10,
    build_dir: Annotated[Path, typer.Option(help="Folder with the data set and finished trainings.")] = (
        DEFAULT_BUILD_DIR
    ),
) -> None:
    """Trains both networks with every angle and seed; writes results/rotation.json after each training."""
    splits = load_splits(MNIST, SplitConfig(), build_dir)
    rows: list[RotationRow] = []
    for arch, (recipe, run) in EXPERIMENTS.items():
        # A training by another recipe is another one.
        key = sha256(repr(recipe).encode())[:8]
        for seed in range(num_seeds):
            for angle_deg in ANGLES_DEG:
                name = f"{arch}-{key}-{epochs}-epochs-{angle_deg:g}-degrees-seed{seed}.json"
                path = build_dir / "rotation" / name
                if not path.is_file():
                    write_atomically(path, to_json(run(splits, angle_deg, epochs, seed)))
                rows.append(msgspec.json.decode(read_bytes(path), type=RotationRow))
                write_record("rotation", RotationRecord(describe_environment(), tuple(rows)))
                print(rows[-1], flush=True)


def run_book_mlp(splits: Splits, angle_deg: float, epochs: int, seed: int) -> RotationRow:
    """One training of `mlp-200`; its order of images is that of pipeline/trainer.py with the same seed."""
    train_set = with_rotations(splits.train, (0.0, angle_deg, -angle_deg))
    pixels, num_labels = MNIST.contract.input.num_values, MNIST.contract.num_labels
    network = untrained_book_mlp(pixels, num_labels, seed)

    def accuracy(subset: Subset) -> float:
        return float(np.mean(network.answers(subset.images) == subset.labels))

    accuracies = []
    for epoch in range(1, epochs + 1):
        order = np.random.default_rng([seed, epoch]).permutation(len(train_set))
        network.learn(train_set.images[order], train_set.labels[order])
        accuracies.append(accuracy(splits.validation))
    return RotationRow("mlp-200", angle_deg, seed, tuple(accuracies), accuracy(splits.test))


def run_edge(splits: Splits, angle_deg: float, epochs: int, seed: int) -> RotationRow:
    """One training of `edge`; its averaged weights answer."""
    augmentation = replace(EDGE_RECIPE.augmentation or Augmentation(), rotation_deg=angle_deg)
    recipe = replace(EDGE_RECIPE, epochs=epochs, augmentation=augmentation)
    trainer = Trainer(untrained_model(EDGE, MNIST.contract, seed), recipe, splits.train, seed)
    accuracies = []
    for epoch in range(1, epochs + 1):
        trainer.run_epoch(epoch, Silent())
        accuracies.append(trainer.averaged_accuracy(splits.validation))
    return RotationRow("edge", angle_deg, seed, tuple(accuracies), trainer.averaged_accuracy(splits.test))


EXPERIMENTS: dict[str, tuple[Recipe, Callable[[Splits, float, int, int], RotationRow]]] = {
    "mlp-200": (MLP_200.recipe, run_book_mlp),
    "edge": (EDGE_RECIPE, run_edge),
}


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
