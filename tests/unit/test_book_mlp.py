import numpy as np
import pytest
from scipy.special import expit

from benchmarks.book_mlp import BookMlp, untrained_book_mlp
from benchmarks.rotation import run_book_mlp
from pipeline.data.splits import Splits, Subset

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (3, 2, 2, 1), np.uint8)
LABELS = np.array([2, 0, 1])


def _step(hidden_kernel, output_kernel, image, label):
    """Rashid, "Make Your Own Neural Network", 2016, page by page, in float64."""
    inputs = image.ravel() / 255 * 0.99 + 0.01
    targets = np.full(3, 0.01)
    targets[label] = 0.99
    hidden = expit(hidden_kernel.T @ inputs)
    outputs = expit(output_kernel.T @ hidden)
    output_errors = targets - outputs
    hidden_errors = output_kernel @ output_errors
    return (
        hidden_kernel + 0.01 * np.outer(inputs, hidden_errors * hidden * (1 - hidden)),
        output_kernel + 0.01 * np.outer(hidden, output_errors * outputs * (1 - outputs)),
    )


def test_learn_takes_the_steps_of_the_book_one_image_after_the_other():
    kernels = RANDOM.normal(0, 2, (4, 5)), RANDOM.normal(0, 2, (5, 3))
    network = BookMlp(*(kernel.astype(np.float32) for kernel in kernels))
    network.learn(IMAGES, LABELS)
    expected = kernels
    for image, label in zip(IMAGES, LABELS, strict=True):
        expected = _step(*expected, image, label)
    assert np.abs(expected[0] - kernels[0]).max() > 1e-4
    np.testing.assert_allclose(network.hidden, expected[0], atol=1e-6)
    np.testing.assert_allclose(network.output, expected[1], atol=1e-6)


def test_answers_are_the_outputs_that_are_highest():
    to_label = np.eye(3, dtype=np.float32)
    network = BookMlp(10 * np.eye(4, 3, dtype=np.float32), to_label)
    images = np.zeros((3, 2, 2, 1), np.uint8)
    images.reshape(3, 4)[[0, 1, 2], [1, 0, 2]] = 255
    assert network.answers(images).tolist() == [1, 0, 2]


def test_untrained_kernels_depend_on_the_seed_and_have_the_deviations_of_the_architecture():
    network = untrained_book_mlp(784, 10, 3)
    assert network.hidden.std() == pytest.approx(784**-0.5, rel=0.01)
    assert network.output.std() == pytest.approx(200**-0.5, rel=0.05)
    np.testing.assert_array_equal(network.hidden, untrained_book_mlp(784, 10, 3).hidden)
    assert (network.hidden != untrained_book_mlp(784, 10, 4).hidden).any()


def _bars(num, seed):
    """Upright bars are of label 0, level ones of label 1; the ids are the row numbers."""
    labels = np.arange(num) % 2
    images = np.random.default_rng(seed).integers(0, 60, (num, 28, 28, 1), np.uint8)
    images[labels == 0, 4:24, 12:16] = 255
    images[labels == 1, 12:16, 4:24] = 255
    return Subset(images, labels, np.arange(num))


def test_run_reports_every_epoch_and_a_quarter_turn_confuses_bars():
    splits = Splits(_bars(300, 0), _bars(50, 1), _bars(2, 2), _bars(50, 3))
    upright, turned = (run_book_mlp(splits, angle_deg, epochs=2, seed=0) for angle_deg in (0.0, 90.0))
    assert (upright.arch, upright.angle_deg, upright.seed) == ("mlp-200", 0.0, 0)
    assert len(upright.validation_accuracies) == 2
    assert upright.test_accuracy == upright.validation_accuracies[-1] == 1
    # Two of three bars that the network learns from lie the other way.
    assert turned.test_accuracy == 0
