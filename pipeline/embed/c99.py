"""Writes an integer TFLite file as one self-contained pair of C99 files: static arrays and plain loops."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.embed.layers import Convolution, Layer, Lookup, MaxPooling, Softmax, Weighted
from pipeline.embed.network import read_network
from pipeline.embed.render import render
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes, sha256, write_atomically

NAME, DETECTOR_NAME = "digit_model", "digit_detector"
_C_TYPES: dict[type[np.generic], str] = {np.int8: "int8_t", np.uint8: "uint8_t", np.int32: "int32_t"}
_BUFFER = "buffer"


@dataclass(frozen=True)
class C99Model:
    """A generated pair.

    Attributes:
        name: Of its files, and the prefix of what they define.
        header: Content of the .h file.
        source: Content of the .c file.
        ram_bytes: Of the static buffer; the stack comes on top.
        constant_bytes: Of all constant arrays; the code comes on top.
    """

    name: str
    header: str
    source: str
    ram_bytes: int
    constant_bytes: int


@dataclass(frozen=True)
class _Array:
    name: str
    values: NDArray[Any]

    @property
    def c_type(self) -> str:
        return _C_TYPES[self.values.dtype.type]


@dataclass(frozen=True)
class _Step:
    """A layer with its arrays, and where it reads and writes."""

    name: str
    title: str
    details: str
    layer: Layer
    arrays: tuple[_Array, ...]
    source: str
    target: str

    @property
    def kind(self) -> str:
        return type(self.layer).__name__


def generate(path: Path, contract: ModelContract, name: str = NAME, max_none: int | None = None) -> C99Model:
    """The C99 files of an integer TFLite file.

    Args:
        path: A file with uint8 input and output.
        contract: What the file promises.
        name: Of the files, and the prefix of what they define.
        max_none: Of a detector, the largest last byte of the output at which there is an answer.

    Raises:
        ArtifactError: The file is missing or damaged, has another shape than the contract, or has something that
            cannot be generated.
    """
    layers = read_network(path)
    _check_borders(layers, path, contract)
    ram_bytes = _buffer_bytes(layers)
    steps = _steps(layers, ram_bytes)
    constant_bytes = sum(array.values.nbytes for step in steps for array in step.arrays)
    height, width, channels = contract.input.shape
    rendered = partial(
        render,
        name=name,
        prefix=name.upper(),
        max_none=max_none,
        subject=f"the network of {contract.name}",
        sha256=sha256(read_bytes(path)),
        height=height,
        width=width,
        channels=channels,
        image_bytes=contract.input.num_values,
        polarity=contract.input.polarity.replace("_", " "),
        labels=contract.labels,
        ram_bytes=ram_bytes,
        constant_bytes=constant_bytes,
        steps=steps,
        uses=lambda *kinds: any(step.kind in kinds for step in steps),
        has_zeros=any(isinstance(layer, Weighted) and layer.input.zero for layer in layers),
    )
    header, source = rendered("shared/network.h.j2"), rendered("shared/network.c.j2")
    return C99Model(name, header, source, ram_bytes, constant_bytes)


def write_c99(model: C99Model, folder: Path) -> tuple[Path, Path]:
    """Writes the header and the source; returns their paths in this order.

    Raises:
        StorageError: The folder cannot be written to.
    """
    paths = folder / f"{model.name}.h", folder / f"{model.name}.c"
    for path, content in zip(paths, (model.header, model.source), strict=True):
        write_atomically(path, content.encode())
    return paths


def _check_borders(layers: list[Layer], path: Path, contract: ModelContract) -> None:
    if not layers:
        raise ArtifactError(f"{path}: expected layers that compute something, found none; next: pipeline export")
    expected = contract.input.num_values, contract.num_labels
    found = layers[0].input.num_bytes, layers[-1].output.num_bytes
    if found != expected:
        raise ArtifactError(
            f"{path}: expected {expected[0]} values in and {expected[1]} out, found {found[0]} and {found[1]}; "
            "next: pipeline export"
        )


def _buffer_bytes(layers: list[Layer]) -> int:
    """Room for what one layer reads and writes at a time; the first reads, and the last writes, the caller's array."""
    sizes = [layer.output.num_bytes for layer in layers[:-1]]
    return max((read + written for read, written in zip([0, *sizes], sizes, strict=False)), default=0)


def _steps(layers: list[Layer], ram_bytes: int) -> list[_Step]:
    """Each layer writes to the other end of the buffer than the one before, the last to the caller's array."""
    steps, source = [], "image"
    for index, layer in enumerate(layers):
        name = f"layer{index + 1}"
        offset = 0 if index % 2 == 0 else ram_bytes - layer.output.num_bytes
        target = f"{_BUFFER} + {offset}" if offset else _BUFFER
        if index == len(layers) - 1:
            target = "probabilities"
        steps.append(
            _Step(name, _title(index + 1, layer), _details(layer), layer, _arrays(name, layer), source, target)
        )
        source = target
    return steps


def _arrays(name: str, layer: Layer) -> tuple[_Array, ...]:
    arrays: dict[str, NDArray[Any]] = {}
    if isinstance(layer, Weighted):
        to = layer.requantisation
        arrays = {"weights": layer.weights, "bias": to.bias, "multipliers": to.multipliers, "shifts": to.shifts}
    elif isinstance(layer, Lookup):
        arrays = {"table": layer.table}
    elif isinstance(layer, Softmax):
        arrays = {"exponentials": layer.exponentials}
    return tuple(_Array(f"{name}_{field}", values.ravel()) for field, values in arrays.items())


def _title(number: int, layer: Layer) -> str:
    sizes = " -> ".join(" x ".join(map(str, values.shape)) for values in (layer.input, layer.output))
    return f"Layer {number}, {layer.operator}: {sizes}"


def _details(layer: Layer) -> str:
    details = [f"scale {layer.input.scale:.6g} -> {layer.output.scale:.6g}"]
    if isinstance(layer, Convolution | MaxPooling):
        (height, width), (stride, _), (padding, _) = layer.window.size, layer.window.stride, layer.window.padding
        details.append(f"window {height} x {width}, stride {stride}, padding {padding}")
    if isinstance(layer, Weighted):
        details.append(f"bytes from {layer.requantisation.lowest} to {layer.requantisation.highest}")
    return "; ".join(details)
