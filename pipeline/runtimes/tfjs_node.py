"""TF.js in Node.js, by WebAssembly and by plain JavaScript. Timed inside JavaScript, reading the result included."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import ENGINE_TIMEOUT_S, TimingConfig
from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError, EngineRefusal
from pipeline.formats.tfjs_file import read_model_json
from pipeline.node import install_packages, node_binary
from pipeline.runtimes.base import Runner, Runtime
from pipeline.runtimes.child import Child
from pipeline.timing import RawTiming

_HARNESS = Path(__file__).parent / "js" / "node_harness.mjs"
_BATCH = 250


class _NodeRunner:
    def __init__(self, path: Path, contract: ModelContract, backend: str) -> None:
        read_model_json(path)
        install_packages()
        self._child = Child(f"TF.js {backend} in Node.js", [node_binary(), _HARNESS])
        request = {
            "command": "load",
            "folder": str(path.resolve()),
            "backend": backend,
            "shape": contract.input.shape,
        }
        try:
            answer, _ = self._child.request(request, b"", ENGINE_TIMEOUT_S)
        except EngineRefusal as error:
            self._child.close()
            raise ArtifactError(f"{path}: {error}; next: pipeline export") from error
        except BaseException:
            self._child.close()
            raise
        self.load_s: float = answer["load_s"]

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
        return np.concatenate([self._predict_batch(batch) for batch in batches])

    def time(self, image: NDArray[np.uint8], config: TimingConfig) -> RawTiming:
        request = {"command": "time", "config": asdict(config)}
        timeout_s = ENGINE_TIMEOUT_S + config.warm_up_s + config.max_s
        answer, payload = self._child.request(request, image.tobytes(), timeout_s)
        return RawTiming(answer["first_s"], np.frombuffer(payload, np.float64), answer["runs_per_sample"])

    def close(self) -> None:
        self._child.close()

    def _predict_batch(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        request = {"command": "predict", "count": len(batch)}
        _, payload = self._child.request(request, batch.tobytes(), ENGINE_TIMEOUT_S)
        return np.frombuffer(payload, np.float32).reshape(len(batch), -1)


def _load(backend: str, path: Path, contract: ModelContract) -> Runner:
    return _NodeRunner(path, contract, backend)


def _runtime(backend: str, description: str, max_images: int | None) -> Runtime:
    return Runtime(
        name=f"tfjs-node-{backend}",
        description=description,
        families=("tfjs",),
        timed="predict and read the result, inside JavaScript; 1 thread",
        load=partial(_load, backend),
        max_images=max_images,
    )


TFJS_NODE_RUNTIMES = (
    _runtime("wasm", "TF.js in Node.js, WebAssembly", max_images=None),
    _runtime("cpu", "TF.js in Node.js, plain JavaScript", max_images=1_000),
)
