from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.errors import ArtifactError
from pipeline.formats import weights
from pipeline.formats.weights import Weights, check_kernels, check_weights, half_precision_rounding

VALUES = np.array([[1.0, -2.0], [0.25, 0.0]])
EXPECTED = [Weights("kernel", VALUES, np.zeros(()))]


def _check(change, rounding=0.0):
    return check_weights([Weights("kernel", VALUES + change, np.asarray(rounding))], lambda: EXPECTED)


def test_check_weights_of_equal_numbers_passes():
    assert _check(0).passed


@pytest.mark.parametrize(("error", "passed"), [(0.005, True), (-0.005, True), (0.0051, False), (np.nan, False)])
def test_check_weights_allows_half_a_step(error, passed):
    assert _check(np.array([[0, error], [0, 0]]), rounding=0.005).passed is passed


def test_check_weights_has_a_step_for_each_channel():
    error = np.array([[0.0, 0.0], [0.0009, 0.0009]])
    assert _check(error, rounding=[[0.0001], [0.0009]]).passed
    assert not _check(error, rounding=[[0.0009], [0.0001]]).passed


def test_check_weights_counts_and_names_what_is_wrong():
    detail = _check(np.array([[1, 0], [0, np.inf]])).detail
    assert detail == "2 of 4 differ by more than rounding, most in kernel"


@pytest.mark.parametrize("found", [[], [Weights("kernel", VALUES.ravel(), np.zeros(()))], EXPECTED * 2])
def test_check_weights_of_other_shapes_fails(found):
    assert not check_weights(found, lambda: EXPECTED).passed


def test_check_weights_without_the_float32_artifact_fails():
    def read():
        raise ArtifactError("float32.tflite: damaged TFLite file")

    check = check_weights(EXPECTED, read)
    assert (check.passed, check.detail) == (False, "nothing to compare with: float32.tflite: damaged TFLite file")


def test_check_weights_does_not_believe_in_steps_coarser_than_a_byte_needs():
    zeros = -VALUES
    assert not _check(zeros, rounding=2.1).passed
    assert not _check(zeros, rounding=[[2.1], [0.26]]).passed
    assert _check(np.array([[0, 0.0078], [0, 0]]), rounding=2.1).passed  # 2 / 127 / 2


def test_half_precision_rounding_is_half_the_distance_to_the_next_number():
    assert half_precision_rounding(np.array([1.0, -2.0])).tolist() == [2**-11, 2**-10]


def _layer(kind, *kernels):
    """A stand-in for a Keras layer of that class."""
    layer = type(kind, (), {})()
    layer.name, layer.weights = kind.lower(), list(kernels)
    layer.kernel = kernels[0] if kernels else None
    return layer


@pytest.fixture
def keras(monkeypatch, tmp_path):
    """Makes the reference a network of these layers; returns the path of its file."""

    def set_layers(*layers):
        monkeypatch.setattr(weights, "load_keras", lambda path: SimpleNamespace(layers=layers))
        return tmp_path / "model.keras"

    return set_layers


KERNEL = np.array([[1.0, 2.0, 0.0], [3.0, -4.0, 0.0]])


def test_check_kernels_allows_a_factor_for_each_channel(keras):
    path = keras(_layer("Rescaling"), _layer("Dense", KERNEL), _layer("BatchNormalization", KERNEL[0]))
    (check,) = check_kernels([KERNEL.T * [[2.0], [-0.1], [5.0]]], path)
    assert check.passed


@pytest.mark.parametrize("value", [3.0001, -3.0, 0.0, np.inf, np.nan])
def test_check_kernels_finds_one_wrong_number(keras, value):
    wrong = np.tile(KERNEL, (2, 1))
    path = keras(_layer("Dense", wrong.copy()))
    wrong[1, 0] = value
    (check,) = check_kernels([wrong.T], path)
    assert not check.passed
    assert check.detail.endswith("most in dense")


def test_check_kernels_of_swapped_channels_fails(keras):
    (check,) = check_kernels([KERNEL.T[[1, 0, 2]]], keras(_layer("Dense", KERNEL)))
    assert not check.passed


def test_check_kernels_of_another_number_of_layers_fails(keras):
    (check,) = check_kernels([KERNEL.T] * 2, keras(_layer("Dense", KERNEL)))
    assert check.detail == "shapes [(3, 2), (3, 2)], expected [(3, 2)]"


def test_check_kernels_of_a_network_with_other_layers_says_nothing(keras):
    assert check_kernels([KERNEL.T], keras(_layer("Dense", KERNEL), _layer("LSTM", KERNEL))) == []
