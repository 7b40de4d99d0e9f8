from dataclasses import replace

import numpy as np
import pytest

from pipeline.architectures import ARCHITECTURES
from pipeline.config import Adam, Augmentation, Degradation, Muon, Recipe
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset
from pipeline.errors import PipelineError
from pipeline.losses import LOGITS
from pipeline.progress import Silent
from pipeline.tensorflow_setup import prepare_tensorflow
from pipeline.train import CHECKPOINT, LOG, read_log, train, untrained_model

MAX_PARAMETERS = {"nano": 10_000, "edge": 30_000, "full": 350_000}
NUM_PARAMETERS = {
    "cnn-1m2": 1_199_882,
    "mlp-200": 158_800,
    "lenet5": 61_706,
    "mlp-3x256": 335_114,
    "mlp-128": 101_770,
}
RECIPE = Recipe(
    epochs=3,
    batch_size=16,
    optimizer=Muon(),
    augmentation=Augmentation(),
    degradation=Degradation(),
    label_smoothing=0.05,
    ema_fraction=0.25,
    num_shards=2,
)
# LeNet-5 has dropout, whose random state is no function of the step.
RESUMED = {"nano": RECIPE, "lenet5": Recipe(epochs=3, batch_size=16, optimizer=Adam(), num_shards=2)}


class Stop(Exception):
    pass


class StopAfter(Silent):
    """Ends a training as a kill would, after some progress was told."""

    def __init__(self, num_updates):
        self.remaining = num_updates

    def update(self, done, detail=""):
        self.remaining -= 1
        if self.remaining == 0:
            raise Stop


class Listener(Silent):
    """Keeps the notes."""

    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


@pytest.fixture(scope="module")
def images():
    random = np.random.default_rng(1)
    labels = np.arange(64, dtype=np.int64) % 10
    pixels = random.integers(0, 256, (64, *MNIST.contract.input.shape), np.uint8)
    return Subset(pixels, labels, np.arange(64))


def run(images, folder, progress, recipe=RECIPE, key="key", name="nano"):
    model = untrained_model(ARCHITECTURES[name], MNIST.contract, seed=5)
    history = train(model, recipe, images, images, 5, folder, key, progress)
    return model.get_weights(), history


def assert_equal(weights, others):
    assert all(np.array_equal(weight, other) for weight, other in zip(weights, others, strict=True))


@pytest.mark.parametrize(("name", "recipe"), RESUMED.items(), ids=RESUMED)
def test_training_stopped_and_resumed_gives_the_same_weights(images, tmp_path, name, recipe):
    undisturbed, history = run(images, tmp_path / "undisturbed", Silent(), recipe, name=name)
    with pytest.raises(Stop):
        run(images, tmp_path / "stopped", StopAfter(2), recipe, name=name)
    listener = Listener()
    resumed, resumed_history = run(images, tmp_path / "stopped", listener, recipe, name=name)
    assert listener.notes == ["resumed after epoch 1 of 3"]
    assert_equal(undisturbed, resumed)
    assert [entry.loss for entry in resumed_history] == [entry.loss for entry in history]


def test_training_degrades_every_shard_of_a_batch(images, tmp_path, monkeypatch):
    import tensorflow as tf

    calls = []

    def degrade(images, config, done, seed):
        assert config == RECIPE.degradation
        done = tf.numpy_function(lambda *call: calls.append(call) or call[0], [done, seed], tf.float32)
        return (0 * tf.ensure_shape(done, ()) + factor) * images, tf.ones(tf.shape(images)[0])

    monkeypatch.setattr("pipeline.trainer.random_degradation", degrade)
    factor = 0.0
    blackened, _ = run(images, tmp_path / "blackened", Silent())
    num_steps = RECIPE.epochs * len(images) // RECIPE.batch_size
    steps = np.repeat(np.arange(num_steps), RECIPE.num_shards)
    np.testing.assert_allclose([done for done, _ in calls], steps / num_steps, rtol=1e-6)
    assert len({tuple(seed) for _, seed in calls}) == len(calls)
    factor = 1.0
    black, _ = run(replace(images, images=0 * images.images), tmp_path / "black", Silent())
    assert_equal(blackened, black)


def test_training_counts_each_image_as_much_as_its_degradation_says(images, tmp_path, monkeypatch):
    import tensorflow as tf

    every_other = np.arange(RECIPE.batch_size // RECIPE.num_shards, dtype=np.float32) % 2

    def loss_with(weights):
        monkeypatch.setattr("pipeline.trainer.random_degradation", lambda images, *_: (images, tf.constant(weights)))
        still = replace(RECIPE, epochs=1, optimizer=Adam(0.0))
        _, history = run(images, tmp_path, Silent(), still, key=str(weights))
        return history[0].loss

    even, odd = loss_with(1 - every_other), loss_with(every_other)
    assert min(even, odd) > 0.5
    assert even != pytest.approx(odd, rel=1e-3)
    assert even + odd == pytest.approx(loss_with(1 + 0 * every_other))
    assert loss_with(0 * every_other) == 0


def test_training_resumed_after_its_last_epoch_writes_the_log_that_a_kill_prevented(images, tmp_path):
    _, history = run(images, tmp_path, Silent())
    (tmp_path / LOG).unlink()
    run(images, tmp_path, Silent())
    assert read_log(tmp_path / LOG) == history


def test_training_ignores_a_checkpoint_of_another_key(images, tmp_path):
    undisturbed, _ = run(images, tmp_path / "undisturbed", Silent())
    run(images, tmp_path / "other", Silent(), replace(RECIPE, optimizer=Muon(1e-4)), key="other")
    weights, _ = run(images, tmp_path / "other", Silent())
    assert_equal(undisturbed, weights)


@pytest.mark.parametrize("content", [b"", b"damaged", b"PK\x03\x04 cut off"])
def test_training_with_a_damaged_checkpoint_starts_anew(images, tmp_path, content):
    (tmp_path / CHECKPOINT).write_bytes(content)
    _, history = run(images, tmp_path, Silent(), replace(RECIPE, epochs=1))
    assert [entry.epoch for entry in history] == [1]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def untrained(request):
    """An architecture's name and its model."""
    return request.param, untrained_model(ARCHITECTURES[request.param], MNIST.contract, seed=0)


def test_architecture_has_as_many_parameters_as_it_promises(untrained):
    name, model = untrained
    if name in MAX_PARAMETERS:
        assert model.count_params() <= MAX_PARAMETERS[name]
    else:
        assert model.count_params() == NUM_PARAMETERS[name]


def test_architecture_rescales_first_and_ends_with_a_softmax_of_its_logits(untrained):
    _, model = untrained
    assert [type(layer).__name__ for layer in model.layers[:2]] == ["InputLayer", "Rescaling"]
    assert type(model.layers[-1]).__name__ == "Softmax"
    assert model.layers[-2].name == LOGITS
    assert model.input_shape == (None, *MNIST.contract.input.shape)
    assert model.output_shape == (None, MNIST.contract.num_labels)


@pytest.mark.parametrize(("name", "lowest"), [("nano", 0.0), ("lenet5", 0.0), ("mlp-200", 0.01)])
def test_architecture_scales_images_from_its_lowest_value_to_one(name, lowest):
    model = untrained_model(ARCHITECTURES[name], MNIST.contract, seed=0)
    scaled = model.layers[1](np.array([0, 255], np.float32))
    np.testing.assert_allclose(scaled, [lowest, 1], atol=1e-6)


def test_tensorflow_used_before_with_other_threads_is_refused(monkeypatch):
    import tensorflow as tf

    prepare_tensorflow()
    tf.zeros(1)
    change = tf.config.threading.set_intra_op_parallelism_threads
    # What TensorFlow refuses is another number; ours are set by now.
    monkeypatch.setattr(tf.config.threading, "set_intra_op_parallelism_threads", lambda number: change(number + 1))
    with pytest.raises(PipelineError, match="expected a process that has not used TensorFlow"):
        prepare_tensorflow()
