import numpy as np
import pytest

from pipeline.config import Adam, Muon, Sgd
from pipeline.optimizers import make_optimizer
from pipeline.tensorflow_setup import prepare_tensorflow

MUON = Muon(peak_learning_rate=0.25, adam_ratio=0.5, warm_up_fraction=0.2, weight_decay=0.1)
# The rate at the first step, a 25th of its peak.
FIRST_RATE = 0.01


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    prepare_tensorflow()


def first_changes(shapes, gradients, config=MUON):
    """How much the first step changes variables that were 1."""
    from keras import Variable

    variables = [Variable(np.ones(shape), dtype="float32") for shape in shapes]
    optimizer = make_optimizer(config, num_steps=10)
    optimizer.build(variables)
    optimizer.apply([np.asarray(gradient, np.float32) for gradient in gradients], variables)
    return [variable.numpy() - 1 for variable in variables]


@pytest.mark.parametrize("shape", [(3, 3, 2, 4), (2, 2, 1, 18)], ids=["tall", "wide"])
def test_muon_moves_a_convolution_equally_in_all_directions_of_its_gradient(shape):
    rows, columns = np.prod(shape[:3]), shape[3]
    random = np.random.default_rng(0)
    left, _ = np.linalg.qr(random.normal(size=(rows, 4)))
    right = np.linalg.qr(random.normal(size=(columns, 4)))[0].T
    gradient = (left * [8, 4, 2, 1] @ right).reshape(shape)
    (change,) = first_changes([shape], [gradient])
    decay = FIRST_RATE * MUON.weight_decay
    directions = left.T @ (change + decay).reshape(rows, columns) @ right.T / (-FIRST_RATE * 0.2 * np.sqrt(18))
    # Five steps of Newton-Schulz bring singular values to between 0.68 and 1.13.
    np.testing.assert_allclose(np.diag(directions), 0.9, atol=0.25)
    np.testing.assert_allclose(directions, np.diag(np.diag(directions)), atol=1e-3)


def test_muon_leaves_dense_kernels_and_biases_to_adam():
    gradients = [[[3.0, -0.5], [0.2, -8.0]], [0.1, -20.0]]
    kernel, bias = first_changes([(2, 2), (2,)], gradients)
    # Adam's first step is the learning rate against the sign of the gradient, however large that is.
    rate = FIRST_RATE * MUON.adam_ratio
    np.testing.assert_allclose(kernel, [[-rate, rate], [-rate, rate]], rtol=1e-4)
    np.testing.assert_allclose(bias, [-rate, rate], rtol=1e-4)


def test_muon_decays_kernels_of_convolutions_alone():
    shapes = [(1, 1, 2, 2), (2, 2), (2,)]
    convolution, dense, bias = first_changes(shapes, [np.zeros(shape) for shape in shapes])
    np.testing.assert_allclose(convolution, -FIRST_RATE * MUON.weight_decay, rtol=1e-3)
    assert not dense.any()
    assert not bias.any()


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 0.01), (10, 0.13), (20, 0.25), (60, 0.125), (100, 0.0)],
    ids=["first", "warming up", "peak", "falling", "last"],
)
def test_muon_warms_up_and_decays_to_nothing(step, rate):
    optimizer = make_optimizer(MUON, num_steps=100)
    optimizer.iterations.assign(step)
    assert float(optimizer.learning_rate) == pytest.approx(rate, abs=1e-6)


def test_sgd_follows_the_gradient_at_its_rate():
    (change,) = first_changes([(2,)], [[0.5, -4.0]], Sgd(0.25))
    np.testing.assert_allclose(change, [-0.125, 1.0], rtol=1e-6)


def test_adam_takes_its_rate_against_the_sign_of_the_gradient():
    (change,) = first_changes([(2,)], [[0.5, -4.0]], Adam(0.25))
    np.testing.assert_allclose(change, [-0.25, 0.25], rtol=1e-4)


def test_muon_follows_dense_kernels_as_adam_does_over_several_steps():
    import keras

    gradients = np.random.default_rng(0).normal(size=(4, 2, 3)).astype(np.float32)
    config = Muon(peak_learning_rate=0.25, adam_ratio=0.5, warm_up_fraction=0.0)
    ours, theirs = (keras.Variable(np.ones((2, 3)), dtype="float32") for _ in range(2))
    # So long a training that the learning rate is still at its peak.
    muon, adam = make_optimizer(config, num_steps=1_000_000), keras.optimizers.Adam(0.125)
    muon.build([ours])
    adam.build([theirs])
    for gradient in gradients:
        muon.apply([gradient], [ours])
        adam.apply([gradient], [theirs])
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4)


def test_muon_follows_its_momentum_over_several_steps():
    from keras import Variable

    gradients = np.random.default_rng(0).normal(size=(4, 1, 1, 8, 4)).astype(np.float32)
    config = Muon(peak_learning_rate=0.25, warm_up_fraction=0.0, weight_decay=0.0)
    variable = Variable(np.zeros((1, 1, 8, 4)), dtype="float32")
    optimizer = make_optimizer(config, num_steps=1_000_000)
    optimizer.build([variable])
    momentum, before = np.zeros((8, 4)), np.zeros((8, 4))
    for gradient in gradients:
        optimizer.apply([gradient], [variable])
        after = variable.numpy().reshape(8, 4)
        # Nesterov: the momentum with this gradient, then a look ahead by one more step of it.
        momentum = 0.95 * momentum + gradient.reshape(8, 4)
        left, _, right = np.linalg.svd(gradient.reshape(8, 4) + 0.95 * momentum, full_matrices=False)
        directions = left.T @ (after - before) @ right.T / (-0.25 * 0.2 * np.sqrt(8))
        np.testing.assert_allclose(directions, np.eye(4), atol=0.35)
        np.testing.assert_allclose(directions - np.diag(np.diag(directions)), 0, atol=2e-3)
        before = after
