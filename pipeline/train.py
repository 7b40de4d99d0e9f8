"""Trains one architecture, so that a run killed at any moment and started again gives the same weights.

All randomness is a function of the seed and the step: the order of the images comes from (seed, epoch), their
augmentation from (seed, step). What remains, the state after an epoch, is in the checkpoint. The result is the
exponential moving average of the weights after the last epoch: no epoch is chosen, so none is chosen by luck.
"""

import csv
import io
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.architectures.base import Architecture
from pipeline.augment import random_affine
from pipeline.config import Recipe
from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.files import read_bytes, write_atomically
from pipeline.progress import Progress
from pipeline.tensorflow_setup import prepare_tensorflow

if TYPE_CHECKING:
    import keras

CHECKPOINT = "checkpoint.npz"
LOG = "training_log.csv"
_EVALUATION_BATCH = 500


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
        model: Untrained, from `untrained_model`; holds the averaged weights afterwards.
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
    trainer = _Trainer(model, recipe, train_set, seed)
    history = _restore(trainer, run_dir / CHECKPOINT, key)
    steps = len(train_set) // recipe.batch_size * recipe.epochs
    if history:
        progress.note(f"resumed after epoch {len(history)} of {recipe.epochs}")
    progress.start("train", steps)
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
        _save(trainer, history, run_dir, key)
    trainer.use_averaged_weights()
    return history


def untrained_model(architecture: Architecture, contract: ModelContract, seed: int) -> "keras.Model":
    """Builds a model with initial weights that depend on the seed alone."""
    prepare_tensorflow()
    import keras

    keras.utils.set_random_seed(seed)
    return architecture.build(contract)


class _Trainer:
    """The state of one training and its compiled step."""

    def __init__(self, model: "keras.Model", recipe: Recipe, train_set: Subset, seed: int) -> None:
        import keras
        import tensorflow as tf

        self.steps_per_epoch = len(train_set) // recipe.batch_size
        if self.steps_per_epoch == 0:
            raise ValueError(f"expected at least {recipe.batch_size} training images, received {len(train_set)}")
        self._model, self._recipe, self._train_set, self._seed = model, recipe, train_set, seed
        num_steps = self.steps_per_epoch * recipe.epochs
        num_warm_up = int(num_steps * recipe.warm_up_fraction)
        self._optimizer = keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(
                initial_learning_rate=recipe.peak_learning_rate / 25,
                warmup_target=recipe.peak_learning_rate,
                warmup_steps=num_warm_up,
                decay_steps=num_steps - num_warm_up,
            ),
            beta_1=recipe.beta_1,
            beta_2=recipe.beta_2,
            weight_decay=recipe.weight_decay,
        )
        self._optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self._optimizer.build(model.trainable_variables)
        self._averages = [tf.Variable(weight.value, trainable=False) for weight in model.weights]
        self._step = tf.function(self._make_step(), autograph=False)

    def _make_step(self) -> Any:
        import keras
        import tensorflow as tf

        recipe, model, optimizer = self._recipe, self._model, self._optimizer
        num_steps = self.steps_per_epoch * recipe.epochs
        images = tf.constant(self._train_set.images)
        targets = tf.one_hot(self._train_set.labels, model.output_shape[-1])
        loss_of = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)

        def step(index: tf.Tensor, ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            batch = tf.cast(tf.gather(images, ids), tf.float32)
            steps_done = tf.cast(index, tf.float32)
            strength = 1.0 - (1.0 - recipe.augmentation.final_strength) * steps_done / num_steps
            # An average that is longer than the training so far would remember the initial weights.
            horizon = tf.minimum(recipe.ema_fraction * num_steps, 1.0 + steps_done / 10.0)
            batch = random_affine(batch, recipe.augmentation, strength, tf.stack([self._seed, index]))
            expected = tf.gather(targets, ids)
            with tf.GradientTape() as tape:
                probabilities = model(batch, training=True)
                loss = loss_of(expected, probabilities)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            for average, weight in zip(self._averages, model.weights, strict=True):
                average.assign_sub((average - weight.value) / horizon)
            is_correct = tf.equal(tf.argmax(probabilities, 1), tf.argmax(expected, 1))
            return loss, tf.reduce_mean(tf.cast(is_correct, tf.float32))

        return step

    def run_epoch(self, epoch: int, progress: Progress) -> tuple[float, float]:
        """One pass over the images; returns mean loss and accuracy on the augmented images."""
        import tensorflow as tf

        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._train_set)).astype(np.int32)
        first_step = (epoch - 1) * self.steps_per_epoch
        size, total, started = self._recipe.batch_size, np.zeros(2), time.perf_counter()
        for step in range(self.steps_per_epoch):
            ids = tf.constant(order[step * size : (step + 1) * size])
            loss, accuracy = self._step(tf.constant(first_step + step), ids)
            total += (float(loss), float(accuracy))
            if step % 10 == 9:
                mean_loss, mean_accuracy = total / (step + 1)
                speed = (step + 1) * size / (time.perf_counter() - started)
                progress.update(
                    first_step + step + 1,
                    f"epoch {epoch}/{self._recipe.epochs}  loss {mean_loss:.3f}  "
                    f"accuracy {mean_accuracy:.2%}  {speed:,.0f} images/s",
                )
        progress.update(first_step + self.steps_per_epoch)
        mean_loss, mean_accuracy = total / self.steps_per_epoch
        return float(mean_loss), float(mean_accuracy)

    def averaged_accuracy(self, subset: Subset) -> float:
        """Fraction of the images that the averaged weights classify correctly."""
        weights = self._model.get_weights()
        self.use_averaged_weights()
        answers = predict_in_batches(self._model, subset.images).argmax(axis=1)
        self._model.set_weights(weights)
        return float(np.mean(answers == subset.labels))

    def use_averaged_weights(self) -> None:
        """Puts the averages into the model."""
        self._model.set_weights([average.numpy() for average in self._averages])

    def state(self) -> dict[str, NDArray[Any]]:
        """All variables by name, for a checkpoint."""
        return {name: np.asarray(variable) for name, variable in self._variables().items()}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Sets all variables from a checkpoint."""
        for name, variable in self._variables().items():
            variable.assign(state[name])

    def _variables(self) -> dict[str, Any]:
        groups = {"model": self._model.weights, "average": self._averages, "optimizer": self._optimizer.variables}
        return {f"{group}{index}": variable for group, all_ in groups.items() for index, variable in enumerate(all_)}


def predict_in_batches(model: "keras.Model", images: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities of a Keras model.

    Args:
        model: Any classifier.
        images: uint8 or float32 (N, height, width, channels), in the contract's range.

    Returns:
        float32 (N, labels).
    """
    batches = range(0, len(images), _EVALUATION_BATCH)
    # predict_on_batch compiles the forward pass once and needs no data pipeline.
    return np.concatenate(
        [
            np.asarray(model.predict_on_batch(images[start : start + _EVALUATION_BATCH].astype(np.float32)))
            for start in batches
        ]
    )


def _save(trainer: _Trainer, history: list[EpochLog], run_dir: Path, key: str) -> None:
    buffer = io.BytesIO()
    record = np.frombuffer(msgspec.json.encode({"key": key, "history": history}), np.uint8)
    np.savez(buffer, record=record, **trainer.state())
    write_atomically(run_dir / CHECKPOINT, buffer.getvalue())
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(asdict(history[0])))
    writer.writeheader()
    writer.writerows(asdict(entry) for entry in history)
    write_atomically(run_dir / LOG, lines.getvalue().encode())


def _restore(trainer: _Trainer, path: Path, key: str) -> list[EpochLog]:
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
