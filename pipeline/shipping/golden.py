"""What each file answers for the golden images, in the engine that defines its arithmetic."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.export import read_golden_images
from pipeline.files import write_atomically
from pipeline.formats.base import EXACT, Format
from pipeline.formats.tflite_file import read_tflite
from pipeline.runtimes.litert import LITERT_REFERENCE
from pipeline.runtimes.tfjs_node import TFJS_NODE_RUNTIMES

_ENGINES = {"tflite": LITERT_REFERENCE, "tfjs": TFJS_NODE_RUNTIMES[0]}
_LEVELS = 256
# Bytes differ by one step of 1/256 and more.
_MAX_INTEGER_DIFFERENCE = 2 / _LEVELS


def expected_path(format_: Format) -> str | None:
    """Where a format's expected outputs are, below the exports; None for those that have the reference's weights."""
    return f"golden/{format_.name}.bin" if format_.tolerance is not EXACT else None


def write_expected(format_: Format, artifacts: Path, contract: ModelContract, folder: Path) -> None:
    """Writes a format's outputs for the golden images as it stores them; nothing for one that needs none.

    Raises:
        EngineMissing: The engine cannot be had here.
        EngineError: It fails.
    """
    path = expected_path(format_)
    if path is None:
        return
    artifact = artifacts / format_.path
    probabilities = answer(format_, artifact, contract, read_golden_images(artifacts, contract))
    write_atomically(folder / path, store(probabilities, stored_dtype(format_, artifact)).tobytes())


def answer(format_: Format, artifact: Path, contract: ModelContract, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities, float32 (N, labels), in the engine that defines what files of the format compute.

    Raises:
        EngineMissing: The engine cannot be had here.
        EngineError: It fails.
    """
    runner = _ENGINES[format_.family].load(artifact, contract)
    try:
        return runner.predict(images)
    finally:
        runner.close()


def stored_dtype(format_: Format, artifact: Path) -> str:
    """Type of the values that a file puts out: bytes or floats."""
    return read_tflite(artifact).outputs[0].dtype if format_.family == "tflite" else "float32"


def integer_limit(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """What engines of integers may differ by: at least twice what XNNPACK, which found them, does."""
    return max(_MAX_INTEGER_DIFFERENCE, 2 * float(np.abs(found - expected).max()))


def store(probabilities: NDArray[np.float32], dtype: str) -> NDArray[np.generic]:
    """Probabilities as a file stores them: little-endian floats, or bytes of 1/256 each."""
    if dtype == "uint8":
        levels: NDArray[np.uint8] = np.rint(probabilities * _LEVELS).astype(np.uint8)
        return levels
    return probabilities.astype(np.dtype("<f4"))


def restore(content: bytes, dtype: str, num_labels: int) -> NDArray[np.float32]:
    """What `store` stored, float32 (N, num_labels).

    Raises:
        ValueError: No whole number of rows.
    """
    stored = np.frombuffer(content, np.uint8 if dtype == "uint8" else "<f4").reshape(-1, num_labels)
    values: NDArray[np.float32] = stored.astype(np.float32) / np.float32(_LEVELS if dtype == "uint8" else 1)
    return values
