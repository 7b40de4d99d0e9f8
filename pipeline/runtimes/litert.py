"""LiteRT, the engine of TFLite files, with its XNNPACK delegate and one thread."""

import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import TimingConfig
from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError, EngineError, EngineMissing
from pipeline.files import read_bytes
from pipeline.native_output import native_output_to
from pipeline.runtimes.base import Runner, Runtime
from pipeline.timing import RawTiming, measure


class _LiteRTRunner:
    device = ""

    def __init__(self, path: Path, contract: ModelContract, num_threads: int) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise EngineMissing("expected the package ai-edge-litert, found none; next: make setup") from error
        content = read_bytes(path)
        started = time.perf_counter()
        try:
            with native_output_to():
                self._interpreter = Interpreter(model_content=content, num_threads=num_threads)
                self._interpreter.allocate_tensors()
            (self._input,), (self._output,) = (
                self._interpreter.get_input_details(),
                self._interpreter.get_output_details(),
            )
        except (ValueError, RuntimeError) as error:
            raise ArtifactError(f"{path}: LiteRT refuses this file: {error}; next: pipeline export") from error
        self.load_s = time.perf_counter() - started
        expected = [1, *contract.input.shape], [1, contract.num_labels]
        found = self._input["shape"].tolist(), self._output["shape"].tolist()
        if found != expected:
            raise ArtifactError(
                f"{path}: expected input and output shapes {expected}, found {found}; next: pipeline export"
            )

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        outputs = [self._run(image) for image in images]
        return _dequantise(np.concatenate(outputs), self._output)

    def time(self, image: NDArray[np.uint8], config: TimingConfig) -> RawTiming:
        self._run(image)
        return measure(self._interpreter.invoke, config)

    def close(self) -> None:
        pass

    def _set_input(self, image: NDArray[np.uint8]) -> None:
        # Integer files take the raw bytes: their input has scale 1 and zero point 0, which `inspect` checks.
        self._interpreter.set_tensor(self._input["index"], image[np.newaxis].astype(self._input["dtype"]))

    def _run(self, image: NDArray[np.uint8]) -> NDArray[Any]:
        try:
            self._set_input(image)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise EngineError(f"LiteRT failed: {error}") from error
        output: NDArray[Any] = self._interpreter.get_tensor(self._output["index"])
        return output


def _dequantise(values: NDArray[Any], details: dict[str, Any]) -> NDArray[np.float32]:
    if values.dtype == np.float32:
        return values
    scale, zero_point = details["quantization"]
    dequantised: NDArray[np.float32] = (values.astype(np.int32) - zero_point).astype(np.float32) * np.float32(scale)
    return dequantised


def _load(num_threads: int, path: Path, contract: ModelContract) -> Runner:
    return _LiteRTRunner(path, contract, num_threads)


LITERT = Runtime(
    name="litert",
    description="LiteRT with XNNPACK, 1 thread",
    families=("tflite",),
    timed="invoke(); XNNPACK, 1 thread",
    load=partial(_load, 1),
)
