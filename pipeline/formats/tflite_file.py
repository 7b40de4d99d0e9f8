"""TFLite files as data: metadata, tensors and operators, read and written without TensorFlow.

Reference: the FlatBuffers schema, tensorflow/compiler/mlir/lite/schema/schema.fbs.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ArtifactError
from pipeline.files import read_bytes

METADATA_NAME = "MODEL_CONTRACT"
BUFFER_ALIGNMENT = 16
_FILE_IDENTIFIER = b"TFL3"
_NO_TENSOR = -1
_OPERATORS_WITH_KERNEL = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


@dataclass(frozen=True)
class TensorInfo:
    """One tensor: its numpy-like dtype, shape, and quantisation if it has one for the whole tensor."""

    dtype: str
    shape: tuple[int, ...]
    scale: float | None
    zero_point: int | None

    @property
    def num_elements(self) -> int:
        """Numbers in the tensor."""
        return prod(self.shape)


@dataclass(frozen=True)
class TFLiteInfo:
    """What a TFLite file says of itself.

    Attributes:
        operators: Number of operators by name, as in {"CONV_2D": 4}.
        kernels: Stored form of the weights of each convolution and dense layer.
        num_tensors: Number of tensors by dtype.
        metadata: Entries by name.
        is_aligned: Whether all weights start at multiples of 16 bytes, as the schema demands.
    """

    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    operators: dict[str, int]
    custom_operators: tuple[str, ...]
    kernels: tuple[TensorInfo, ...]
    num_tensors: dict[str, int]
    metadata: dict[str, bytes]
    is_aligned: bool


@dataclass(frozen=True)
class LayerTensors:
    """Numbers of the tensors of one convolution or dense layer; kernel and bias as they are stored in the file."""

    input: int
    kernel: int
    bias: int | None
    output: int


def read_tflite(path: Path) -> TFLiteInfo:
    """Reads a TFLite file's structure.

    Raises:
        ArtifactError: Missing, empty, cut off or no TFLite file.
    """
    content = _read_content(path)
    with _damaged(path):
        return _describe(content)


def read_model(path: Path) -> Any:
    """The `ModelT` of a TFLite file: every table as an object.

    Raises:
        ArtifactError: Missing, empty, cut off or no TFLite file.
    """
    content = _read_content(path)
    with _damaged(path):
        return unpack(content)


def with_metadata(content: bytes, metadata: bytes) -> bytes:
    """Adds a metadata entry to a TFLite file and aligns its weights.

    The Python writer of FlatBuffers drops the schema's `force_align: 16`; files that came through it (the converter's
    own included) have weights at odd addresses, which microcontrollers and memory-mapped files do not like.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = unpack(content)
    model.buffers.append(schema.BufferT(data=np.frombuffer(metadata, np.uint8)))
    entry = schema.MetadataT(name=METADATA_NAME, buffer=len(model.buffers) - 1)
    model.metadata = [*(model.metadata or []), entry]
    return pack(model)


def unpack(content: bytes) -> Any:
    """The `ModelT` of a TFLite file: every table as an object that can be changed."""
    from ai_edge_litert.tools import flatbuffer_utils

    return flatbuffer_utils.convert_bytearray_to_object(bytearray(content))


def pack(model: Any) -> bytes:
    """The content of a TFLite file with aligned weights, from a `ModelT`."""
    from ai_edge_litert.tools import flatbuffer_utils

    aligned = copy(model)
    aligned.buffers = [_AlignedBuffer(buffer) for buffer in model.buffers]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(aligned))


def find_layers(model: Any) -> list[LayerTensors]:
    """Where each convolution and dense layer of a `ModelT` keeps its numbers, in the order of execution."""
    operators = model.subgraphs[0].operators
    stored = {
        operator.outputs[0]: operator.inputs[0]
        for operator in operators
        if operator_name(model, operator) == "DEQUANTIZE"
    }
    layers = []
    for operator in operators:
        if operator_name(model, operator) in _OPERATORS_WITH_KERNEL:
            layer_input, kernel, bias = (*(int(index) for index in operator.inputs), _NO_TENSOR)[:3]
            layers.append(
                LayerTensors(
                    input=layer_input,
                    kernel=stored.get(kernel, kernel),
                    bias=None if bias == _NO_TENSOR else stored.get(bias, bias),
                    output=int(operator.outputs[0]),
                )
            )
    return layers


def find_computed_tensors(model: Any) -> list[tuple[int, str]]:
    """Number and name of what each operator of a `ModelT` computes from the image, in the order of execution."""
    graph = model.subgraphs[0]
    computed, found = set(graph.inputs), []
    for operator in graph.operators:
        if not computed.isdisjoint(operator.inputs):
            computed.update(operator.outputs)
            found += [(int(index), graph.tensors[index].name.decode()) for index in operator.outputs]
    return found


def operator_name(model: Any, operator: Any) -> str:
    """As in "CONV_2D"."""
    from ai_edge_litert.tools import flatbuffer_utils

    return str(flatbuffer_utils.opcode_to_name(model, operator.opcodeIndex))


def _read_content(path: Path) -> bytes:
    content = read_bytes(path)
    if content[4:8] != _FILE_IDENTIFIER:
        found = f"{len(content)} bytes that start with {content[:8].hex(' ')}" if content else "an empty file"
        raise ArtifactError(f"{path}: expected a TFLite file, found {found}; next: pipeline export")
    return content


@contextmanager
def _damaged(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the generated reader raises whatever a wrong offset leads to
        raise ArtifactError(f"{path}: damaged TFLite file ({error}); next: pipeline export") from error


class _AlignedBuffer:
    """Packs a buffer as `BufferT.Pack` does, but at an address that is a multiple of 16."""

    def __init__(self, buffer: Any) -> None:
        self._buffer = buffer

    def Pack(self, builder: Any) -> int:  # noqa: N802, the name that the generated code calls
        from ai_edge_litert import schema_py_generated as schema

        data = self._buffer.data
        offset = None
        if data is not None and len(data):
            builder.StartVector(1, len(data), BUFFER_ALIGNMENT)
            builder.head -= len(data)
            builder.Bytes[builder.head : builder.head + len(data)] = bytes(bytearray(data))
            offset = builder.EndVector()
        schema.BufferStart(builder)
        if offset is not None:
            schema.BufferAddData(builder, offset)
        packed: int = schema.BufferEnd(builder)
        return packed


def _describe(content: bytes) -> TFLiteInfo:
    model = unpack(content)
    if len(model.subgraphs) != 1:
        raise ValueError(f"expected one subgraph, found {len(model.subgraphs)}")
    graph = model.subgraphs[0]
    tensors = [_tensor_info(tensor) for tensor in graph.tensors]
    return TFLiteInfo(
        inputs=tuple(tensors[index] for index in graph.inputs),
        outputs=tuple(tensors[index] for index in graph.outputs),
        operators=dict(Counter(operator_name(model, operator) for operator in graph.operators)),
        custom_operators=tuple(code.customCode.decode() for code in model.operatorCodes if code.customCode),
        kernels=tuple(tensors[layer.kernel] for layer in find_layers(model)),
        num_tensors=dict(Counter(tensor.dtype for tensor in tensors)),
        metadata={
            entry.name.decode(): bytes(bytearray(model.buffers[entry.buffer].data)) for entry in model.metadata or []
        },
        is_aligned=_is_aligned(content),
    )


def _tensor_info(tensor: Any) -> TensorInfo:
    from ai_edge_litert.tools import flatbuffer_utils

    quantisation = tensor.quantization
    scales = [] if quantisation is None or quantisation.scale is None else list(quantisation.scale)
    is_per_tensor = len(scales) == 1
    return TensorInfo(
        dtype=flatbuffer_utils.type_to_name(tensor.type).lower(),
        shape=tuple(int(size) for size in tensor.shape),
        scale=float(scales[0]) if is_per_tensor else None,
        zero_point=int(quantisation.zeroPoint[0]) if is_per_tensor else None,
    )


def _is_aligned(content: bytes) -> bool:
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(bytearray(content), 0)
    for index in range(model.BuffersLength()):
        table = model.Buffers(index)._tab
        offset = table.Offset(4)  # the vtable slot of Buffer.data
        if offset and table.Vector(offset) % BUFFER_ALIGNMENT:
            return False
    return True
