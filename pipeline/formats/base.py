"""What a format is: where its artifact lies, how it is made, how it is inspected, how far it may differ."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.results import Check


@dataclass(frozen=True)
class Tolerance:
    """How far an artifact may differ from the reference on the same images.

    Attributes:
        max_flip_fraction: Images whose answer may differ, as a fraction of the test images.
        max_probability_difference: Largest |Δp| of any class of any image.
        max_accuracy_drop_pp: Largest loss of accuracy, in percentage points.
        max_drop_bound_pp: Largest loss that the 95 % confidence interval of the paired difference may include.
        max_confidence_drift: Largest mean change, up or down, of the highest probability. Answers alone would let an
            artifact pass whose confidence means nothing, as after a second softmax.
        max_layer_error_steps: Largest error of a channel of a layer, see explain.py; the gate does not ask for it.
    """

    max_flip_fraction: float
    max_probability_difference: float = 1.0
    max_accuracy_drop_pp: float = 100.0
    max_drop_bound_pp: float = 100.0
    max_confidence_drift: float = 1.0
    max_layer_error_steps: float = 1e-3


# Errors of layers: several times those of sound artifacts, which for the networks here are 3e-5, 0.05 and 1.2 steps.
EXACT = Tolerance(max_flip_fraction=2e-4, max_probability_difference=1e-3)
HALF_PRECISION = Tolerance(max_flip_fraction=5e-4, max_probability_difference=5e-2, max_layer_error_steps=0.25)
# An output of bytes ends at 255/256, which alone may lower the confidence by 0.004.
QUANTISED = Tolerance(
    max_flip_fraction=1e-3,
    max_accuracy_drop_pp=0.05,
    max_drop_bound_pp=0.2,
    max_confidence_drift=0.01,
    max_layer_error_steps=3.0,
)


@dataclass(frozen=True)
class Metadata:
    """What TFLite and TF.js files say about themselves.

    Nothing in it depends on the time or the place of the build, so that the same weights give the same bytes.
    """

    name: str
    arch: str
    labels: tuple[str, ...]
    contract_sha256: str
    num_parameters: int
    seed: int
    versions: dict[str, str]
    licence: str
    data_licence: str

    def to_bytes(self) -> bytes:
        """Compact JSON with sorted keys."""
        return msgspec.json.encode(asdict(self), order="sorted")


def check_metadata(metadata: Any, contract: ModelContract) -> Check:
    """Whether a file names the labels in the order of its outputs, and the contract that it keeps.

    Args:
        metadata: What the file says about itself, decoded; anything at all in a damaged one.
        contract: What it has to say.
    """
    expected = {"labels": list(contract.labels), "contract_sha256": contract.sha256}
    found = metadata if isinstance(metadata, dict) else {}
    wrong = [name for name, value in expected.items() if found.get(name) != value]
    return Check("metadata", not wrong, f"other {' and '.join(wrong)}" if wrong else "labels and contract")


@dataclass(frozen=True)
class ExportContext:
    """What every exporter may use.

    Attributes:
        trained_model: The Keras file that the training left.
        artifacts: The folder of artifacts; formats earlier in the registry are already there.
        calibration_images: uint8 (N, height, width, channels), for the ranges of full integer quantisation.
        log: Receives what the converters write.
    """

    trained_model: Path
    artifacts: Path
    contract: ModelContract
    metadata: Metadata
    calibration_images: NDArray[np.uint8]
    log: Path


@dataclass(frozen=True)
class Format:
    """A kind of artifact.

    Attributes:
        name: As on the command line and in every table; starts with the family ("tflite/int8").
        path: Below the folder of artifacts; a file or a folder.
        export: Writes the artifact to the given path, which does not exist yet.
        inspect: Static checks of an artifact, without running it. Raises ArtifactError for a damaged one.
        output_step: Smallest difference of two probabilities that its output can express.
    """

    name: str
    path: str
    description: str
    tolerance: Tolerance
    export: Callable[[ExportContext, Path], None]
    inspect: Callable[[Path, ModelContract], list[Check]]
    output_step: float = 1e-5

    @property
    def family(self) -> str:
        """The part of the name before the slash: what engines are chosen by."""
        return self.name.partition("/")[0]
