"""TF.js graph models as data: what model.json says, read without TensorFlow."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline.errors import ArtifactError
from pipeline.files import read_bytes

MODEL_JSON = "model.json"
# As in TFLite's dynamic range quantisation.
_MIN_BYTE_ELEMENTS = 1_024
_BYTES = {"float32": 4, "int32": 4, "float16": 2, "uint8": 1, "bool": 1}
_Dtype = Literal["float32", "int32", "float16", "uint8", "bool"]


@dataclass(frozen=True)
class Quantisation:
    """How a weight is stored; a byte stands for `scale` × byte + `min`."""

    dtype: _Dtype
    scale: float = 1.0
    min: float = 0.0


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
class Output:
    """An output of the graph: which node it is, as in "Identity:0"."""

    name: str


@dataclass(frozen=True)
class Signature:
    """The inputs and outputs of the graph by name."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Output]


@dataclass(frozen=True)
class Node:
    """One operator or constant of the graph."""

    name: str
    op: str


@dataclass(frozen=True)
class Topology:
    """The graph; each node after those that it needs."""

    node: list[Node]


@dataclass(frozen=True)
class GraphModel:
    """The part of model.json that is read here; the names are those in the file."""

    format: str
    modelTopology: Topology  # noqa: N815
    signature: Signature
    weightsManifest: list[WeightGroup]  # noqa: N815
    userDefinedMetadata: dict[str, Any] | None = None  # noqa: N815


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
