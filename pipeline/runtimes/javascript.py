"""Engines in a JavaScript process: Node.js itself, or Node.js with a browser. Timed inside JavaScript."""

from dataclasses import asdict
from math import ceil, prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import ENGINE_TIMEOUT_S, TimingConfig
from pipeline.errors import ArtifactError, EngineMissing, EngineRefusal
from pipeline.node import install_packages, node_binary
from pipeline.runtimes.child import Child
from pipeline.runtimes.trace import LayerValues
from pipeline.timing import RawTiming

_HARNESSES = Path(__file__).parent / "js"
_BATCH = 250


class JavaScriptRunner:
    """A process that runs one of the harnesses in js/."""

    def __init__(self, name: str, harness: str, path: Path, start: dict[str, Any], load: dict[str, Any]) -> None:
        """Starts the engine, then loads the artifact.

        Args:
            name: What to call the engine in error messages.
            harness: File in js/.
            path: The artifact, for error messages.
            start: What the harness is told to start the engine.
            load: What it is told to load the artifact.

        Raises:
            EngineMissing: The engine cannot be started here.
            ArtifactError: It refuses the artifact.
            EngineError: It crashed or did not answer in time.
        """
        install_packages()
        self._child = Child(name, [node_binary(), _HARNESSES / harness])
        try:
            self.device: str = self._start(start)["device"]
            self.load_s: float = self._load(path, load)["load_s"]
        except BaseException:
            self._child.close()
            raise

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        # Batches of one size, filled up with other images: WebGL compiles its programs again for every size.
        num_batches = ceil(len(images) / _BATCH)
        size = ceil(len(images) / num_batches)
        filled = np.resize(images, (num_batches * size, *images.shape[1:]))
        batches = np.split(filled, num_batches)
        return np.concatenate([self._predict_batch(batch) for batch in batches])[: len(images)]

    def trace(self, images: NDArray[np.uint8], nodes: dict[str, str]) -> dict[str, LayerValues]:
        """Values of nodes of a graph for images, both by the name of the layer."""
        request = {"command": "trace", "count": len(images), "nodes": list(nodes.values())}
        answer, payload = self._child.request(request, images.tobytes(), ENGINE_TIMEOUT_S)
        ends = np.cumsum([prod(shape) for shape in answer["shapes"]])
        parts = np.split(np.frombuffer(payload, np.float32), ends[:-1])
        shaped = zip(nodes, parts, answer["shapes"], strict=True)
        return {layer: LayerValues(values.reshape(shape)) for layer, values, shape in shaped}

    def time(self, image: NDArray[np.uint8], config: TimingConfig) -> RawTiming:
        request = {"command": "time", "config": asdict(config)}
        timeout_s = ENGINE_TIMEOUT_S + config.warm_up_s + config.max_s
        answer, payload = self._child.request(request, image.tobytes(), timeout_s)
        return RawTiming(answer["first_s"], np.frombuffer(payload, np.float64), answer["runs_per_sample"])

    def close(self) -> None:
        self._child.close()

    def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._child.request({"command": "start", **request}, b"", ENGINE_TIMEOUT_S)[0]
        except EngineRefusal as error:
            raise EngineMissing(f"{error}; next: pipeline doctor") from error

    def _load(self, path: Path, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._child.request({"command": "load", **request}, b"", ENGINE_TIMEOUT_S)[0]
        except EngineRefusal as error:
            raise ArtifactError(f"{path}: {error}; next: pipeline export") from error

    def _predict_batch(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        request = {"command": "predict", "count": len(batch)}
        _, payload = self._child.request(request, batch.tobytes(), ENGINE_TIMEOUT_S)
        return np.frombuffer(payload, np.float32).reshape(len(batch), -1)
