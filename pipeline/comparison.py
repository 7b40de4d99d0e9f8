"""A paired comparison of two models' answers for the same images."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from pipeline.quality import expected_calibration_error
from pipeline.results import Agreement

_Z_95 = 1.959963984540054


def compare(labels: NDArray[np.int64], reference: NDArray[np.float32], candidate: NDArray[np.float32]) -> Agreement:
    """Compares two models' probabilities for the same images.

    Args:
        labels: int64 (N,), the truth.
        reference: float32 (N, labels).
        candidate: float32 (N, labels).
    """
    from scipy.stats import binomtest

    reference_answers, answers = reference.argmax(axis=1), candidate.argmax(axis=1)
    was_right, is_right = reference_answers == labels, answers == labels
    num_lost, num_won = int(np.sum(was_right & ~is_right)), int(np.sum(is_right & ~was_right))
    num_discordant = num_lost + num_won
    interval = binomtest(int(is_right.sum()), len(labels)).proportion_ci(0.95, method="wilson")
    differences = np.abs(candidate.astype(np.float64) - reference)
    return Agreement(
        num_images=len(labels),
        num_flips=int(np.sum(answers != reference_answers)),
        accuracy=float(is_right.mean()),
        accuracy_interval=(float(interval.low), float(interval.high)),
        accuracy_drop_pp=100 * (num_lost - num_won) / len(labels),
        drop_interval_pp=_drop_interval_pp(num_lost, num_won, len(labels)),
        mcnemar_p=float(binomtest(num_lost, num_discordant).pvalue) if num_discordant else 1.0,
        max_probability_difference=float(differences.max()),
        mean_probability_difference=float(differences.mean()),
        confidence_drift=float((candidate.max(axis=1) - reference.max(axis=1)).mean()),
        calibration_error=expected_calibration_error(candidate, labels),
        lost_by_label=_count_lost(labels, was_right, is_right, num_labels=reference.shape[1]),
    )


def _count_lost(
    labels: NDArray[np.int64], was_right: NDArray[np.bool_], is_right: NDArray[np.bool_], num_labels: int
) -> tuple[int, ...]:
    change = was_right.astype(np.int64) - is_right
    return tuple(int(change[labels == label].sum()) for label in range(num_labels))


def _drop_interval_pp(num_lost: int, num_won: int, num_images: int) -> tuple[float, float]:
    """95 % interval of a difference of paired proportions: Wald after half an image is added to each cell.

    Agresti and Min, "Simple improved confidence intervals for comparing matched proportions", 2005.
    """
    lost, won, total = num_lost + 0.5, num_won + 0.5, num_images + 2
    difference = (lost - won) / total
    error = sqrt((lost + won) - (lost - won) ** 2 / total) / total
    return 100 * (difference - _Z_95 * error), 100 * (difference + _Z_95 * error)
