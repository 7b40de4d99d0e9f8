"""Broken TF.js models."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.formats.tfjs_file import MODEL_JSON, WeightGroup
from pipeline.mutations.layers import WHITE, ChangeLayers, Layer

_LINEAR = ("_FusedConv2D", "Conv2D", "_FusedMatMul", "MatMul")
_BYTE_MAX = 255


@dataclass
class GraphFile:
    """A model as it can be changed: model.json as it is, and the stored numbers of each weight by its name."""

    json: dict[str, Any]
    stored: dict[str, NDArray[Any]]

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The operators and constants."""
        nodes: list[dict[str, Any]] = self.json["modelTopology"]["node"]
        return nodes

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What the manifest says of each weight."""
        entries: list[dict[str, Any]] = self.json["weightsManifest"][0]["weights"]
        return entries

    def entry(self, name: str) -> dict[str, Any]:
        """What the manifest says of one weight."""
        return next(entry for entry in self.entries if entry["name"] == name)


def read_graph(folder: Path) -> GraphFile:
    """Reads a model that is sound: all shards there, one group of weights."""
    json = msgspec.json.decode((folder / MODEL_JSON).read_bytes())
    group = msgspec.convert(json["weightsManifest"][0], WeightGroup)
    content = b"".join((folder / name).read_bytes() for name in group.paths)
    stored, start = {}, 0
    for weight in group.weights:
        values = np.frombuffer(content[start : start + weight.num_bytes], weight.stored_dtype)
        stored[weight.name] = values.reshape(weight.shape)
        start += weight.num_bytes
    return GraphFile(json, stored)


def write_graph(graph: GraphFile, folder: Path) -> None:
    """Writes a model with one shard, named as its first one was."""
    names = graph.json["weightsManifest"][0]["paths"]
    for name in names[1:]:
        (folder / name).unlink()
    graph.json["weightsManifest"][0]["paths"] = names[:1]
    (folder / names[0]).write_bytes(b"".join(graph.stored[entry["name"]].tobytes() for entry in graph.entries))
    (folder / MODEL_JSON).write_bytes(msgspec.json.encode(graph.json))


def change_graph(change: Callable[[GraphFile], None], folder: Path) -> None:
    """Changes a model in place."""
    graph = read_graph(folder)
    change(graph)
    write_graph(graph, folder)


def change_layers(change: ChangeLayers, folder: Path) -> None:
    """Changes the numbers of a model; bytes are quantised anew, as an exporter would."""
    change_graph(partial(_rewrite_layers, change), folder)


def leave_out_softmax(graph: GraphFile) -> None:
    """The model answers with logits."""
    softmax = _find_softmax(graph)
    graph.nodes.remove(softmax)
    _redirect(graph, softmax["name"], softmax["input"][0])


def repeat_softmax(graph: GraphFile) -> None:
    """The model takes the softmax of probabilities."""
    softmax = _find_softmax(graph)
    _redirect(graph, softmax["name"], "second")
    graph.nodes.append({**softmax, "name": "second", "input": [softmax["name"]]})


def invert_polarity(graph: GraphFile) -> None:
    """The model expects dark ink on bright paper: it sees 255 minus each pixel."""
    _insert_first(graph, "Sub", {}, np.array(WHITE, np.float32), is_constant_first=True)


def transpose_image(graph: GraphFile) -> None:
    """The model reads images column by column."""
    _insert_first(graph, "Transpose", {"Tperm": {"type": "DT_INT32"}}, np.array([0, 2, 1, 3], np.int32))


def shift_kernel(steps: int, graph: GraphFile) -> None:
    """The zero point of one kernel's bytes is off by `steps`."""
    quantisation = _largest_in_bytes(graph)["quantization"]
    quantisation["min"] += steps * quantisation["scale"]


def double_kernel_scale(graph: GraphFile) -> None:
    """The bytes of one kernel are dequantised with twice their scale, as if it had another range."""
    _largest_in_bytes(graph)["quantization"]["scale"] *= 2


def reverse_manifest(graph: GraphFile) -> None:
    """The manifest names the weights in another order than they are stored in."""
    graph.json["weightsManifest"][0]["weights"] = graph.entries[::-1]
    graph.stored = dict(zip(reversed(graph.stored), graph.stored.values(), strict=True))


def _rewrite_layers(change: ChangeLayers, graph: GraphFile) -> None:
    linear = [node for node in graph.nodes if node["op"] in _LINEAR]
    before = [_read_layer(graph, node) for node in linear]
    for node, old, new in zip(linear, before, change(before), strict=True):
        if not (np.array_equal(old.kernel, new.kernel) and np.array_equal(old.bias, new.bias)):
            kernel, *biases = node["input"][1:]
            _write(graph, kernel, np.moveaxis(new.kernel, 0, -1))
            for bias in biases:
                _write(graph, bias, new.bias)


def _read_layer(graph: GraphFile, node: dict[str, Any]) -> Layer:
    kernel, *biases = (_values(graph, name) for name in node["input"][1:])
    return Layer(np.moveaxis(kernel, -1, 0), biases[0] if biases else np.zeros(kernel.shape[-1]))


def _values(graph: GraphFile, name: str) -> NDArray[np.float64]:
    quantisation = graph.entry(name).get("quantization", {})
    values: NDArray[np.float64] = graph.stored[name].astype(np.float64)
    return values * float(quantisation.get("scale", 1.0)) + float(quantisation.get("min", 0.0))


def _write(graph: GraphFile, name: str, values: NDArray[np.float64]) -> None:
    quantisation, dtype = graph.entry(name).get("quantization", {}), graph.stored[name].dtype
    if "scale" in quantisation:
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        scale = (high - low) / _BYTE_MAX or 1.0
        zero_point = round(-low / scale)
        quantisation["scale"], quantisation["min"] = scale, -zero_point * scale
        values = np.clip(np.round(values / scale) + zero_point, 0, _BYTE_MAX)
    graph.stored[name] = values.astype(dtype)


def _insert_first(
    graph: GraphFile, operator: str, attributes: dict[str, Any], constant: NDArray[Any], is_constant_first: bool = False
) -> None:
    """Puts an operator of the image and a constant before all others."""
    image = next(node["name"] for node in graph.nodes if node["op"] == "Placeholder")
    _redirect(graph, image, "changed")
    inputs = ["constant", image] if is_constant_first else [image, "constant"]
    attributes = {"T": {"type": "DT_FLOAT"}, **attributes}
    graph.nodes.append({"name": "changed", "op": operator, "input": inputs, "attr": attributes})
    dtype = {"float32": "DT_FLOAT", "int32": "DT_INT32"}[constant.dtype.name]
    shape = {"dim": [{"size": str(size)} for size in constant.shape]}
    value = {"tensor": {"dtype": dtype, "tensorShape": shape}}
    graph.nodes.append({"name": "constant", "op": "Const", "attr": {"value": value, "dtype": {"type": dtype}}})
    graph.entries.append({"name": "constant", "shape": list(constant.shape), "dtype": constant.dtype.name})
    graph.stored["constant"] = constant


def _redirect(graph: GraphFile, old: str, new: str) -> None:
    for node in graph.nodes:
        node["input"] = [new if name == old else name for name in node.get("input", [])]


def _find_softmax(graph: GraphFile) -> dict[str, Any]:
    (softmax,) = (node for node in graph.nodes if node["op"] == "Softmax")
    return softmax


def _largest_in_bytes(graph: GraphFile) -> dict[str, Any]:
    return max((entry for entry in graph.entries if "quantization" in entry), key=lambda entry: prod(entry["shape"]))
