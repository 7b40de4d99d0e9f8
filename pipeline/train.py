"""Trains one architecture, so that a run killed at any moment and started again gives the same weights.

The order of the images is a function of (seed, epoch), their augmentation of (seed, step). What remains, the state
after an epoch with that of random layers, is in the checkpoint. The result is the last epoch's: no epoch is chosen, so
none is chosen by luck. Where the recipe says so, it is the moving average of the weights.
"""

import csv
import io
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pipeline.architectures.base import Architecture
from pipeline.config import Recipe
from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.errors import storage_errors
from pipeline.files import read_bytes, write_atomically
from pipeline.progress import Progress
from pipeline.tensorflow_setup import prepare_tensorflow
from pipeline.trainer import Trainer

if TYPE_CHECKING:
    import keras

CHECKPOINT = "checkpoint.npz"
LOG = "training_log.csv"


@dataclass(frozen=True)
class EpochLog:
    """One line of the training log; the accuracies are fractions, of the averaged weights for validation."""

    epoch: int
    loss: float
    train_accuracy: float
    validation_accuracy: float
    images_per_s: float
    duration_s: float


def train(
    model: "keras.Model",
    recipe: Recipe,
    train_set: Subset,
    validation_set: Subset,
    seed: int,
    run_dir: Path,
    key: str,
    progress: Progress,
) -> list[EpochLog]:
    """Trains a model in place; goes on from the checkpoint in `run_dir` if that has the same key.

    Args:
        model: Untrained, from `untrained_model`; trained afterwards.
        recipe: How to train.
        train_set: Images to learn from.
        validation_set: Images to watch; they decide nothing.
        seed: Of the order of images and of their augmentation.
        run_dir: Receives the checkpoint and the log after each epoch.
        key: Identity of code, configuration and data; a checkpoint of another key is not used.
        progress: Told about every few steps.

    Returns:
        The log, one entry an epoch.

    Raises:
        StorageError: The checkpoint or the log cannot be written.
    """
    trainer = Trainer(model, recipe, train_set, seed)
    history = _restore(trainer, run_dir / CHECKPOINT, key)
    if history:
        progress.note(f"resumed after epoch {len(history)} of {recipe.epochs}")
        # A kill between the checkpoint and the log leaves the log an epoch short.
        _write_log(history, run_dir / LOG)
    progress.start("train", trainer.num_steps)
    for epoch in range(len(history) + 1, recipe.epochs + 1):
        started = time.perf_counter()
        loss, accuracy = trainer.run_epoch(epoch, progress)
        duration_s = time.perf_counter() - started
        history.append(
            EpochLog(
                epoch=epoch,
                loss=loss,
                train_accuracy=accuracy,
                validation_accuracy=trainer.averaged_accuracy(validation_set),
                images_per_s=trainer.steps_per_epoch * recipe.batch_size / duration_s,
                duration_s=duration_s,
            )
        )
        _save(trainer, history, run_dir / CHECKPOINT, key)
        _write_log(history, run_dir / LOG)
    trainer.use_averaged_weights()
    return history


def untrained_model(architecture: Architecture, contract: ModelContract, seed: int) -> "keras.Model":
    """Builds a model with initial weights that depend on the seed alone."""
    prepare_tensorflow()
    import keras

    keras.utils.set_random_seed(seed)
    return architecture.build(contract)


def read_log(path: Path) -> list[EpochLog]:
    """The log of a training, one entry an epoch."""
    with storage_errors("read", path), path.open(newline="") as lines:
        return [msgspec.convert(line, EpochLog, strict=False) for line in csv.DictReader(lines)]


def _write_log(history: list[EpochLog], path: Path) -> None:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(asdict(history[0])))
    writer.writeheader()
    writer.writerows(asdict(entry) for entry in history)
    write_atomically(path, lines.getvalue().encode())


def _save(trainer: Trainer, history: list[EpochLog], path: Path, key: str) -> None:
    buffer = io.BytesIO()
    record = np.frombuffer(msgspec.json.encode({"key": key, "history": history}), np.uint8)
    np.savez(buffer, record=record, **trainer.state())
    write_atomically(path, buffer.getvalue())


def _restore(trainer: Trainer, path: Path, key: str) -> list[EpochLog]:
    """Loads the checkpoint if it belongs to this key; a damaged or foreign one means starting anew."""
    if not path.is_file():
        return []
    content = io.BytesIO(read_bytes(path))
    try:
        with np.load(content) as archive:
            state = {name: archive[name] for name in archive.files}
        record = msgspec.json.decode(state["record"].tobytes(), type=_Record)
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError, msgspec.DecodeError):
        return []
    if record.key != key:
        return []
    trainer.restore(state)
    return record.history


@dataclass(frozen=True)
class _Record:
    key: str
    history: list[EpochLog]
