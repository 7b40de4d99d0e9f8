"""Answers for picture files, by the integer TFLite file: needs neither TensorFlow nor Keras."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract, read_contract
from pipeline.errors import PipelineError
from pipeline.files import sha256
from pipeline.manifest import verify
from pipeline.pictures import PictureFile, printable, read_picture
from pipeline.preprocess import decode, make_image, require_symbol
from pipeline.rejection import Rejector
from pipeline.runtimes.base import Runner
from pipeline.runtimes.litert import LITERT

MODEL = "tflite/int8.tflite"
_JSON_FIELDS = ("path", "label", "probability", "probabilities", "reason", "input_sha256")


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture; `label` is None, with a reason, where there is none.

    A picture without a symbol is answered: by no label. One that cannot be read is not.

    Attributes:
        probabilities: One for each label, in the order of the contract; none without an image.
        input_sha256: SHA-256 of the bytes that the model saw; empty without an image.
        is_readable: Whether the file is a picture.
        image: uint8 (height, width, channels) of the contract, what the model saw; None if there was no ink.
        has_more: Whether the picture may have other symbols, which the model did not see.
    """

    path: str
    label: str | None
    probability: float | None
    probabilities: dict[str, float]
    reason: str
    input_sha256: str
    is_readable: bool
    image: NDArray[np.uint8] | None
    has_more: bool = False

    def as_json(self) -> dict[str, Any]:
        """What scripts get."""
        return {name: getattr(self, name) for name in _JSON_FIELDS}


class Predictor:
    """A verified model with its contract: answers for files, grey pictures and prepared images.

    Raises:
        ArtifactError: The model is missing or was changed.
    """

    def __init__(self, exports: Path) -> None:
        self.contract: ModelContract = read_contract(exports)
        for name in ("contract.json", MODEL):
            verify(exports, name)
        self._runner: Runner = LITERT.load(exports / MODEL, self.contract)
        self._rejector = Rejector(exports, self.contract)

    def answer_file(self, file: PictureFile) -> Prediction:
        """The answer for a file; one that cannot be read is an entry with its reason."""
        path = printable(file.path)
        if file.reason:
            return _no_answer(path, file.reason, is_readable=False)
        try:
            grey = decode(read_picture(file.path))
        except PipelineError as error:
            return _no_answer(path, str(error), is_readable=False)
        return self.answer_grey(path, grey)

    def answer_grey(self, path: str, grey: NDArray[np.uint8]) -> Prediction:
        """The answer for a picture, uint8 (height, width)."""
        try:
            symbol = require_symbol(grey)
        except PipelineError as error:
            return _no_answer(path, str(error), is_readable=True)
        answer = self.answer_image(path, make_image(symbol.mask, self.contract))
        return replace(answer, has_more=symbol.has_more)

    def answer_image(self, path: str, image: NDArray[np.uint8]) -> Prediction:
        """The answer for an image as the contract has it, uint8 (height, width, channels)."""
        probabilities = self._runner.predict(image[np.newaxis])[0]
        best = int(probabilities.argmax())
        labels = self.contract.labels
        by_label = {label: float(p) for label, p in zip(labels, probabilities, strict=True)}
        reason = self._rejector.reason(image)
        label = None if reason else labels[best]
        digest = sha256(image.tobytes())
        return Prediction(path, label, float(probabilities[best]), by_label, reason, digest, True, image)


def predict_files(files: Iterable[PictureFile], exports: Path) -> Iterator[Prediction]:
    """Answers for each file in turn.

    Raises:
        ArtifactError: The model is missing or was changed.
    """
    predictor = Predictor(exports)
    return map(predictor.answer_file, files)


def _no_answer(path: str, reason: str, is_readable: bool) -> Prediction:
    return Prediction(path, None, None, {}, reason, "", is_readable, None)
