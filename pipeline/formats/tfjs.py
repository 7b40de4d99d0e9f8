"""TF.js graph models: float32, and float16 and uint8 as storage only (the page computes in float32).

Layers models of Keras 3 do not load in TF.js (https://github.com/tensorflow/tfjs/issues/8328); graph models do.
"""

import warnings
from collections import Counter
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, Literal

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
# As in TFLite's dynamic range quantisation.
_MIN_BYTE_ELEMENTS = 1_024
_BYTES = {"float32": 4, "int32": 4, "float16": 2, "uint8": 1, "bool": 1}
_Dtype = Literal["float32", "int32", "float16", "uint8", "bool"]


@dataclass(frozen=True)
class Quantisation:
    """How a weight is stored."""

    dtype: _Dtype


@dataclass(frozen=True)
class Weight:
    """One weight: dtype and shape that it has in the graph, and how it is stored if otherwise."""

    name: str
    dtype: _Dtype
    shape: list[int]
    quantization: Quantisation | None = None

    @property
    def is_large(self) -> bool:
        """Whether it is worth storing as bytes."""
        return self.dtype == "float32" and prod(self.shape) >= _MIN_BYTE_ELEMENTS

    @property
    def stored_dtype(self) -> str:
        """The dtype in the shard."""
        return self.dtype if self.quantization is None else self.quantization.dtype

    @property
    def num_bytes(self) -> int:
        """Bytes in the shard."""
        return prod(self.shape) * _BYTES[self.stored_dtype]


@dataclass(frozen=True)
class WeightGroup:
    """Weights one after the other, in one or more shards."""

    paths: list[str]
    weights: list[Weight]


@dataclass(frozen=True)
class Dimension:
    """One dimension, as a decimal number; -1 is any."""

    size: str


@dataclass(frozen=True)
class TensorShape:
    """The dimensions of a tensor."""

    dim: list[Dimension]


@dataclass(frozen=True)
class Tensor:
    """An input of the graph."""

    tensorShape: TensorShape  # noqa: N815, the name in the file

    @property
    def shape(self) -> list[int]:
        """Sizes; -1 is any."""
        return [int(dimension.size) for dimension in self.tensorShape.dim if dimension.size.lstrip("-").isdecimal()]


@dataclass(frozen=True)
class Signature:
    """The inputs of the graph by name."""

    inputs: dict[str, Tensor]


@dataclass(frozen=True)
class GraphModel:
    """The part of model.json that is read here; the names are those in the file."""

    format: str
    signature: Signature
    weightsManifest: list[WeightGroup]  # noqa: N815
    userDefinedMetadata: dict[str, Any] | None = None  # noqa: N815


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


def read_model_json(folder: Path) -> GraphModel:
    """What model.json says, after its shards were found whole.

    Raises:
        ArtifactError: model.json is missing or damaged, or a shard is missing or of another length.
        StorageError: A file cannot be read.
    """
    path = folder / MODEL_JSON
    try:
        model = msgspec.json.decode(read_bytes(path), type=GraphModel)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(
            f"{path}: expected a TF.js graph model, found none: {error}; next: pipeline export"
        ) from error
    for group in model.weightsManifest:
        strangers = [name for name in group.paths if Path(name).name != name]
        if strangers:
            raise ArtifactError(f"{path}: expected shards beside it, found {strangers[0]}; next: pipeline export")
        expected = sum(weight.num_bytes for weight in group.weights)
        found = sum(len(read_bytes(folder / name)) for name in group.paths)
        if found != expected:
            raise ArtifactError(
                f"{folder}: expected {expected:,} bytes of weights in {', '.join(group.paths)}, found {found:,}; "
                "next: pipeline export"
            )
    return model


def _inspect(dtype: str, path: Path, contract: ModelContract) -> list[Check]:
    model = read_model_json(path)
    weights = [weight for group in model.weightsManifest for weight in group.weights if weight.dtype == "float32"]
    stored = Counter(weight.stored_dtype for weight in weights)
    expected_stored = Counter(dtype if dtype != "uint8" or weight.is_large else "float32" for weight in weights)
    inputs = {name: tensor.shape for name, tensor in model.signature.inputs.items()}
    expected = {INPUT_NAME: [-1, *contract.input.shape]}
    metadata = msgspec.json.encode(model.userDefinedMetadata)
    return [
        Check("graph model", model.format == "graph-model", f"format {model.format}"),
        Check("input tensor", inputs == expected, f"{inputs}, expected {expected}"),
        Check("weights stored as expected", stored == expected_stored and dtype in stored, f"{dict(stored)}"),
        Check("metadata", contract.sha256.encode() in metadata, "contract's SHA-256"),
    ]


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
