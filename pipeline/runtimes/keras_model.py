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


def _load(path: Path, contract: ModelContract) -> Runner:
    return _KerasRunner(path, contract)


KERAS_MODEL = Runtime(
    name="keras",
    description="keras.Model",
    families=("keras",),
    timed="predict_on_batch of one image; 1 thread an operation",
    load=_load,
)
