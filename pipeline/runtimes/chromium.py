"""Engines in a real Chromium: what a page computes, and how long its user waits for it."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.browser import find_browser
from pipeline.contract import ModelContract
from pipeline.formats.base import HALF_PRECISION
from pipeline.formats.tfjs_file import MODEL_JSON, read_model_json
from pipeline.formats.tflite_file import read_tflite
from pipeline.runtimes.base import Runner, Runtime
from pipeline.runtimes.javascript import JavaScriptRunner

# Beside the borderline set, for engines that take about 10 ms an image on a processor. TF.js by WebGPU takes 40 there,
# and the whole matrix has to end within five minutes.
_MANY, _FEW = 1_000, 100
# Neighbours of 1 in half precision are this far apart.
_HALF_STEP = 2.0**-11


def _load_tfjs(backend: str, flags: dict[str, bool], path: Path, contract: ModelContract) -> Runner:
    read_model_json(path)
    start = {"engine": "tfjs", "backend": backend, "flags": flags}
    return _open(f"TF.js {backend} in Chromium", path, contract, start, {"address": f"/artifact/{MODEL_JSON}"})


def _load_litertjs(accelerator: str, path: Path, contract: ModelContract) -> Runner:
    output = read_tflite(path).outputs[0]
    # LiteRT.js does not tell the quantisation of a tensor; floats have none.
    quantization = {"scale": output.scale or 1.0, "zero_point": output.zero_point or 0}
    load = {"address": "/artifact", "quantization": quantization}
    return _open("LiteRT.js in Chromium", path, contract, {"engine": "litertjs", "accelerator": accelerator}, load)


def _open(
    name: str, path: Path, contract: ModelContract, start: dict[str, Any], load: dict[str, Any]
) -> JavaScriptRunner:
    browser = find_browser()
    start = {
        **start,
        "executable": str(browser.executable),
        "environment": browser.environment,
        "artifact": str(path.resolve()),
    }
    return JavaScriptRunner(name, "chromium_harness.mjs", path, start, {**load, "shape": contract.input.shape})


def _tfjs(
    name: str, description: str, backend: str, max_images: int | None, flags: dict[str, bool] | None = None
) -> Runtime:
    return Runtime(
        name=f"chromium-tfjs-{name}",
        description=f"TF.js in Chromium, {description}",
        families=("tfjs",),
        timed="predict and read the result, inside the page",
        load=partial(_load_tfjs, backend, flags or {}),
        max_images=max_images,
        has_own_process=True,
    )


CHROMIUM_RUNTIMES = (
    # A page has threads only if its server isolates it from other origins; most do not.
    _tfjs("wasm", "WebAssembly, 1 thread", "wasm", None, {"WASM_HAS_MULTITHREAD_SUPPORT": False}),
    _tfjs("cpu", "plain JavaScript", "cpu", _MANY),
    _tfjs("webgl", "WebGL", "webgl", _MANY),
    # As on phones whose graphics processor has no 32-bit textures.
    replace(
        _tfjs("webgl-f16", "WebGL with half-float textures", "webgl", _MANY, {"WEBGL_FORCE_F16_TEXTURES": True}),
        tolerance=HALF_PRECISION,
        output_step=_HALF_STEP,
    ),
    _tfjs("webgpu", "WebGPU", "webgpu", _FEW),
    Runtime(
        name="chromium-litertjs",
        description="LiteRT.js in Chromium, WebAssembly, 1 thread",
        families=("tflite",),
        timed="run and read the result, inside the page; 1 thread",
        load=partial(_load_litertjs, "wasm"),
        has_own_process=True,
    ),
    Runtime(
        name="chromium-litertjs-webgpu",
        description="LiteRT.js in Chromium, WebGPU",
        families=("tflite",),
        timed="run and read the result, inside the page",
        load=partial(_load_litertjs, "webgpu"),
        max_images=_MANY,
        has_own_process=True,
        # It does not give integer outputs back.
        formats=frozenset({"tflite/float32", "tflite/float16", "tflite/dynamic_range", "tflite/int8_float_io"}),
    ),
)
