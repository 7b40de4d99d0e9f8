"""LiteRT, the engine of TFLite files: with its XNNPACK delegate, and with the reference kernels that define it."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import TimingConfig
from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError, EngineError, EngineMissing
from pipeline.files import read_bytes
from pipeline.formats.tflite_file import find_computed_tensors, read_model
from pipeline.native_output import native_output_to
from pipeline.runtimes.base import Runner, Runtime
from pipeline.runtimes.trace import LayerValues, find_layer_tensors
from pipeline.timing import RawTiming, measure


class _LiteRTRunner:
    device = ""

    def __init__(
        self, path: Path, contract: ModelContract, num_threads: int, use_xnnpack: bool, keep_tensors: bool = False
    ) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError as error:
            raise EngineMissing("expected the package ai-edge-litert, found none; next: make setup") from error
        content = read_bytes(path)
        started = time.perf_counter()
        try:
            with native_output_to():
                self._interpreter = Interpreter(
                    model_content=content,
                    num_threads=num_threads,
                    experimental_op_resolver_type=OpResolverType.AUTO if use_xnnpack else OpResolverType.BUILTIN_REF,
                    experimental_preserve_all_tensors=keep_tensors,
                )
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
        return dequantise(np.concatenate(outputs), *self._output["quantization"])

    def time(self, image: NDArray[np.uint8], config: TimingConfig) -> RawTiming:
        self._run(image)
        return measure(self._interpreter.invoke, config)

    def trace(self, images: NDArray[np.uint8], tensors: dict[str, int]) -> dict[str, LayerValues]:
        """Values of tensors for images, both by the name of the layer; the engine must keep its tensors."""
        values: dict[str, list[NDArray[Any]]] = {layer: [] for layer in tensors}
        for image in images:
            self._run(image)
            for layer, index in tensors.items():
                values[layer].append(self._interpreter.get_tensor(index))
        quantisation = {detail["index"]: detail["quantization"] for detail in self._interpreter.get_tensor_details()}
        return {
            layer: LayerValues(
                dequantise(np.concatenate(values[layer]), *quantisation[index]), quantisation[index][0] or None
            )
            for layer, index in tensors.items()
        }

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


def dequantise(values: NDArray[Any], scale: float, zero_point: int) -> NDArray[np.float32]:
    """What the outputs of a TFLite file stand for.

    Args:
        values: float32, uint8 or int8, any shape.
        scale: Of one step of an integer; as `zero_point`, not used for float32.
        zero_point: The integer that stands for 0.

    Returns:
        float32 of the same shape.
    """
    if values.dtype == np.float32:
        return values
    dequantised: NDArray[np.float32] = (values.astype(np.int32) - zero_point).astype(np.float32) * np.float32(scale)
    return dequantised


def _load(num_threads: int, use_xnnpack: bool, path: Path, contract: ModelContract) -> Runner:
    return _LiteRTRunner(path, contract, num_threads, use_xnnpack)


def _trace(
    path: Path, contract: ModelContract, images: NDArray[np.uint8], layers: Sequence[str]
) -> dict[str, LayerValues]:
    runner = _LiteRTRunner(path, contract, num_threads=1, use_xnnpack=False, keep_tensors=True)
    model = read_model(path)
    found = find_layer_tensors(((str(index), name) for index, name in find_computed_tensors(model)), layers)
    tensors = {layer: int(key) for layer, key in found.items()}
    # The output is named after the signature of the file.
    return runner.trace(images, {**tensors, layers[-1]: int(model.subgraphs[0].outputs[0])})


LITERT = Runtime(
    name="litert",
    description="LiteRT with XNNPACK, 1 thread",
    families=("tflite",),
    timed="invoke(); XNNPACK, 1 thread",
    load=partial(_load, 1, True),
)
LITERT_2_THREADS = Runtime(
    name="litert-2threads",
    description="LiteRT with XNNPACK, 2 threads",
    families=("tflite",),
    timed="invoke(); XNNPACK, 2 threads",
    load=partial(_load, 2, True),
)
LITERT_REFERENCE = Runtime(
    name="litert-reference",
    description="LiteRT's reference kernels, which define what an operator computes",
    families=("tflite",),
    timed="invoke(); reference kernels, 1 thread",
    load=partial(_load, 1, False),
    max_images=1_000,
    trace=_trace,
)
LITERT_RUNTIMES = (LITERT, LITERT_2_THREADS, LITERT_REFERENCE)
