import numpy as np
import pytest
from scipy.special import softmax

from pipeline.temperature_scaling import fit_temperature


def _draw(num_images):
    """Logits of three labels, and labels drawn from their softmax."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (num_images, 3))
    # The largest of logits with Gumbel noise is distributed as their softmax.
    return logits, (logits + random.gumbel(size=logits.shape)).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 4.0])
def test_fit_temperature_recovers_how_much_the_logits_were_sharpened(temperature):
    logits, labels = _draw(5_000)
    probabilities = softmax(logits * temperature, axis=1).astype(np.float32)
    assert fit_temperature(probabilities, labels) == pytest.approx(temperature, rel=0.05)


def test_fit_temperature_of_saturated_probabilities_reads_zero_as_the_smallest_number():
    probabilities = np.tile(np.array([1, 0], np.float32), (10_000, 1))
    labels = np.zeros(10_000, np.int64)
    labels[0] = 1
    # One label in 10,000 is the other: odds of 1 to 9,999, where the logits say 1 to 2⁻¹²⁶.
    assert fit_temperature(probabilities, labels) == pytest.approx(126 * np.log(2) / np.log(9_999), rel=1e-3)


@pytest.mark.parametrize(("label", "temperature"), [(0, 0.1), (1, 10.0)], ids=["always right", "always wrong"])
def test_fit_temperature_stays_within_its_bounds(label, temperature):
    probabilities = np.tile(np.array([0.6, 0.4], np.float32), (10, 1))
    found = fit_temperature(probabilities, np.full(10, label))
    assert found == pytest.approx(temperature, rel=1e-3)
    assert 0.1 <= found <= 10.0
