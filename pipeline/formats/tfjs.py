"""TF.js graph models: float32, and float16 and uint8 as storage only (the page computes in float32).

Layers models of Keras 3 do not load in TF.js (https://github.com/tensorflow/tfjs/issues/8328); graph models do.
"""

import warnings
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import msgspec

from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes
from pipeline.formats.base import EXACT, HALF_PRECISION, QUANTISED, ExportContext, Format, Tolerance
from pipeline.formats.saved_model import BATCH_SIGNATURE, INPUT_NAME, SAVED_MODEL
from pipeline.native_output import native_output_to
from pipeline.results import Check
from pipeline.tensorflow_setup import prepare_tensorflow

MODEL_JSON = "model.json"
_BYTES = {"float32": 4, "int32": 4, "float16": 2, "uint8": 1, "bool": 1}


def _export(dtype: str, context: ExportContext, destination: Path) -> None:
    prepare_tensorflow()
    with native_output_to(context.log), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tensorflow_hub imports the deprecated pkg_resources
        from tensorflowjs.converters import tf_saved_model_conversion_v2

        tf_saved_model_conversion_v2.convert_tf_saved_model(
            str(context.artifacts / SAVED_MODEL.path),
            str(destination),
            signature_def=BATCH_SIGNATURE,
            quantization_dtype_map=None if dtype == "float32" else {dtype: "*"},
            metadata={"model": msgspec.json.decode(context.metadata.to_bytes())},
        )


def read_model_json(folder: Path) -> dict[str, Any]:
    """The content of model.json, after its shards were found whole.

    Raises:
        ArtifactError: model.json is missing or damaged, or a shard is missing or of another length.
    """
    path = folder / MODEL_JSON
    try:
        model = msgspec.json.decode(read_bytes(path), type=dict[str, Any])
        groups = [
            (group["paths"], sum(_stored_bytes(weight) for weight in group["weights"]))
            for group in model["weightsManifest"]
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path}: expected a TF.js graph model, found {error!r}; next: pipeline export") from error
    for names, expected in groups:
        found = sum(len(read_bytes(folder / name)) for name in names)
        if found != expected:
            raise ArtifactError(
                f"{folder}: expected {expected:,} bytes of weights in {', '.join(names)}, found {found:,}; "
                "next: pipeline export"
            )
    return model


def _stored_bytes(weight: dict[str, Any]) -> int:
    stored_dtype = weight.get("quantization", weight)["dtype"]
    return int(prod(weight["shape"])) * _BYTES[stored_dtype]


def _inspect(dtype: str, path: Path, contract: ModelContract) -> list[Check]:
    model = read_model_json(path)
    weights = [weight for group in model["weightsManifest"] for weight in group["weights"]]
    stored = [weight.get("quantization", weight)["dtype"] for weight in weights if weight["dtype"] == "float32"]
    inputs = {name: _shape(tensor) for name, tensor in model["signature"]["inputs"].items()}
    expected = {INPUT_NAME: [-1, *contract.input.shape]}
    metadata = msgspec.json.encode(model.get("userDefinedMetadata"))
    return [
        Check("graph model", model.get("format") == "graph-model", f"format {model.get('format')}"),
        Check("input tensor", inputs == expected, f"{inputs}, expected {expected}"),
        Check(f"weights stored as {dtype}", set(stored) == {dtype}, f"{len(stored)} weights as {sorted(set(stored))}"),
        Check("metadata", contract.sha256.encode() in metadata, "contract's SHA-256"),
    ]


def _shape(tensor: dict[str, Any]) -> list[int]:
    return [int(dimension["size"]) for dimension in tensor["tensorShape"]["dim"]]


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
    _format("uint8", "TF.js graph model, weights stored as bytes", QUANTISED),
)
