from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, log_softmax

from pipeline.architectures import ARCHITECTURES
from pipeline.data.splits import Subset
from pipeline.inference import predict_in_batches
from pipeline.losses import cross_entropy, handmade_squared_error
from pipeline.progress import Silent
from pipeline.temperature_scaling import fold_temperature, scale_temperature
from pipeline.tensorflow_setup import prepare_tensorflow
from pipeline.train import train, untrained_model
from tests.integration.tiny import CONTRACT, IMAGES, SUBSET, assert_close, make_model, pixels_of, up_to_logits

WEIGHTS = np.random.default_rng(2).uniform(0, 1, len(IMAGES)).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    prepare_tensorflow()


def test_fold_temperature_divides_the_logits_and_keeps_the_answers():
    model = make_model()
    logits, probabilities = up_to_logits(model)(IMAGES).numpy(), predict_in_batches(model, IMAGES)
    fold_temperature(model, 4.0)
    np.testing.assert_allclose(up_to_logits(model)(IMAGES).numpy(), logits / 4, rtol=1e-5)
    softer = predict_in_batches(model, IMAGES)
    np.testing.assert_array_equal(softer.argmax(axis=1), probabilities.argmax(axis=1))
    assert np.all(softer.max(axis=1) < probabilities.max(axis=1))


def test_scale_temperature_leaves_nothing_to_scale():
    model = make_model()
    labels = predict_in_batches(model, SUBSET.images).argmax(axis=1)
    labels[:3] = (labels[:3] + 1) % 3
    mostly_right = replace(SUBSET, labels=labels)
    assert scale_temperature(model, mostly_right) != pytest.approx(1, rel=0.05)
    assert scale_temperature(model, mostly_right) == pytest.approx(1, rel=1e-3)


def test_cross_entropy_is_the_weighted_mean_over_images_and_the_regularisation():
    import tensorflow as tf
    from keras import regularizers

    network = up_to_logits(make_model(regularizer=regularizers.L2(0.1)))
    targets = np.random.default_rng(1).dirichlet([1, 1, 1], len(IMAGES)).astype(np.float32)
    loss, logits = cross_entropy(network, tf.constant(IMAGES), tf.constant(targets), tf.constant(WEIGHTS))
    of_images = -(targets * log_softmax(network(IMAGES).numpy(), axis=1)).sum(axis=1)
    regularisation = 0.1 * np.sum(network.get_layer("hidden").get_weights()[0] ** 2)
    assert float(loss) == pytest.approx((WEIGHTS * of_images).mean() + regularisation, rel=1e-5)
    np.testing.assert_allclose(logits, network(IMAGES))


def book_step(pixels, targets, hidden_kernel, output_kernel, weights=1.0):
    """What one step adds to both kernels at a learning rate of 1, summed over images; kernels are (in, out).

    Rashid, "Make Your Own Neural Network", 2016: errors go back through the weights as they are, and each layer
    multiplies its own by the derivative of its sigmoid.
    """
    hidden = expit(pixels @ hidden_kernel)
    outputs = expit(hidden @ output_kernel)
    errors = np.reshape(weights, (-1, 1)) * (targets - outputs)
    hidden_errors = errors @ output_kernel.T
    return pixels.T @ (hidden_errors * hidden * (1 - hidden)), hidden.T @ (errors * outputs * (1 - outputs))


def book_targets(labels, num_labels):
    targets = np.full((len(labels), num_labels), 0.01)
    targets[np.arange(len(labels)), labels] = 0.99
    return targets


def test_handmade_squared_error_has_the_gradients_of_the_book():
    import tensorflow as tf

    network = up_to_logits(make_model("sigmoid", use_bias=False))
    with tf.GradientTape() as tape:
        loss, _ = handmade_squared_error(network, tf.constant(IMAGES), tf.one_hot(SUBSET.labels, 3), WEIGHTS)
    gradients = tape.gradient(loss, network.trainable_variables)
    steps = book_step(pixels_of(IMAGES), book_targets(SUBSET.labels, 3), *network.get_weights(), WEIGHTS)
    assert_close([-len(IMAGES) * gradient for gradient in gradients], steps)


def test_handmade_squared_error_is_half_the_weighted_sum_of_squares_of_an_image():
    import tensorflow as tf

    network = up_to_logits(make_model("sigmoid", use_bias=False))
    loss, logits = handmade_squared_error(network, tf.constant(IMAGES), tf.one_hot(SUBSET.labels, 3), WEIGHTS)
    errors = book_targets(SUBSET.labels, 3) - expit(network(IMAGES).numpy())
    assert float(loss) == pytest.approx(WEIGHTS @ np.sum(errors**2, axis=1) / 2 / len(IMAGES), rel=1e-5)
    np.testing.assert_allclose(logits, network(IMAGES), rtol=1e-5)


def test_handmade_squared_error_adds_the_regularisation_of_the_network():
    import tensorflow as tf
    from keras import regularizers

    targets = tf.one_hot(SUBSET.labels, 3)
    network = up_to_logits(make_model("sigmoid", use_bias=False))
    regularised = up_to_logits(make_model("sigmoid", regularizers.L2(0.1), use_bias=False))
    losses = [
        float(handmade_squared_error(each, tf.constant(IMAGES), targets, WEIGHTS)[0]) for each in (network, regularised)
    ]
    assert losses[1] - losses[0] == pytest.approx(0.1 * np.sum(network.get_weights()[0] ** 2), rel=1e-4)


def test_mlp_200_learns_one_image_as_in_the_book(tmp_path):
    architecture = ARCHITECTURES["mlp-200"]
    image = Subset(SUBSET.images[:1], SUBSET.labels[:1], SUBSET.ids[:1])
    model = untrained_model(architecture, CONTRACT, seed=3)
    weights = model.get_weights()
    recipe = replace(architecture.recipe, epochs=1, rotations_deg=(0.0,))
    train(model, recipe, image, image, 5, tmp_path, "key", Silent())
    pixels = pixels_of(image.images) * 0.99 + 0.01
    steps = book_step(pixels, book_targets(image.labels, 3), *weights)
    changes = [after - before for after, before in zip(model.get_weights(), weights, strict=True)]
    assert_close(changes, [0.01 * step for step in steps], rtol=1e-3, atol=1e-7)
