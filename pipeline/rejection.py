"""When an answer is withheld: the detector beside the classifier takes the picture for none of the labels.

The detector (detector.py) is a small model of its own with one label more than the classifier. web_demo/rejection.js
has the same rule, and says in words when two labels are about as likely as each other.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes
from pipeline.manifest import verify
from pipeline.runtimes.litert import LITERT

FOLDER = "rejection"
RULE = f"{FOLDER}/rule.json"
TFLITE = f"{FOLDER}/int8.tflite"
TFJS = f"{FOLDER}/tfjs"
NONE = "none"


@dataclass(frozen=True)
class RejectionRule:
    """The content of rule.json.

    Attributes:
        labels: Of the detector's outputs; the last one is `none`.
        max_none_probability: A picture whose probability of `none` is higher gets no answer.
        kept: The part of validation images that get an answer, at least; the threshold was chosen for it.
        rejected: The part of drawn pictures of other things that get none.
        engines: The part of pictures, half of them of nothing, on which an engine decides as Keras does.
    """

    labels: tuple[str, ...]
    max_none_probability: float
    kept: float
    rejected: float
    engines: dict[str, float]


def with_none(contract: ModelContract) -> ModelContract:
    """What the detector promises: the classifier's contract with one label more."""
    return replace(contract, name=f"{contract.name}-or-{NONE}", labels=(*contract.labels, NONE))


class Rejector:
    """The detector of a folder of artifacts, in LiteRT.

    Args:
        exports: The folder.
        contract: Of its classifier.

    Raises:
        ArtifactError: A file is missing, damaged, or was changed.
    """

    def __init__(self, exports: Path, contract: ModelContract) -> None:
        for name in (RULE, TFLITE):
            verify(exports, name)
        self.rule = read_rule(exports)
        self._runner = LITERT.load(exports / TFLITE, with_none(contract))

    def none_probability(self, image: NDArray[np.uint8]) -> float:
        """The probability that an image, uint8 (height, width, channels), shows none of the labels."""
        return float(self._runner.predict(image[np.newaxis])[0, -1])

    def reason(self, image: NDArray[np.uint8]) -> str:
        """Why an image, uint8 (height, width, channels), gets no answer; empty if it gets one."""
        probability = self.none_probability(image)
        if probability <= self.rule.max_none_probability:
            return ""
        return f"none of the labels is on it (with {probability:.0%})"


def read_rule(exports: Path) -> RejectionRule:
    """The rule of a folder of artifacts.

    Raises:
        ArtifactError: It is missing or damaged.
    """
    path = exports / RULE
    if not path.is_file():
        raise ArtifactError(f"expected {path}, found none; next: pipeline build-all")
    try:
        return msgspec.json.decode(read_bytes(path), type=RejectionRule)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(f"{path} is no rule of rejection: {error}; next: pipeline build-all") from error
