from dataclasses import replace

import numpy as np
import pytest

from pipeline.config import Sgd
from pipeline.inference import predict_in_batches
from pipeline.progress import Silent
from pipeline.tensorflow_setup import prepare_tensorflow
from pipeline.train import train
from pipeline.trainer import Trainer
from tests.integration.tiny import CONTRACT, RECIPE, SUBSET, assert_close, make_model

STILL = replace(RECIPE, optimizer=Sgd(0.0))


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    prepare_tensorflow()


def trained_weights(folder, recipe):
    model = make_model()
    train(model, recipe, SUBSET, SUBSET, 5, folder, "key", Silent())
    return model.get_weights()


def is_equal(weights, others):
    return all(np.array_equal(weight, other) for weight, other in zip(weights, others, strict=True))


def test_training_in_shards_gives_the_weights_of_whole_batches(tmp_path):
    whole = trained_weights(tmp_path / "whole", RECIPE)
    shards = trained_weights(tmp_path / "shards", replace(RECIPE, num_shards=2))
    assert not np.allclose(whole[0], make_model().get_weights()[0], atol=1e-2)
    assert_close(shards, whole)


def test_training_shows_the_loss_and_accuracy_of_whole_batches(tmp_path):
    recipe = replace(STILL, epochs=1, num_shards=2)
    model = make_model()
    (entry,) = train(model, recipe, SUBSET, SUBSET, 5, tmp_path, "key", Silent())
    probabilities = predict_in_batches(model, SUBSET.images)
    likelihoods = probabilities[np.arange(len(SUBSET)), SUBSET.labels]
    assert entry.loss == pytest.approx(-np.log(likelihoods).mean(), rel=1e-5)
    assert entry.train_accuracy == np.mean(probabilities.argmax(axis=1) == SUBSET.labels)


def test_label_smoothing_falls_to_nothing(tmp_path):
    recipe = replace(STILL, epochs=4, batch_size=16, label_smoothing=0.4)
    model = make_model()
    history = train(model, recipe, SUBSET, SUBSET, 5, tmp_path, "key", Silent())
    log_likelihoods = np.log(predict_in_batches(model, SUBSET.images))
    hard = -log_likelihoods[np.arange(16), SUBSET.labels].mean()
    smooth = -log_likelihoods.mean()
    # One step an epoch, weights that stay: the loss follows the smoothing alone.
    expected = [hard + part * (smooth - hard) for part in (0.4, 0.3, 0.2, 0.1)]
    assert [entry.loss for entry in history] == pytest.approx(expected, rel=1e-5)


def test_training_without_an_average_ends_with_the_last_weights():
    model = make_model()
    trainer = Trainer(model, RECIPE, SUBSET, seed=5)
    trainer.run_epoch(1, Silent())
    last = model.get_weights()
    trainer.use_averaged_weights()
    assert is_equal(model.get_weights(), last)


def test_average_over_less_than_a_step_is_the_last_weights():
    model = make_model()
    trainer = Trainer(model, replace(RECIPE, ema_fraction=0.01), SUBSET, seed=5)
    trainer.run_epoch(1, Silent())
    last = model.get_weights()
    trainer.use_averaged_weights()
    for weight, expected in zip(model.get_weights(), last, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-6)


def test_average_of_the_weights_forgets_over_its_horizon():
    model = make_model()
    # 30 steps, one an epoch: the horizon grows by 0.1 a step, from 1 to 0.1 · 30.
    trainer = Trainer(model, replace(RECIPE, epochs=30, batch_size=16, ema_fraction=0.1), SUBSET, seed=5)
    average = 0
    for step in range(30):
        trainer.run_epoch(step + 1, Silent())
        average += (model.get_weights()[0] - average) / min(3.0, 1 + step / 10)
    trainer.use_averaged_weights()
    np.testing.assert_allclose(model.get_weights()[0], average, rtol=1e-4, atol=1e-6)


def test_averaged_accuracy_is_that_of_the_averages_and_leaves_the_weights():
    model = make_model()
    trainer = Trainer(model, replace(RECIPE, ema_fraction=0.9), SUBSET, seed=5)
    trainer.run_epoch(1, Silent())
    last = model.get_weights()
    accuracy = trainer.averaged_accuracy(SUBSET)
    assert is_equal(model.get_weights(), last)
    trainer.use_averaged_weights()
    assert accuracy == np.mean(predict_in_batches(model, SUBSET.images).argmax(axis=1) == SUBSET.labels)


def test_training_with_fewer_images_than_a_batch_is_refused():
    with pytest.raises(ValueError, match="expected at least 17 training images, received 16"):
        Trainer(make_model(), replace(RECIPE, batch_size=17), SUBSET, seed=5)


def test_predict_in_batches_answers_every_image_in_order():
    model = make_model()
    images = np.random.default_rng(2).integers(0, 256, (501, *CONTRACT.input.shape), np.uint8)
    np.testing.assert_allclose(
        predict_in_batches(model, images), model(images.astype(np.float32)).numpy(), rtol=1e-4, atol=1e-6
    )
