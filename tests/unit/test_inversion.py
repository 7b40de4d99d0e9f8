from math import log

import numpy as np
import pytest

from pipeline.inspection.inversion import SigmoidLayer, invert, target_answers

LN_99 = log(99)


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def run_forward(layers, values):
    for layer in layers:
        values = sigmoid(values @ layer.kernel + layer.bias)
    return values


def test_targets_are_sure_of_one_label_each():
    np.testing.assert_array_equal(target_answers(2), [[0.99, 0.01], [0.01, 0.99]])


def test_one_layer_is_the_logit_times_the_transposed_weights():
    # Logits ln 99 and -ln 99; inputs ln 99 × (2, 1 - 1, -3 + 0.5) = ln 99 × (2, 0, -2.5), stretched to 0.01-0.99.
    layer = SigmoidLayer(np.array([[1.0, -1.0], [1.0, 1.0], [-3.0, -0.5]]), np.zeros(2))
    np.testing.assert_allclose(invert([layer], target_answers(2)[:1]), [[0.99, 0.01 + 0.98 * 2.5 / 4.5, 0.01]])


def test_bias_is_taken_away_before_the_weights():
    # The logit of 0.99 is the bias itself: nothing is left of the first unit, -2 ln 99 of the second.
    layer = SigmoidLayer(np.array([[5.0, 1.0], [-7.0, 0.5], [0.0, 0.0]]), np.array([LN_99, LN_99]))
    np.testing.assert_allclose(invert([layer], target_answers(2)[:1]), [[0.01, 0.5, 0.99]])


def test_two_layers_pass_through_the_logit_in_between():
    # Hidden values (0.99, 0.01), their logits (ln 99, -ln 99); inputs ln 99 × (1 - 0, 0 - 1, 0.5 - 0.5).
    first = SigmoidLayer(np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]), np.zeros(2))
    second = SigmoidLayer(np.array([[2.0, 0.0], [0.0, 2.0]]), np.zeros(2))
    np.testing.assert_allclose(invert([first, second], target_answers(2)[:1]), [[0.99, 0.01, 0.5]])


def test_layer_without_weights_gives_grey():
    layer = SigmoidLayer(np.zeros((3, 2)), np.zeros(2))
    np.testing.assert_array_equal(invert([layer], target_answers(2)), np.full((2, 3), 0.5))


def test_inputs_run_forward_are_answered_by_their_label():
    # Three inputs speak for each hidden unit and all others against it; the hidden units do so for the labels.
    first = np.repeat(6 * np.eye(4) - 2, 3, axis=0)
    second = 10 * np.eye(4) - 4
    layers = [SigmoidLayer(first, np.zeros(4)), SigmoidLayer(second, np.full(4, 0.5))]
    inputs = invert(layers, target_answers(4))
    assert (inputs.min(), inputs.max()) == pytest.approx((0.01, 0.99))
    answers = run_forward(layers, inputs)
    assert answers.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert answers.max(axis=1).min() > 0.9
    assert np.sort(answers, axis=1)[:, :-1].max() < 0.1
