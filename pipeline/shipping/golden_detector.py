"""What the detector answers for images made of the golden ones: written by a build, compared by `pipeline verify`."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError
from pipeline.export import read_golden_images
from pipeline.files import read_bytes, write_atomically
from pipeline.formats import get_format
from pipeline.formats.base import Format
from pipeline.rejection import TFJS, TFLITE, with_none
from pipeline.runtimes.litert import LITERT
from pipeline.shipping.contract import ExpectedNone
from pipeline.shipping.golden import answer, integer_limit, restore, store, stored_dtype

# By its path, each file's format: it says how the file is read, and which engines run it.
DETECTOR_FILES: dict[str, Format] = {TFLITE: get_format("tflite/int8"), TFJS: get_format("tfjs/uint8")}
_FLOAT_LIMIT = 1e-3


def detector_images(golden: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The golden images, which show a symbol each, and each laid over the next, which is less and less of one.

    Args:
        golden: uint8 (N, height, width, channels).

    Returns:
        uint8 (2 N, height, width, channels).
    """
    return np.concatenate([golden, np.maximum(golden, np.roll(golden, -1, axis=0))])


def write_expected_none(file: str, artifacts: Path, contract: ModelContract, folder: Path) -> None:
    """Writes a file's probabilities of `none`, in the engine that defines its arithmetic, as it stores them.

    Raises:
        EngineMissing: The engine cannot be had here.
        EngineError: It fails.
    """
    format_, path = DETECTOR_FILES[file], artifacts / file
    images = detector_images(read_golden_images(artifacts, contract))
    none = answer(format_, path, with_none(contract), images)[:, -1]
    write_atomically(folder / _expected_path(file), store(none, stored_dtype(format_, path)).tobytes())


def describe_expected_none(artifacts: Path, outputs: Path, contract: ModelContract) -> tuple[ExpectedNone, ...]:
    """What was written, and how far engines may be from it.

    Args:
        artifacts: The folder of artifacts.
        outputs: Where the expected outputs are; those of an engine that is missing are not.
        contract: Of the classifier.
    """
    found = []
    for file, format_ in DETECTOR_FILES.items():
        expected = _expected_path(file)
        if not (outputs / expected).is_file():
            continue
        limit = _FLOAT_LIMIT
        if format_.family == "tflite":
            stored = _restore(outputs / expected, stored_dtype(format_, artifacts / file))
            images = detector_images(read_golden_images(artifacts, contract))
            limit = integer_limit(LITERT.load(artifacts / file, with_none(contract)).predict(images)[:, -1], stored)
        found.append(ExpectedNone(file, expected, limit))
    return tuple(found)


def expected_none(exports: Path, entry: ExpectedNone, num_golden: int) -> NDArray[np.float32]:
    """What a file of the detector answers, float32 (2 num_golden,).

    Raises:
        ArtifactError: What is there is something else.
    """
    if entry.file not in DETECTOR_FILES:
        raise ArtifactError(f"{entry.expected}: expected a file of the detector, found {entry.file}")
    try:
        values = _restore(exports / entry.expected, stored_dtype(DETECTOR_FILES[entry.file], exports / entry.file))
    except ValueError as error:
        raise ArtifactError(f"{entry.expected}: expected probabilities, found none: {error}") from error
    if len(values) != 2 * num_golden:
        raise ArtifactError(f"{entry.expected}: expected {2 * num_golden} probabilities, found {len(values)}")
    return values


def _expected_path(file: str) -> str:
    return f"golden/{Path(file).with_suffix('.bin').as_posix()}"


def _restore(path: Path, dtype: str) -> NDArray[np.float32]:
    return restore(read_bytes(path), dtype, 1)[:, 0]
