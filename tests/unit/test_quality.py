import numpy as np
import pytest

from pipeline.data.splits import Subset
from pipeline.quality import assess, expected_calibration_error
from pipeline.results import Mistake

LABELS = np.array([0, 1, 2, 1, 2])
ANSWERS = np.array([0, 2, 2, 0, 1])
TEST = Subset(np.zeros((5, 1, 1, 1), np.uint8), LABELS, np.arange(100, 105))
# The answer to one of these images is wrong, the other is right; the third is not among the images.
WRONG_LABEL_IDS = (101, 102, 999)


def _probabilities(answers, confidence):
    """float32 (N, 3): the confidence of each answer, the rest evenly for the two other labels."""
    confidence = np.broadcast_to(np.asarray(confidence, np.float32), len(answers))
    probabilities = np.repeat((1 - confidence[:, None]) / 2, 3, axis=1)
    probabilities[np.arange(len(answers)), answers] = confidence
    return probabilities


def _calibration_error(confidence, is_right):
    """Of answers with these confidences, all of them to images of label 0."""
    answers = np.where(is_right, 0, 1)
    return expected_calibration_error(_probabilities(answers, confidence), np.zeros(len(answers), np.int64))


def test_calibration_error_of_two_bins_is_weighted_by_images():
    # (3 · |1/3 − 0.82| + 1 · |1 − 0.62|) / 4
    error = _calibration_error([0.82, 0.82, 0.82, 0.62], [True, False, False, True])
    assert error == pytest.approx(0.46)


@pytest.mark.parametrize(("confidence", "error"), [(0.86, 0.34), (0.88, 0.53)], ids=["the same bin", "the next bin"])
def test_calibration_error_has_fifteen_bins_of_equal_width(confidence, error):
    # Right at 0.82, wrong at the other; the edge between the bins is 13/15 = 0.867.
    assert _calibration_error([0.82, confidence], [True, False]) == pytest.approx(error)


def test_calibration_error_puts_confidence_one_into_the_last_bin():
    # |(1 − 0.94) + (0 − 1)| / 2; in bins of their own it would be (0.06 + 1) / 2.
    assert _calibration_error([0.94, 1.0], [True, False]) == pytest.approx(0.47)


def test_calibration_error_of_perfect_calibration_is_zero():
    confidence = [0.75] * 4 + [0.625] * 8
    is_right = [True] * 3 + [False] + [True] * 5 + [False] * 3
    assert _calibration_error(confidence, is_right) == 0.0


def test_assess_counts_right_answers():
    quality = assess(TEST, _probabilities(ANSWERS, 0.8), ())
    assert quality.num_images == 5
    assert quality.accuracy == 0.4


def test_assess_leaves_out_images_with_wrong_labels():
    quality = assess(TEST, _probabilities(ANSWERS, 0.8), WRONG_LABEL_IDS)
    assert quality.num_wrong_labels == 2
    assert quality.accuracy == 0.4
    assert quality.accuracy_without_wrong_labels == pytest.approx(1 / 3)


def test_assess_confusion_has_labels_as_rows_and_answers_as_columns():
    quality = assess(TEST, _probabilities(ANSWERS, 0.8), ())
    assert quality.confusion == ((1, 0, 0), (1, 0, 1), (0, 1, 1))


def test_assess_confusion_has_a_row_for_a_label_without_images():
    test = Subset(TEST.images[:1], LABELS[:1], TEST.ids[:1])
    assert assess(test, _probabilities([0], 0.8), ()).confusion == ((1, 0, 0), (0, 0, 0), (0, 0, 0))


def test_assess_lists_mistakes_by_id_and_says_whose_label_is_wrong():
    probabilities = _probabilities(ANSWERS, 0.75)
    assert assess(TEST, probabilities, WRONG_LABEL_IDS).mistakes == (
        Mistake(id=101, label=1, answer=2, probabilities=(0.125, 0.125, 0.75), is_label_wrong=True),
        Mistake(id=103, label=1, answer=0, probabilities=(0.75, 0.125, 0.125), is_label_wrong=False),
        Mistake(id=104, label=2, answer=1, probabilities=(0.125, 0.75, 0.125), is_label_wrong=False),
    )


def test_assess_reports_the_calibration_error_of_the_probabilities():
    # |2/5 − 0.75|
    assert assess(TEST, _probabilities(ANSWERS, 0.75), ()).calibration_error == pytest.approx(0.35)
