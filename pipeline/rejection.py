"""When an answer is withheld, as a wrong one would be worse than none.

The network has learnt to be unsure about what is no digit (see outliers/), so one threshold of its highest
probability is the whole rule, the same in every engine; web_demo/rejection.js is its twin.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract


def reason_to_reject(probabilities: NDArray[np.float32], contract: ModelContract) -> str:
    """Why no answer is given.

    Args:
        probabilities: float32 (labels,) for one image.
        contract: Names the labels and the lowest probability of an answer.

    Returns:
        One sentence; empty where the most probable label is the answer.
    """
    best = int(probabilities.argmax())
    lowest = contract.rejection.min_probability
    if probabilities[best] >= lowest:
        return ""
    return (
        f"not sure: {contract.labels[best]} is the likeliest, with {probabilities[best]:.0%} of at least {lowest:.0%}"
    )
