"""Answers for picture files, by the integer TFLite file: needs neither TensorFlow nor Keras."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.contract import read_contract
from pipeline.errors import PipelineError
from pipeline.files import read_bytes, sha256
from pipeline.manifest import verify
from pipeline.preprocess import decode, prepare
from pipeline.runtimes.litert import LITERT

MODEL = "tflite/int8.tflite"


@dataclass(frozen=True)
class Prediction:
    """The answer for one file; `label` is None, with a reason, where there is none.

    Attributes:
        probabilities: One for each label, in the order of the contract.
        input_sha256: SHA-256 of the bytes that the model saw.
    """

    path: str
    label: str | None
    probability: float | None
    probabilities: dict[str, float]
    reason: str
    input_sha256: str


def predict_files(paths: Iterable[Path], exports: Path) -> Iterator[Prediction]:
    """Answers for each file in turn; an unreadable one is an entry with its reason.

    Args:
        paths: Picture files.
        exports: Folder of verified artifacts.

    Raises:
        ArtifactError: The model is missing or was changed.
    """
    contract = read_contract(exports)
    for name in ("contract.json", MODEL):
        verify(exports, name)
    runner = LITERT.load(exports / MODEL, contract)
    for path in paths:
        try:
            image = prepare(decode(read_bytes(path)), contract)
        except PipelineError as error:
            yield Prediction(str(path), None, None, {}, str(error), "")
            continue
        probabilities = runner.predict(image[None])[0]
        best = int(probabilities.argmax())
        by_label = {label: float(p) for label, p in zip(contract.labels, probabilities, strict=True)}
        yield Prediction(
            str(path), contract.labels[best], float(probabilities[best]), by_label, "", sha256(image.tobytes())
        )
