"""TF.js in Node.js, by WebAssembly and by plain JavaScript. Timed inside JavaScript, reading the result included."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.formats.tfjs_file import read_model_json
from pipeline.runtimes.base import Runtime
from pipeline.runtimes.javascript import JavaScriptRunner
from pipeline.runtimes.trace import LayerValues, Trace, find_layer_tensors


def _load(backend: str, path: Path, contract: ModelContract) -> JavaScriptRunner:
    read_model_json(path)
    return JavaScriptRunner(
        f"TF.js {backend} in Node.js",
        "node_harness.mjs",
        path,
        start={"backend": backend},
        load={"folder": str(path.resolve()), "shape": contract.input.shape},
    )


def _trace(
    path: Path, contract: ModelContract, images: NDArray[np.uint8], layers: Sequence[str]
) -> dict[str, LayerValues]:
    model = read_model_json(path)
    computed = [node.name for node in model.modelTopology.node if node.op != "Const"]
    (output,) = model.signature.outputs.values()
    # The output is named after the signature of the model.
    found = {**find_layer_tensors(zip(computed, computed, strict=True), layers), layers[-1]: output.name}
    runner = _load("wasm", path, contract)
    try:
        return runner.trace(images, found)
    finally:
        runner.close()


def _runtime(backend: str, description: str, max_images: int | None, trace: Trace | None = None) -> Runtime:
    return Runtime(
        name=f"tfjs-node-{backend}",
        description=description,
        families=("tfjs",),
        timed="predict and read the result, inside JavaScript; 1 thread",
        load=partial(_load, backend),
        max_images=max_images,
        has_own_process=True,
        trace=trace,
    )


TFJS_NODE_RUNTIMES = (
    _runtime("wasm", "TF.js in Node.js, WebAssembly", max_images=None, trace=_trace),
    _runtime("cpu", "TF.js in Node.js, plain JavaScript", max_images=1_000),
)
