"""How good is the reference itself, apart from whether its exports are the same?"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.formats.keras_file import KERAS
from pipeline.results import Mistake, Quality
from pipeline.runtimes.keras_model import KERAS_MODEL

_NUM_BINS = 15


def assess_reference(
    artifacts: Path, contract: ModelContract, test: Subset, wrong_label_ids: tuple[int, ...] = ()
) -> Quality:
    """Runs the reference on the test images.

    Args:
        artifacts: The folder of artifacts; holds the Keras file.
        contract: What the artifacts promise.
        test: Images with labels.
        wrong_label_ids: Ids of test images whose label people did not confirm.

    Raises:
        ArtifactError: The reference is missing or damaged.
    """
    runner = KERAS_MODEL.load(artifacts / KERAS.path, contract)
    return assess(test, runner.predict(test.images), wrong_label_ids)


def assess(test: Subset, probabilities: NDArray[np.float32], wrong_label_ids: tuple[int, ...]) -> Quality:
    """Compares answers with the truth.

    Args:
        test: Images with labels.
        probabilities: float32 (N, labels) for these images.
        wrong_label_ids: Ids of test images whose label people did not confirm.
    """
    answers = probabilities.argmax(axis=1)
    is_right = answers == test.labels
    is_label_wrong = np.isin(test.ids, wrong_label_ids)
    num_labels = probabilities.shape[1]
    confusion = np.bincount(test.labels * num_labels + answers, minlength=num_labels**2)
    return Quality(
        num_images=len(test),
        accuracy=float(is_right.mean()),
        num_wrong_labels=int(is_label_wrong.sum()),
        accuracy_without_wrong_labels=float(is_right[~is_label_wrong].mean()),
        calibration_error=expected_calibration_error(probabilities, test.labels),
        confusion=tuple(tuple(row) for row in confusion.reshape(num_labels, num_labels).tolist()),
        mistakes=tuple(
            Mistake(
                id=int(test.ids[row]),
                label=int(test.labels[row]),
                answer=int(answers[row]),
                probabilities=tuple(probabilities[row].tolist()),
                is_label_wrong=bool(is_label_wrong[row]),
            )
            for row in np.flatnonzero(~is_right)
        ),
    )


def expected_calibration_error(
    probabilities: NDArray[np.float32] | NDArray[np.float64], labels: NDArray[np.int64]
) -> float:
    """How far confidence is from accuracy: the mean difference over bins of equal width, weighted by images.

    Args:
        probabilities: float (N, labels).
        labels: int64 (N,), the truth.

    Returns:
        A fraction; 0 is perfect. Of the highest probability, in 15 bins, as in Guo et al. 2017.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    is_right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * _NUM_BINS).astype(int), _NUM_BINS - 1)
    gaps = np.bincount(bins, weights=is_right - confidence, minlength=_NUM_BINS)
    return float(np.abs(gaps).sum() / len(labels))
