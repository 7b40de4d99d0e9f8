from dataclasses import replace

import numpy as np
import pytest

from benchmarks import damage, rotation
from benchmarks.book_mlp import BookMlp
from benchmarks.damage import DamagedImages, measure
from pipeline.architectures import get_architecture
from pipeline.architectures.edge import EDGE
from pipeline.augment import with_rotations
from pipeline.corruptions import MNIST_C
from pipeline.corruptions.graded import DROPPED_WEIGHTS, GRADED
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Splits, Subset
from pipeline.progress import Silent
from pipeline.train import untrained_model
from pipeline.trainer import Trainer

NUM_IMAGES = 40
RANDOM = np.random.default_rng(0)
SUBSET = Subset(
    RANDOM.integers(0, 256, (NUM_IMAGES, 28, 28, 1), np.uint8), np.arange(NUM_IMAGES) % 10, np.arange(NUM_IMAGES)
)


@pytest.fixture
def model():
    return untrained_model(get_architecture("mlp-200"), MNIST.contract, seed=0)


def test_measure_answers_for_every_damage_and_leaves_the_network_as_it_was(model, monkeypatch):
    monkeypatch.setattr(damage, "NUM_DRAWS", 2)
    before = model.get_weights()
    row = measure(model, "mlp-200", 7, DamagedImages(SUBSET))
    assert (row.arch, row.seed) == ("mlp-200", 7)
    assert list(row.corrupted_accuracies) == list(MNIST_C)
    assert [curve.damage for curve in row.curves] == [*GRADED, DROPPED_WEIGHTS]
    for curve in row.curves:
        assert curve.levels[0] == 0
        assert len(curve.levels) == len(curve.accuracies)
    for kernel, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kernel, other)


def test_measure_of_a_network_with_one_answer_is_the_part_of_that_label_whatever_is_damaged(model, monkeypatch):
    monkeypatch.setattr(damage, "NUM_DRAWS", 1)
    hidden, output = model.get_weights()
    output[:] = -10
    output[:, 5] = 10  # hidden units are positive, so that label 5 wins with any of its weights
    model.set_weights([hidden, output])
    row = measure(model, "mlp-200", 0, DamagedImages(SUBSET))
    assert row.clean_accuracy == 0.1
    assert set(row.corrupted_accuracies.values()) == {0.1}
    # Every fifth image has label 0 or 5.
    assert {accuracy for curve in row.curves for accuracy in curve.accuracies} == {0.5}


def test_rotation_of_edge_changes_the_angle_of_its_recipe_and_damages_no_image(monkeypatch):
    recipes = []

    class Watched(Trainer):
        def __init__(self, model, recipe, train_set, seed):
            recipes.append(recipe)
            super().__init__(model, recipe, train_set, seed)

    monkeypatch.setattr(rotation, "Trainer", Watched)
    batch = Subset(np.tile(SUBSET.images, (4, 1, 1, 1)), np.tile(SUBSET.labels, 4), np.arange(4 * NUM_IMAGES))
    row = rotation.run_edge(Splits(batch, SUBSET, SUBSET, SUBSET), 25.0, epochs=2, seed=1)
    assert (row.arch, row.angle_deg, row.seed, len(row.validation_accuracies)) == ("edge", 25.0, 1, 2)
    assert row.test_accuracy == row.validation_accuracies[-1]
    turned = replace(EDGE.recipe.augmentation, rotation_deg=25.0)
    assert recipes == [replace(EDGE.recipe, epochs=2, augmentation=turned, degradation=None)]


def test_the_books_loop_takes_the_steps_of_the_trainer(model):
    recipe = get_architecture("mlp-200").recipe
    network = BookMlp(*model.get_weights())
    trainer = Trainer(model, recipe, SUBSET, seed=5)
    trainer.run_epoch(1, Silent())
    turned = with_rotations(SUBSET, recipe.rotations_deg)
    order = np.random.default_rng([5, 1]).permutation(len(turned))
    before = network.hidden.copy()
    network.learn(turned.images[order], turned.labels[order])
    assert np.abs(network.hidden - before).max() > 0.005
    np.testing.assert_allclose(network.hidden, model.get_weights()[0], atol=2e-5)
    np.testing.assert_allclose(network.output, model.get_weights()[1], atol=2e-5)
