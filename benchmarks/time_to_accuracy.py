"""How long until a training reaches 99.0 % and 99.44 % of the test images?

    python -m benchmarks.time_to_accuracy

The sprints have a fixed number of epochs, found on validation images, and are stopped by nothing; the clock runs while
steps run, the compilation of the first one included, and stands still while test images are looked at, which is done
after each epoch for the table alone. Against them: a plain network of 1.2 million parameters under its own recipe.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.records import TimeRecord, TimeRow, write_record
from pipeline.architectures import get_architecture
from pipeline.config import DEFAULT_BUILD_DIR, Augmentation, Muon, Recipe, SplitConfig
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Splits, load_splits
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.progress import Silent
from pipeline.train import untrained_model
from pipeline.trainer import Trainer

TARGETS = (0.990, 0.9944)


@dataclass(frozen=True)
class Contestant:
    """A network with the recipe that it is trained by, and how many seeds are run."""

    name: str
    arch: str
    recipe: Recipe
    num_seeds: int


# Found on validation images; see README.md.
TO_990 = Recipe(
    epochs=1,
    batch_size=64,
    optimizer=Muon(peak_learning_rate=2e-2),
    augmentation=Augmentation(rotation_deg=6, scale=0.06, shear=0.08, shift_px=0.8, final_strength=0.3),
    ema_fraction=0.05,
    num_shards=2,
)
TO_9944 = Recipe(
    epochs=7,
    batch_size=128,
    optimizer=Muon(),
    augmentation=Augmentation(rotation_deg=10, scale=0.1, shear=0.15, shift_px=1.5, final_strength=0.2),
    label_smoothing=0.05,
    ema_fraction=0.05,
    num_shards=2,
)


def main(
    num_seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each sprint.")] = 5,
    build_dir: Annotated[Path, typer.Option(help="Folder with the data set.")] = DEFAULT_BUILD_DIR,
) -> None:
    """Runs the sprints and the plain network; writes results/time_to_accuracy.json."""
    splits = load_splits(MNIST, SplitConfig(), build_dir)
    contestants = (
        Contestant("sprint to 99.0 %", "edge", TO_990, num_seeds),
        Contestant("sprint to 99.44 %", "edge", TO_9944, num_seeds),
        Contestant("cnn-1m2, its own recipe", "cnn-1m2", get_architecture("cnn-1m2").recipe, 1),
    )
    rows = []
    for contestant in contestants:
        for seed in range(contestant.num_seeds):
            rows += _run(contestant, seed, splits)
            print(*rows[-len(TARGETS) :], sep="\n", flush=True)
    print(write_record("time_to_accuracy", TimeRecord(describe_environment(), tuple(rows))))


def _run(contestant: Contestant, seed: int, splits: Splits) -> list[TimeRow]:
    model = untrained_model(get_architecture(contestant.arch), MNIST.contract, seed)
    trainer = Trainer(model, contestant.recipe, splits.train, seed)
    clock_s, reached, accuracy = 0.0, dict.fromkeys(TARGETS), 0.0
    for epoch in range(1, contestant.recipe.epochs + 1):
        started = time.perf_counter()
        trainer.run_epoch(epoch, Silent())
        clock_s += time.perf_counter() - started
        accuracy = trainer.averaged_accuracy(splits.test)
        for target in TARGETS:
            if accuracy >= target and reached[target] is None:
                reached[target] = clock_s
    return [TimeRow(contestant.name, seed, target, reached[target], accuracy, clock_s) for target in TARGETS]


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
