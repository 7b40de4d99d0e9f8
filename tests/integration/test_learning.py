from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, log_softmax

from pipeline.architectures import ARCHITECTURES
from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import classifier, scaled_images
from pipeline.config import Recipe, Sgd
from pipeline.contract import Preprocessing
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset
from pipeline.inference import predict_in_batches
from pipeline.losses import LOGITS, cross_entropy, handmade_squared_error
from pipeline.progress import Silent
from pipeline.temperature_scaling import fold_temperature, scale_temperature
from pipeline.tensorflow_setup import prepare_tensorflow
from pipeline.train import train, untrained_model
from pipeline.trainer import Trainer

CONTRACT = replace(
    MNIST.contract,
    input=replace(MNIST.contract.input, height=4, width=4),
    labels=("a", "b", "c"),
    preprocessing=Preprocessing(box_px=4, centre="mass"),
)
# The learning rate is large, so that what a step does is larger than what rounding does.
RECIPE = Recipe(epochs=2, batch_size=8, optimizer=Sgd(0.5))
STILL = replace(RECIPE, optimizer=Sgd(0.0))


def make_model(hidden="relu", regularizer=None, use_bias=True):
    """16 pixels, 5 hidden units, 3 labels; every weight is random, biases too."""

    def build(contract):
        from keras import layers

        images, scaled = scaled_images(contract)
        pixels = layers.Flatten()(scaled)
        features = layers.Dense(5, hidden, use_bias, kernel_regularizer=regularizer, name="hidden")(pixels)
        return classifier(images, features, contract, "tiny", use_bias=use_bias)

    model = untrained_model(Architecture("tiny", "", build, RECIPE), CONTRACT, seed=3)
    random = np.random.default_rng(3)
    model.set_weights([random.normal(0, 0.5, weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    prepare_tensorflow()


@pytest.fixture(scope="module")
def subset():
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (16, *CONTRACT.input.shape), np.uint8)
    return Subset(images, random.integers(0, 3, 16), np.arange(16))


@pytest.fixture(scope="module")
def images(subset):
    return subset.images.astype(np.float32)


def up_to_logits(model):
    import keras

    return keras.Model(model.input, model.get_layer(LOGITS).output)


def pixels_of(images):
    return images.reshape(len(images), -1) / 255


def trained_weights(subset, folder, recipe):
    model = make_model()
    train(model, recipe, subset, subset, 5, folder, "key", Silent())
    return model.get_weights()


def is_equal(weights, others):
    return all(np.array_equal(weight, other) for weight, other in zip(weights, others, strict=True))


def assert_close(weights, others, rtol=1e-5, atol=1e-6):
    for weight, other in zip(weights, others, strict=True):
        np.testing.assert_allclose(weight, other, rtol=rtol, atol=atol)


def test_fold_temperature_divides_the_logits_and_keeps_the_answers(images):
    model = make_model()
    logits, probabilities = up_to_logits(model)(images).numpy(), predict_in_batches(model, images)
    fold_temperature(model, 4.0)
    np.testing.assert_allclose(up_to_logits(model)(images).numpy(), logits / 4, rtol=1e-5)
    softer = predict_in_batches(model, images)
    np.testing.assert_array_equal(softer.argmax(axis=1), probabilities.argmax(axis=1))
    assert np.all(softer.max(axis=1) < probabilities.max(axis=1))


def test_scale_temperature_leaves_nothing_to_scale(subset):
    model = make_model()
    labels = predict_in_batches(model, subset.images).argmax(axis=1)
    labels[:3] = (labels[:3] + 1) % 3
    mostly_right = replace(subset, labels=labels)
    assert scale_temperature(model, mostly_right) != pytest.approx(1, rel=0.05)
    assert scale_temperature(model, mostly_right) == pytest.approx(1, rel=1e-3)


def test_cross_entropy_is_the_mean_over_images_and_the_regularisation(images):
    import tensorflow as tf
    from keras import regularizers

    network = up_to_logits(make_model(regularizer=regularizers.L2(0.1)))
    targets = np.random.default_rng(1).dirichlet([1, 1, 1], len(images)).astype(np.float32)
    loss, logits = cross_entropy(network, tf.constant(images), tf.constant(targets))
    of_images = -(targets * log_softmax(network(images).numpy(), axis=1)).sum(axis=1)
    regularisation = 0.1 * np.sum(network.get_layer("hidden").get_weights()[0] ** 2)
    assert float(loss) == pytest.approx(of_images.mean() + regularisation, rel=1e-5)
    np.testing.assert_allclose(logits, network(images))


def book_step(pixels, targets, hidden_kernel, output_kernel):
    """What one step adds to both kernels at a learning rate of 1, summed over images; kernels are (in, out).

    Rashid, "Make Your Own Neural Network", 2016: errors go back through the weights as they are, and each layer
    multiplies its own by the derivative of its sigmoid.
    """
    hidden = expit(pixels @ hidden_kernel)
    outputs = expit(hidden @ output_kernel)
    errors = targets - outputs
    hidden_errors = errors @ output_kernel.T
    return pixels.T @ (hidden_errors * hidden * (1 - hidden)), hidden.T @ (errors * outputs * (1 - outputs))


def book_targets(labels, num_labels):
    targets = np.full((len(labels), num_labels), 0.01)
    targets[np.arange(len(labels)), labels] = 0.99
    return targets


def test_handmade_squared_error_has_the_gradients_of_the_book(subset, images):
    import tensorflow as tf

    network = up_to_logits(make_model("sigmoid", use_bias=False))
    with tf.GradientTape() as tape:
        loss, _ = handmade_squared_error(network, tf.constant(images), tf.one_hot(subset.labels, 3))
    gradients = tape.gradient(loss, network.trainable_variables)
    steps = book_step(pixels_of(images), book_targets(subset.labels, 3), *network.get_weights())
    assert_close([-len(images) * gradient for gradient in gradients], steps)


def test_handmade_squared_error_is_half_the_sum_of_squares_of_an_image(subset, images):
    import tensorflow as tf

    network = up_to_logits(make_model("sigmoid", use_bias=False))
    loss, logits = handmade_squared_error(network, tf.constant(images), tf.one_hot(subset.labels, 3))
    errors = book_targets(subset.labels, 3) - expit(network(images).numpy())
    assert float(loss) == pytest.approx(np.sum(errors**2) / 2 / len(images), rel=1e-5)
    np.testing.assert_allclose(logits, network(images), rtol=1e-5)


def test_handmade_squared_error_adds_the_regularisation_of_the_network(subset, images):
    import tensorflow as tf
    from keras import regularizers

    targets = tf.one_hot(subset.labels, 3)
    network = up_to_logits(make_model("sigmoid", use_bias=False))
    regularised = up_to_logits(make_model("sigmoid", regularizers.L2(0.1), use_bias=False))
    losses = [float(handmade_squared_error(each, tf.constant(images), targets)[0]) for each in (network, regularised)]
    assert losses[1] - losses[0] == pytest.approx(0.1 * np.sum(network.get_weights()[0] ** 2), rel=1e-4)


def test_mlp_200_learns_one_image_as_in_the_book(subset, tmp_path):
    architecture = ARCHITECTURES["mlp-200"]
    image = Subset(subset.images[:1], subset.labels[:1], subset.ids[:1])
    model = untrained_model(architecture, CONTRACT, seed=3)
    weights = model.get_weights()
    recipe = replace(architecture.recipe, epochs=1, rotations_deg=(0.0,))
    train(model, recipe, image, image, 5, tmp_path, "key", Silent())
    pixels = pixels_of(image.images) * 0.99 + 0.01
    steps = book_step(pixels, book_targets(image.labels, 3), *weights)
    changes = [after - before for after, before in zip(model.get_weights(), weights, strict=True)]
    assert_close(changes, [0.01 * step for step in steps], rtol=1e-3, atol=1e-7)


def test_training_in_shards_gives_the_weights_of_whole_batches(subset, tmp_path):
    whole = trained_weights(subset, tmp_path / "whole", RECIPE)
    shards = trained_weights(subset, tmp_path / "shards", replace(RECIPE, num_shards=2))
    assert not np.allclose(whole[0], make_model().get_weights()[0], atol=1e-2)
    assert_close(shards, whole)


def test_training_shows_the_loss_and_accuracy_of_whole_batches(subset, tmp_path):
    recipe = replace(STILL, epochs=1, num_shards=2)
    model = make_model()
    (entry,) = train(model, recipe, subset, subset, 5, tmp_path, "key", Silent())
    probabilities = predict_in_batches(model, subset.images)
    likelihoods = probabilities[np.arange(len(subset)), subset.labels]
    assert entry.loss == pytest.approx(-np.log(likelihoods).mean(), rel=1e-5)
    assert entry.train_accuracy == np.mean(probabilities.argmax(axis=1) == subset.labels)


def test_label_smoothing_falls_to_nothing(subset, tmp_path):
    recipe = replace(STILL, epochs=4, batch_size=16, label_smoothing=0.4)
    model = make_model()
    history = train(model, recipe, subset, subset, 5, tmp_path, "key", Silent())
    log_likelihoods = np.log(predict_in_batches(model, subset.images))
    hard = -log_likelihoods[np.arange(16), subset.labels].mean()
    smooth = -log_likelihoods.mean()
    # One step an epoch, weights that stay: the loss follows the smoothing alone.
    expected = [hard + part * (smooth - hard) for part in (0.4, 0.3, 0.2, 0.1)]
    assert [entry.loss for entry in history] == pytest.approx(expected, rel=1e-5)


def test_training_without_an_average_ends_with_the_last_weights(subset):
    model = make_model()
    trainer = Trainer(model, RECIPE, subset, seed=5)
    trainer.run_epoch(1, Silent())
    last = model.get_weights()
    trainer.use_averaged_weights()
    assert is_equal(model.get_weights(), last)


def test_average_over_less_than_a_step_is_the_last_weights(subset):
    model = make_model()
    trainer = Trainer(model, replace(RECIPE, ema_fraction=0.01), subset, seed=5)
    trainer.run_epoch(1, Silent())
    last = model.get_weights()
    trainer.use_averaged_weights()
    for weight, expected in zip(model.get_weights(), last, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-6)


def test_average_of_the_weights_forgets_over_its_horizon(subset):
    model = make_model()
    # 30 steps, one an epoch: the horizon grows by 0.1 a step, from 1 to 0.1 · 30.
    trainer = Trainer(model, replace(RECIPE, epochs=30, batch_size=16, ema_fraction=0.1), subset, seed=5)
    average = 0
    for step in range(30):
        trainer.run_epoch(step + 1, Silent())
        average += (model.get_weights()[0] - average) / min(3.0, 1 + step / 10)
    trainer.use_averaged_weights()
    np.testing.assert_allclose(model.get_weights()[0], average, rtol=1e-4, atol=1e-6)


def test_averaged_accuracy_is_that_of_the_averages_and_leaves_the_weights(subset):
    model = make_model()
    trainer = Trainer(model, replace(RECIPE, ema_fraction=0.9), subset, seed=5)
    trainer.run_epoch(1, Silent())
    last = model.get_weights()
    accuracy = trainer.averaged_accuracy(subset)
    assert is_equal(model.get_weights(), last)
    trainer.use_averaged_weights()
    assert accuracy == np.mean(predict_in_batches(model, subset.images).argmax(axis=1) == subset.labels)


def test_training_with_fewer_images_than_a_batch_is_refused(subset):
    with pytest.raises(ValueError, match="expected at least 17 training images, received 16"):
        Trainer(make_model(), replace(RECIPE, batch_size=17), subset, seed=5)


def test_predict_in_batches_answers_every_image_in_order():
    model = make_model()
    images = np.random.default_rng(2).integers(0, 256, (501, *CONTRACT.input.shape), np.uint8)
    np.testing.assert_allclose(
        predict_in_batches(model, images), model(images.astype(np.float32)).numpy(), rtol=1e-4, atol=1e-6
    )
