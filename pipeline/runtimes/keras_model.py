"""Keras itself: the reference."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import TimingConfig
from pipeline.contract import ModelContract
from pipeline.formats.keras_file import check_shapes, load_keras
from pipeline.inference import predict_in_batches
from pipeline.runtimes.base import Runner, Runtime
from pipeline.tensorflow_setup import prepare_tensorflow
from pipeline.timing import RawTiming, measure


class _KerasRunner:
    device = ""

    def __init__(self, path: Path, contract: ModelContract) -> None:
        prepare_tensorflow()
        started = time.perf_counter()
        self._model = load_keras(path)
        self.load_s = time.perf_counter() - started
        check_shapes(self._model, contract, path)

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return predict_in_batches(self._model, images)

    def time(self, image: NDArray[np.uint8], config: TimingConfig) -> RawTiming:
        batch = image[np.newaxis].astype(np.float32)
        return measure(lambda: self._model.predict_on_batch(batch), config)

    def close(self) -> None:
        pass


def trace_reference(path: Path, images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """What every layer of a Keras file computes, float32 (N, ...) by the name of the layer, in their order.

    Args:
        path: The Keras file.
        images: uint8 (N, height, width, channels).

    Raises:
        ArtifactError: The file is missing or damaged.
    """
    prepare_tensorflow()
    import keras

    model = load_keras(path)
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    outputs = keras.Model(model.input, [layer.output for layer in layers]).predict_on_batch(images.astype(np.float32))
    return {layer.name: np.asarray(values) for layer, values in zip(layers, outputs, strict=True)}


def _load(path: Path, contract: ModelContract) -> Runner:
    return _KerasRunner(path, contract)


KERAS_MODEL = Runtime(
    name="keras",
    description="keras.Model",
    families=("keras",),
    timed="predict_on_batch of one image; 1 thread an operation",
    load=_load,
)
