import numpy as np
import pytest

from pipeline.comparison import compare


def _probabilities(answers, confidence=0.8):
    """float32 (N, 3): `confidence` for each answer, the rest evenly for the two other labels."""
    probabilities = np.full((len(answers), 3), (1 - confidence) / 2, np.float32)
    probabilities[np.arange(len(answers)), answers] = confidence
    return probabilities


def _compare_right_and_wrong(was_right, is_right):
    """Compares two models for images of label 0, of which each gets some right."""
    reference, candidate = (np.where(right, 0, 1) for right in (was_right, is_right))
    return compare(np.zeros(len(was_right), np.int64), _probabilities(reference), _probabilities(candidate))


def test_compare_counts_flips_between_wrong_answers_too():
    labels = np.array([0, 0, 1, 1, 2])
    agreement = compare(labels, _probabilities([0, 1, 1, 1, 2]), _probabilities([0, 2, 0, 1, 2]))
    assert agreement.num_images == 5
    assert agreement.num_flips == 2
    assert agreement.accuracy == 0.6
    assert agreement.accuracy_drop_pp == 20.0


def test_compare_drop_of_a_better_model_is_negative():
    assert _compare_right_and_wrong([True, True, False, False], [True, True, True, False]).accuracy_drop_pp == -25.0


def test_compare_mcnemar_is_exact_and_two_sided():
    was_right = [True] * 5 + [False] + [True] * 94
    is_right = [False] * 5 + [True] + [True] * 94
    # 2 · (6 + 1) / 2⁶
    assert _compare_right_and_wrong(was_right, is_right).mcnemar_p == pytest.approx(0.21875)


def test_compare_mcnemar_without_a_difference_is_one():
    assert _compare_right_and_wrong([True, False], [True, False]).mcnemar_p == 1.0


def test_compare_accuracy_interval_is_wilsons():
    is_right = [True] * 81 + [False] * (263 - 81)
    # Newcombe 1998, table I: 81 of 263 by the score method.
    assert _compare_right_and_wrong(is_right, is_right).accuracy_interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_compare_drop_interval_is_agresti_and_mins():
    was_right = [True] * 8 + [False] * 2 + [True] * 90
    is_right = [False] * 8 + [True] * 2 + [True] * 90
    # (8.5 − 2.5) / 102 ± 1.96 · √(11 − 6² / 102) / 102
    interval = _compare_right_and_wrong(was_right, is_right).drop_interval_pp
    assert interval == pytest.approx((-0.3876, 12.1523), abs=1e-3)


def test_compare_reports_how_far_probabilities_differ():
    agreement = compare(np.array([0, 1]), _probabilities([0, 1], 0.8), _probabilities([0, 1], 0.9))
    assert agreement.num_flips == 0
    assert agreement.max_probability_difference == pytest.approx(0.1)
    assert agreement.mean_probability_difference == pytest.approx(0.2 / 3)


@pytest.mark.parametrize(("confidence", "drift"), [(0.9, 0.1), (0.6, -0.2)])
def test_compare_confidence_drift_has_a_sign(confidence, drift):
    agreement = compare(np.array([0, 1]), _probabilities([0, 1], 0.8), _probabilities([0, 1], confidence))
    assert agreement.confidence_drift == pytest.approx(drift)
