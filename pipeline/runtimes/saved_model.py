"""SavedModel signatures in TensorFlow."""

import time
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import TimingConfig
from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError, EngineError
from pipeline.formats.saved_model import (
    BATCH_SIGNATURE,
    BATCH_SIZES,
    INPUT_NAME,
    SINGLE_SIGNATURE,
    expected_shapes,
    read_signature_shapes,
)
from pipeline.runtimes.base import Runner, Runtime
from pipeline.timing import RawTiming, measure

_BATCH = {BATCH_SIGNATURE: 500, SINGLE_SIGNATURE: 1}
_MAX_IMAGES = {BATCH_SIGNATURE: None, SINGLE_SIGNATURE: 1_000}


class _SavedModelRunner:
    device = ""

    def __init__(self, path: Path, contract: ModelContract, signature: str) -> None:
        expected = expected_shapes(contract, BATCH_SIZES[signature])
        found = read_signature_shapes(path).get(signature)
        if found != expected:
            raise ArtifactError(
                f"{path}: expected shapes {expected} of signature {signature}, found {found}; next: pipeline export"
            )
        import tensorflow as tf

        started = time.perf_counter()
        try:
            # The functions hold only weak references to the loaded object.
            self._loaded = tf.saved_model.load(str(path))
            self._function = self._loaded.signatures[signature]
        except Exception as error:  # the loader raises whatever a damaged graph or checkpoint leads to
            raise ArtifactError(
                f"{path}: TensorFlow refuses this SavedModel: {error}; next: pipeline export"
            ) from error
        self.load_s = time.perf_counter() - started
        self._batch = _BATCH[signature]

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        starts = range(0, len(images), self._batch)
        return np.concatenate([self._run(images[start : start + self._batch].astype(np.float32)) for start in starts])

    def time(self, image: NDArray[np.uint8], config: TimingConfig) -> RawTiming:
        batch = image[np.newaxis].astype(np.float32)
        return measure(lambda: self._run(batch), config)

    def close(self) -> None:
        pass

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        import tensorflow as tf

        try:
            (probabilities,) = self._function(**{INPUT_NAME: tf.constant(batch)}).values()
        except (ValueError, TypeError, tf.errors.OpError) as error:
            raise EngineError(f"TensorFlow failed: {error}") from error
        result: NDArray[np.float32] = probabilities.numpy()
        return result


def _load(signature: str, path: Path, contract: ModelContract) -> Runner:
    return _SavedModelRunner(path, contract, signature)


SAVED_MODEL_RUNTIMES = tuple(
    Runtime(
        name=name,
        description=f"TensorFlow, signature {signature} of the SavedModel",
        families=("saved_model",),
        timed="signature call on one image, result as numpy; 1 thread an operation",
        load=partial(_load, signature),
        max_images=_MAX_IMAGES[signature],
    )
    for name, signature in (("saved-model", BATCH_SIGNATURE), ("saved-model-single", SINGLE_SIGNATURE))
)
