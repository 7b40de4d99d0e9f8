"""TF.js graph models: float32, and float16 and uint8 as storage only (the page computes in float32).

Layers models of Keras 3 do not load in TF.js (https://github.com/tensorflow/tfjs/issues/8328); graph models do.
"""

import warnings
from collections import Counter
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from pipeline.contract import ModelContract
from pipeline.formats.base import EXACT, HALF_PRECISION, QUANTISED, ExportContext, Format, Tolerance, check_metadata
from pipeline.formats.keras_file import KERAS
from pipeline.formats.saved_model import BATCH_SIGNATURE, INPUT_NAME, SAVED_MODEL
from pipeline.formats.tfjs_file import read_model_json
from pipeline.formats.tfjs_weights import read_weights
from pipeline.formats.weights import check_kernels, check_weights
from pipeline.native_output import native_output_to
from pipeline.results import Check
from pipeline.tensorflow_setup import prepare_tensorflow


def _export(dtype: str, context: ExportContext, destination: Path) -> None:
    prepare_tensorflow()
    with native_output_to(context.log), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tensorflow_hub imports the deprecated pkg_resources
        from tensorflowjs.converters import tf_saved_model_conversion_v2

        tf_saved_model_conversion_v2.convert_tf_saved_model(
            str(context.artifacts / SAVED_MODEL.path),
            str(destination),
            signature_def=BATCH_SIGNATURE,
            quantization_dtype_map=_stored_as(dtype, context),
            metadata={"model": msgspec.json.decode(context.metadata.to_bytes())},
        )


def _stored_as(dtype: str, context: ExportContext) -> dict[str, list[str]] | None:
    """Names of the weights to store as another dtype than float32.

    Bytes have one scale for a whole weight, which costs small ones, biases above all, more than it saves.
    """
    if dtype == "float32":
        return None
    if dtype == "float16":
        return {dtype: ["*"]}
    groups = read_model_json(context.artifacts / "tfjs" / "float32").weightsManifest
    return {dtype: [weight.name for group in groups for weight in group.weights if weight.is_large]}


def _inspect(dtype: str, path: Path, contract: ModelContract) -> list[Check]:
    model = read_model_json(path)
    weights = [weight for group in model.weightsManifest for weight in group.weights if weight.dtype == "float32"]
    stored = Counter(weight.stored_dtype for weight in weights)
    expected_stored = Counter(dtype if dtype != "uint8" or weight.is_large else "float32" for weight in weights)
    inputs = {name: tensor.shape for name, tensor in model.signature.inputs.items()}
    expected = {INPUT_NAME: [-1, *contract.input.shape]}
    checks = [
        Check("graph model", model.format == "graph-model", f"format {model.format}"),
        Check("input tensor", inputs == expected, f"{inputs}, expected {expected}"),
        Check("weights stored as expected", stored == expected_stored and dtype in stored, f"{dict(stored)}"),
        check_metadata((model.userDefinedMetadata or {}).get("model"), contract),
    ]
    if dtype == "float32":
        kernels = [np.moveaxis(weights.values, -1, 0) for weights in read_weights(path) if weights.values.ndim > 1]
        checks += check_kernels(kernels, path.parents[1] / KERAS.path)
    else:
        checks.append(check_weights(read_weights(path), partial(read_weights, path.with_name("float32"))))
    return checks


def _format(dtype: str, description: str, tolerance: Tolerance) -> Format:
    return Format(
        name=f"tfjs/{dtype}",
        path=f"tfjs/{dtype}",
        description=description,
        tolerance=tolerance,
        export=partial(_export, dtype),
        inspect=partial(_inspect, dtype),
    )


TFJS_FORMATS = (
    _format("float32", "TF.js graph model", EXACT),
    _format("float16", "TF.js graph model, weights stored in half precision", HALF_PRECISION),
    _format("uint8", "TF.js graph model, large weights stored as bytes", QUANTISED),
)
