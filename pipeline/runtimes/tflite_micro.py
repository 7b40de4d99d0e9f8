"""TFLite Micro, the engine of microcontrollers, in its interpreter for Python; its kernels are the portable ones."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import ENGINE_TIMEOUT_S, TimingConfig
from pipeline.contract import ModelContract
from pipeline.environment import HAS_TFLITE_MICRO
from pipeline.errors import ArtifactError, EngineError, EngineMissing
from pipeline.files import read_bytes
from pipeline.formats.tflite_file import read_tflite
from pipeline.native_output import native_output_to
from pipeline.runtimes.base import Runner, Runtime
from pipeline.runtimes.litert import dequantise
from pipeline.timing import RawTiming, measure

_MAX_ARENA_BYTES = 1 << 24
_ARENA_STEP_BYTES = 16
_TRIAL = "import sys, pathlib, pipeline.runtimes.tflite_micro as micro; micro.try_file(pathlib.Path(sys.argv[1]))"
_REFUSED = 3


class _MicroRunner:
    def __init__(self, path: Path, contract: ModelContract) -> None:
        # A damaged file is described best by our own parser.
        read_tflite(path)
        self.device = f"an arena of {_try_in_a_child(path):,} bytes"
        content = read_bytes(path)
        started = time.perf_counter()
        self._interpreter = _interpreter(content, _MAX_ARENA_BYTES)
        self.load_s = time.perf_counter() - started
        self._input = self._interpreter.get_input_details(0)
        output = self._interpreter.get_output_details(0)
        quantisation = output["quantization_parameters"]
        self._scale = float(quantisation["scales"][0]) if len(quantisation["scales"]) else 1.0
        self._zero_point = int(quantisation["zero_points"][0]) if len(quantisation["zero_points"]) else 0
        expected = [1, *contract.input.shape], [1, contract.num_labels]
        found = self._input["shape"].tolist(), output["shape"].tolist()
        if found != expected:
            raise ArtifactError(
                f"{path}: expected input and output shapes {expected}, found {found}; next: pipeline export"
            )

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        outputs = np.concatenate([self._run(image) for image in images])
        return dequantise(outputs, self._scale, self._zero_point)

    def time(self, image: NDArray[np.uint8], config: TimingConfig) -> RawTiming:
        self._run(image)
        return measure(self._interpreter.invoke, config)

    def close(self) -> None:
        pass

    def _run(self, image: NDArray[np.uint8]) -> NDArray[Any]:
        try:
            self._interpreter.set_input(image[np.newaxis].astype(self._input["dtype"]), 0)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise EngineError(f"TFLite Micro failed: {error}") from error
        output: NDArray[Any] = self._interpreter.get_output(0)
        return output


def _try_in_a_child(path: Path) -> int:
    """Runs a file in another process first: TFLite Micro believes what a file says, and may crash.

    Returns:
        The smallest arena, in bytes.

    Raises:
        ArtifactError: The file is refused.
        EngineMissing: TFLite Micro is not installed.
        EngineError: It crashed or did not answer in time.
    """
    _find_engine()
    command = [sys.executable, "-c", _TRIAL, str(path)]
    try:
        trial = subprocess.run(command, capture_output=True, text=True, timeout=ENGINE_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"TFLite Micro: no answer within {ENGINE_TIMEOUT_S:.0f} s for {path}") from error
    last_line = trial.stderr.strip().rpartition("\n")[2]
    if trial.returncode == _REFUSED:
        raise ArtifactError(last_line)
    if trial.returncode:
        said = f"; it said: {last_line}" if last_line else ""
        raise EngineError(f"TFLite Micro crashed on {path}: its process ended with code {trial.returncode}{said}")
    return int(trial.stdout)


def try_file(path: Path) -> None:
    """Finds the arena and answers for one image; prints the bytes of the arena. For a process of its own."""
    try:
        arena_bytes = find_arena_bytes(path)
    except ArtifactError as error:
        print(error, file=sys.stderr)
        sys.exit(_REFUSED)
    _interpreter(read_bytes(path), arena_bytes).invoke()
    print(arena_bytes)


def find_arena_bytes(path: Path) -> int:
    """The smallest arena in which a file runs here, to within 16 bytes.

    A microcontroller may need less, as its pointers are narrower, or more, where its optimised kernels want memory of
    their own.

    Raises:
        ArtifactError: The file is damaged, or runs in no arena.
        EngineMissing: TFLite Micro is not installed.
    """
    read_tflite(path)
    content = read_bytes(path)
    try:
        _interpreter(content, _MAX_ARENA_BYTES)
    except RuntimeError as error:
        raise ArtifactError(f"{path}: TFLite Micro refuses this file: {error}; next: pipeline export") from error
    too_small, enough = 0, _MAX_ARENA_BYTES
    while enough - too_small > _ARENA_STEP_BYTES:
        middle = (too_small + enough) // 2 // _ARENA_STEP_BYTES * _ARENA_STEP_BYTES
        too_small, enough = (too_small, middle) if _fits(content, middle) else (middle, enough)
    return enough


def _fits(content: bytes, arena_bytes: int) -> bool:
    try:
        _interpreter(content, arena_bytes)
    except RuntimeError:
        return False
    return True


def _interpreter(content: bytes, arena_bytes: int) -> Any:
    with native_output_to():
        return _find_engine().from_bytes(content, arena_size=arena_bytes)


def _find_engine() -> Any:
    try:
        from tflite_micro.python.tflite_micro.runtime import Interpreter
    except ImportError as error:
        remedy = "make setup" if HAS_TFLITE_MICRO else "--allow-missing tflite-micro; this platform has none"
        raise EngineMissing(f"expected the package tflite-micro, found none; next: {remedy}") from error
    return Interpreter


def _load(path: Path, contract: ModelContract) -> Runner:
    return _MicroRunner(path, contract)


TFLITE_MICRO = Runtime(
    name="tflite-micro",
    description="TFLite Micro, the engine of microcontrollers",
    families=("tflite",),
    timed="invoke(); portable kernels, 1 thread",
    load=_load,
    max_images=1_000,
    # It has no kernels with integer weights and float values, and none that widen float16.
    formats=frozenset({"tflite/float32", "tflite/int8", "tflite/int8_float_io"}),
)
