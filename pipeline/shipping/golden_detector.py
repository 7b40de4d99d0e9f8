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
from pipeline.shipping.contract import ExpectedNone
from pipeline.shipping.golden import FLOAT_LIMIT, answer, integer_limit, restore, store, stored_dtype

# By its path, each file's format: it says how the file is read, and which engines run it.
DETECTOR_FILES: dict[str, Format] = {TFLITE: get_format("tflite/int8"), TFJS: get_format("tfjs/uint8")}
_NUM_KINDS = 3


def detector_images(golden: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Golden images, which show a symbol; each laid over the next, which may or may not pass for one; and in negative.

    A negative is a bright image with a dark symbol: what no preparation makes, and no symbol.

    Args:
        golden: uint8 (N, height, width, channels).

    Returns:
        uint8 (3 N, height, width, channels).
    """
    return np.concatenate([golden, np.maximum(golden, np.roll(golden, -1, axis=0)), 255 - golden])


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

    Raises:
        ArtifactError: An engine is too far from it.
    """
    found = []
    for file, format_ in DETECTOR_FILES.items():
        expected = _expected_path(file)
        if not (outputs / expected).is_file():
            continue
        limit = FLOAT_LIMIT
        if format_.family == "tflite":
            stored = _restore(outputs / expected, stored_dtype(format_, artifacts / file))
            images = detector_images(read_golden_images(artifacts, contract))
            limit = integer_limit(artifacts / file, with_none(contract), images, stored)
        found.append(ExpectedNone(file, expected, limit))
    return tuple(found)


def expected_none(exports: Path, entry: ExpectedNone, num_golden: int) -> NDArray[np.float32]:
    """What a file of the detector answers, float32 (3 num_golden, 1).

    Raises:
        ArtifactError: What is there is something else.
    """
    if entry.file not in DETECTOR_FILES:
        raise ArtifactError(f"{entry.expected}: expected a file of the detector, found {entry.file}")
    try:
        values = _restore(exports / entry.expected, stored_dtype(DETECTOR_FILES[entry.file], exports / entry.file))
    except ValueError as error:
        raise ArtifactError(f"{entry.expected}: expected probabilities, found none: {error}") from error
    num_images = _NUM_KINDS * num_golden
    if len(values) != num_images:
        raise ArtifactError(f"{entry.expected}: expected {num_images} probabilities, found {len(values)}")
    return values


def _expected_path(file: str) -> str:
    return f"golden/{Path(file).with_suffix('.bin').as_posix()}"


def _restore(path: Path, dtype: str) -> NDArray[np.float32]:
    return restore(read_bytes(path), dtype, 1)
