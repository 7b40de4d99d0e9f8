"""Is a rotation of the training images by ±10° really best?

    python -m benchmarks.rotation

The experiment of Rashid's book with its network and its loop: each image is learnt three times, as it is and turned
either way. For 0° it is learnt three times as it is, so that all angles have the same number of steps. The validation
images choose the angle; the test images are read once, after the last epoch of each training. Each finished training
is kept in build/rotation; a run that was stopped goes on there.
"""

from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from benchmarks.book_mlp import untrained_book_mlp
from benchmarks.records import RotationRecord, RotationRow, write_record
from pipeline.augment import with_rotations
from pipeline.config import DEFAULT_BUILD_DIR, SplitConfig
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Splits, Subset, load_splits
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.files import read_bytes, to_json, write_atomically

ANGLES_DEG = (0.0, 5.0, 10.0, 15.0, 25.0, 45.0, 90.0)


def main(
    num_seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings for each angle.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the images of each training.")] = 10,
    build_dir: Annotated[Path, typer.Option(help="Folder with the data set and finished trainings.")] = (
        DEFAULT_BUILD_DIR
    ),
) -> None:
    """Trains `mlp-200` with every angle and seed; writes results/rotation.json after each training."""
    splits = load_splits(MNIST, SplitConfig(), build_dir)
    rows: list[RotationRow] = []
    for seed in range(num_seeds):
        for angle_deg in ANGLES_DEG:
            path = build_dir / "rotation" / f"mlp-200-{epochs}-epochs-{angle_deg:g}-degrees-seed{seed}.json"
            if not path.is_file():
                write_atomically(path, to_json(run(splits, angle_deg, epochs, seed)))
            rows.append(msgspec.json.decode(read_bytes(path), type=RotationRow))
            write_record("rotation", RotationRecord(describe_environment(), tuple(rows)))
            print(rows[-1], flush=True)


def run(splits: Splits, angle_deg: float, epochs: int, seed: int) -> RotationRow:
    """One training; its order of images is that of pipeline/trainer.py with the same seed."""
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


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
