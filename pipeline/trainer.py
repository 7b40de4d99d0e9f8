"""The state of one training and its compiled steps."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.augment import random_affine, with_rotations
from pipeline.config import Recipe
from pipeline.data.splits import Subset
from pipeline.degrade import random_degradation
from pipeline.inference import predict_in_batches
from pipeline.losses import LOGITS, LOSSES
from pipeline.optimizers import make_optimizer
from pipeline.progress import Progress

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

_IMAGES_PER_CALL = 1_000


class Trainer:
    """All variables of a training, and the steps that change them.

    Args:
        model: Changed in place; its layer before the softmax is called `logits`.
        recipe: How to train.
        train_set: Images to learn from, before the recipe's rotations; bytes until a batch is made of them.
        seed: Of the order of images and of their augmentation.

    Raises:
        ValueError: Fewer images than one batch, or a batch that cannot be cut into equal shards.
    """

    def __init__(self, model: "keras.Model", recipe: Recipe, train_set: Subset, seed: int) -> None:
        import tensorflow as tf

        train_set = with_rotations(train_set, recipe.rotations_deg)
        self.steps_per_epoch = len(train_set) // recipe.batch_size
        if self.steps_per_epoch == 0:
            raise ValueError(f"expected at least {recipe.batch_size} training images, received {len(train_set)}")
        if recipe.batch_size % recipe.num_shards:
            raise ValueError(f"expected a batch of a multiple of {recipe.num_shards}, received {recipe.batch_size}")
        self.num_steps = self.steps_per_epoch * recipe.epochs
        self._model, self._recipe, self._train_set, self._seed = model, recipe, train_set, seed
        self._optimizer = make_optimizer(recipe.optimizer, self.num_steps)
        self._optimizer.build(model.trainable_variables)
        self._averages = [tf.Variable(weight.value, trainable=False) for weight in model.weights]
        self._run_steps = self._compile()

    def run_epoch(self, epoch: int, progress: Progress) -> tuple[float, float]:
        """One pass over the images; returns mean loss and accuracy on the images as trained on."""
        import tensorflow as tf

        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._train_set)).astype(np.int32)
        batches = order[: self.steps_per_epoch * self._recipe.batch_size].reshape(self.steps_per_epoch, -1)
        first_step = (epoch - 1) * self.steps_per_epoch
        steps_per_call = max(1, _IMAGES_PER_CALL // self._recipe.batch_size)
        total, started = np.zeros(2), time.perf_counter()
        for start in range(0, self.steps_per_epoch, steps_per_call):
            ids = batches[start : start + steps_per_call]
            total += self._run_steps(tf.constant(first_step + start), tf.constant(ids)).numpy()
            done = start + len(ids)
            mean_loss, mean_accuracy = total / done
            speed = done * self._recipe.batch_size / (time.perf_counter() - started)
            progress.update(
                first_step + done,
                f"epoch {epoch}/{self._recipe.epochs}  loss {mean_loss:.3f}  "
                f"accuracy {mean_accuracy:.2%}  {speed:,.0f} images/s",
            )
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
        """Puts the averages into the model, if the recipe has any."""
        if self._recipe.ema_fraction:
            self._model.set_weights([average.numpy() for average in self._averages])

    def state(self) -> dict[str, NDArray[Any]]:
        """All variables by name, for a checkpoint."""
        return {name: np.asarray(variable) for name, variable in self._variables().items()}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Sets all variables from a checkpoint."""
        for name, variable in self._variables().items():
            variable.assign(state[name])

    def _variables(self) -> dict[str, Any]:
        # A model's variables are its weights and the state of its random layers.
        groups = {"model": self._model.variables, "average": self._averages, "optimizer": self._optimizer.variables}
        return {f"{group}{index}": variable for group, all_ in groups.items() for index, variable in enumerate(all_)}

    def _compile(self) -> Callable[["tf.Tensor", "tf.Tensor"], "tf.Tensor"]:
        import tensorflow as tf

        step = self._make_step()

        def run_steps(first_step: tf.Tensor, batches: tf.Tensor) -> tf.Tensor:
            """Several steps in one call; returns the sums of loss and accuracy."""

            def body(index: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                return index + 1, total + step(first_step + index, batches[index])

            num_steps = tf.shape(batches)[0]
            return tf.while_loop(lambda index, _: index < num_steps, body, (0, tf.zeros(2)))[1]

        signature = (tf.TensorSpec((), tf.int32), tf.TensorSpec((None, self._recipe.batch_size), tf.int32))
        compiled: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = tf.function(
            run_steps, input_signature=signature, autograph=False
        )
        return compiled

    def _make_step(self) -> Callable[["tf.Tensor", "tf.Tensor"], "tf.Tensor"]:
        import keras
        import tensorflow as tf

        recipe, model = self._recipe, self._model
        network = keras.Model(model.inputs, model.get_layer(LOGITS).output)
        loss_of = LOSSES[recipe.loss]
        all_images = tf.constant(self._train_set.images)
        all_targets = tf.one_hot(self._train_set.labels, model.output_shape[-1])

        def shard_gradients(ids: tf.Tensor, seed: tf.Tensor, done: tf.Tensor) -> tuple[list[tf.Tensor], tf.Tensor]:
            """Gradients of one part of a batch, and its (loss, accuracy)."""
            images = tf.cast(tf.gather(all_images, ids), tf.float32)
            if recipe.augmentation:
                images = random_affine(images, recipe.augmentation, done, seed)
            image_weights = tf.ones(tf.shape(ids))
            if recipe.degradation:
                images, image_weights = random_degradation(images, recipe.degradation, done, seed)
            smoothing = recipe.label_smoothing * (1 - done)
            targets = tf.gather(all_targets, ids)
            smoothed = (1 - smoothing) * targets + smoothing / targets.shape[-1]
            with tf.GradientTape() as tape:
                loss, logits = loss_of(network, images, smoothed, image_weights)
            is_correct = tf.equal(tf.argmax(logits, 1), tf.argmax(targets, 1))
            metrics = tf.stack([loss, tf.reduce_mean(tf.cast(is_correct, tf.float32))])
            return tape.gradient(loss, model.trainable_variables), metrics

        def step(index: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
            done = tf.cast(index, tf.float32) / self.num_steps
            gradients, metrics = zip(
                *(
                    shard_gradients(shard, tf.stack([self._seed, index * recipe.num_shards + number]), done)
                    for number, shard in enumerate(tf.split(ids, recipe.num_shards))
                ),
                strict=True,
            )
            means = [tf.add_n(parts) / recipe.num_shards for parts in zip(*gradients, strict=True)]
            self._optimizer.apply(means, model.trainable_variables)
            if recipe.ema_fraction:
                # An average that is longer than the training so far would remember the initial weights.
                longest = max(1.0, recipe.ema_fraction * self.num_steps)
                horizon = tf.minimum(longest, 1.0 + tf.cast(index, tf.float32) / 10)
                for average, weight in zip(self._averages, model.weights, strict=True):
                    average.assign_sub((average - weight.value) / horizon)
            return tf.add_n(metrics) / recipe.num_shards

        return step
