"""The kernels and biases of TFLite files, and how they are quantised.

Rules: LiteRT 8-bit quantization specification, https://ai.google.dev/edge/litert/models/quantization_spec.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ArtifactError
from pipeline.formats.tflite_file import LayerTensors, find_layers, read_model
from pipeline.formats.weights import Weights, half_precision_rounding
from pipeline.results import Check

DTYPES: dict[int, type[np.generic]] = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8}
_SCALE_TOLERANCE = 1e-5


def read_weights(path: Path) -> list[Weights]:
    """Kernel and bias of each layer in the order of execution; a layer without bias has one of zeros.

    Raises:
        ArtifactError: A layer's numbers are not in the file: the converter lost them, or the file is damaged.
        StorageError: The file cannot be read.
    """
    model = read_model(path)
    try:
        return weights_of(model)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{path}: the weights of a layer are not in the file; next: pipeline export") from error


def weights_of(model: Any) -> list[Weights]:
    """The same of a `ModelT`."""
    weights = []
    for index, layer in enumerate(find_layers(model), start=1):
        kernel = _read(model, layer.kernel, f"kernel {index}")
        weights.append(kernel)
        if layer.bias is None:
            zeros = np.zeros(model.subgraphs[0].tensors[layer.output].shape[-1])
            weights.append(Weights(f"bias {index}", zeros, zeros))
        else:
            weights.append(_read(model, layer.bias, f"bias {index}"))
    return weights


def stored_values(model: Any, index: int) -> NDArray[Any]:
    """What a constant tensor holds, in its own dtype and shape, not dequantised."""
    tensor = model.subgraphs[0].tensors[index]
    content = bytes(bytearray(model.buffers[tensor.buffer].data))
    return np.frombuffer(content, DTYPES[tensor.type]).reshape(tensor.shape)


def scales(tensor: Any) -> NDArray[np.float64]:
    """The scales of a tensor, in a shape that broadcasts to its own; empty if it is not quantised."""
    quantisation = tensor.quantization
    if quantisation is None or quantisation.scale is None:
        return np.empty(0)
    values = np.asarray(quantisation.scale, np.float64)
    shape = [1] * len(tensor.shape)
    if len(values) > 1:
        shape[quantisation.quantizedDimension] = len(values)
    return values.reshape(shape)


def check_quantisation(path: Path) -> Check:
    """What engines take for granted: kernels and biases are symmetric, biases in units of what they are added to."""
    model = read_model(path)
    tensors = model.subgraphs[0].tensors
    troubles = [trouble for layer in find_layers(model) for trouble in _quantisation_troubles(tensors, layer)]
    name = "quantised by the specification"
    return Check(name, not troubles, "; ".join(troubles) or "zero points 0, biases in units of input × kernel")


def _quantisation_troubles(tensors: list[Any], layer: LayerTensors) -> list[str]:
    stored = [tensors[layer.kernel]] + ([] if layer.bias is None else [tensors[layer.bias]])
    troubles = [
        f"{tensor.name.decode()} has a zero point other than 0"
        for tensor in stored
        if scales(tensor).size and np.any(tensor.quantization.zeroPoint)
    ]
    if len(stored) == 2 and scales(stored[1]).size:
        expected = scales(tensors[layer.input]).ravel() * scales(stored[0]).ravel()
        if not np.allclose(scales(stored[1]).ravel(), expected, rtol=_SCALE_TOLERANCE, atol=0):
            troubles.append(f"{stored[1].name.decode()} is not in units of input × kernel")
    return troubles


def _read(model: Any, index: int, name: str) -> Weights:
    tensor = model.subgraphs[0].tensors[index]
    stored = stored_values(model, index).astype(np.float64)
    steps = scales(tensor)
    if steps.size:
        zero_points = np.asarray(tensor.quantization.zeroPoint, np.float64).reshape(steps.shape)
        return Weights(name, (stored - zero_points) * steps, steps / 2)
    is_half = DTYPES[tensor.type] is np.float16
    return Weights(name, stored, half_precision_rounding(stored) if is_half else np.zeros(()))
