"""What each file answers for the golden images, in the engine that defines its arithmetic."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError
from pipeline.export import read_golden_images
from pipeline.files import write_atomically
from pipeline.formats.base import EXACT, Format
from pipeline.formats.tflite_file import read_tflite
from pipeline.runtimes.base import Runtime
from pipeline.runtimes.litert import LITERT, LITERT_REFERENCE
from pipeline.runtimes.tfjs_node import TFJS_NODE_RUNTIMES
from pipeline.runtimes.tflite_micro import TFLITE_MICRO

_ENGINES = {"tflite": LITERT_REFERENCE, "tfjs": TFJS_NODE_RUNTIMES[0]}
_LEVELS = 256
# Engines of integers that compute what the expected bytes were computed by, and by how many steps they may miss them:
# TFLite Micro rounds the mean over space otherwise.
_MAX_STEPS = {LITERT_REFERENCE.name: 0, TFLITE_MICRO.name: 1}
# Bytes differ by one step of 1/256 and more.
_MIN_INTEGER_LIMIT = 2 / _LEVELS
# XNNPACK rounds every layer otherwise; a file that it answers for with more than this is not the same model to it.
MAX_XNNPACK_STEPS = 24
# Engines round floats differently by 1e-6 here; a phone's GPU may by 1e-4.
FLOAT_LIMIT = 1e-3


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


def integer_limit(
    artifact: Path, contract: ModelContract, images: NDArray[np.uint8], expected: NDArray[np.float32]
) -> float:
    """What engines of integers may differ by: at least twice what XNNPACK does.

    Args:
        artifact: A TFLite file.
        contract: What it promises.
        images: uint8 (N, height, width, channels).
        expected: float32 (N, number of its last outputs), what the reference kernels answer.

    Raises:
        ArtifactError: XNNPACK differs by more than `MAX_XNNPACK_STEPS`.
    """
    runner = LITERT.load(artifact, contract)
    try:
        found = runner.predict(images)[:, -expected.shape[1] :]
    finally:
        runner.close()
    difference = float(np.abs(found - expected).max())
    if difference > MAX_XNNPACK_STEPS / _LEVELS:
        raise ArtifactError(
            f"{artifact}: expected XNNPACK within {MAX_XNNPACK_STEPS} steps of 1/{_LEVELS} of the reference kernels, "
            f"found {difference * _LEVELS:.0f}; next: make setup, for the LiteRT that was tried, or train it again"
        )
    return max(_MIN_INTEGER_LIMIT, 2 * difference)


def engine_limit(runtime: Runtime, dtype: str, max_difference: float) -> float:
    """How far an engine may be from the expected outputs.

    Args:
        runtime: The engine.
        dtype: Of the expected outputs: bytes are those of the reference kernels.
        max_difference: What the contract allows.
    """
    if dtype == "uint8" and runtime.name in _MAX_STEPS:
        return _MAX_STEPS[runtime.name] / _LEVELS
    return max(max_difference, 0.0 if runtime.tolerance is EXACT else runtime.tolerance.max_probability_difference)


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
