from dataclasses import replace

import numpy as np
import pytest

from pipeline.architectures import ARCHITECTURES
from pipeline.config import Recipe
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset
from pipeline.progress import Silent
from pipeline.train import CHECKPOINT, train, untrained_model

MAX_PARAMETERS = {"nano": 10_000, "edge": 30_000}
RECIPE = Recipe(epochs=3, batch_size=16)


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


@pytest.fixture(scope="module")
def images():
    random = np.random.default_rng(1)
    labels = np.arange(64, dtype=np.int64) % 10
    pixels = random.integers(0, 256, (64, *MNIST.contract.input.shape), np.uint8)
    return Subset(pixels, labels, np.arange(64))


def run(images, folder, progress, recipe=RECIPE, key="key"):
    model = untrained_model(ARCHITECTURES["nano"], MNIST.contract, seed=5)
    history = train(model, recipe, images, images, 5, folder, key, progress)
    return model.get_weights(), history


def assert_equal(weights, others):
    assert all(np.array_equal(weight, other) for weight, other in zip(weights, others, strict=True))


def test_training_stopped_and_resumed_gives_the_same_weights(images, tmp_path):
    undisturbed, history = run(images, tmp_path / "undisturbed", Silent())
    with pytest.raises(Stop):
        run(images, tmp_path / "stopped", StopAfter(2))
    resumed, resumed_history = run(images, tmp_path / "stopped", Silent())
    assert_equal(undisturbed, resumed)
    assert [entry.loss for entry in resumed_history] == [entry.loss for entry in history]


def test_training_ignores_a_checkpoint_of_another_key(images, tmp_path):
    undisturbed, _ = run(images, tmp_path / "undisturbed", Silent())
    run(images, tmp_path / "other", Silent(), replace(RECIPE, peak_learning_rate=1e-4), key="other")
    weights, _ = run(images, tmp_path / "other", Silent())
    assert_equal(undisturbed, weights)


@pytest.mark.parametrize("content", [b"", b"damaged", b"PK\x03\x04 cut off"])
def test_training_with_a_damaged_checkpoint_starts_anew(images, tmp_path, content):
    (tmp_path / CHECKPOINT).write_bytes(content)
    _, history = run(images, tmp_path, Silent(), replace(RECIPE, epochs=1))
    assert [entry.epoch for entry in history] == [1]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_architecture_keeps_its_promises(name):
    model = untrained_model(ARCHITECTURES[name], MNIST.contract, seed=0)
    assert model.count_params() <= MAX_PARAMETERS[name]
    assert type(model.layers[1]).__name__ == "Rescaling"
    assert type(model.layers[-1]).__name__ == "Softmax"
    assert model.output_shape == (None, MNIST.contract.num_labels)
