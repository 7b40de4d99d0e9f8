"""TF.js in Node.js, by WebAssembly and by plain JavaScript. Timed inside JavaScript, reading the result included."""

from functools import partial
from pathlib import Path

from pipeline.contract import ModelContract
from pipeline.formats.tfjs_file import read_model_json
from pipeline.runtimes.base import Runner, Runtime
from pipeline.runtimes.javascript import JavaScriptRunner


def _load(backend: str, path: Path, contract: ModelContract) -> Runner:
    read_model_json(path)
    return JavaScriptRunner(
        f"TF.js {backend} in Node.js",
        "node_harness.mjs",
        path,
        start={"backend": backend},
        load={"folder": str(path.resolve()), "shape": contract.input.shape},
    )


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
