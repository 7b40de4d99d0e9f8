"""Reads an integer TFLite file into the layers of generated code: an operator that is not supported is one clear error.

Rules: LiteRT 8-bit quantization specification, https://ai.google.dev/edge/litert/models/quantization_spec; factors are
computed as LiteRT's kernels prepare them (tflite/kernels/kernel_util.cc, reduce.cc, activations.cc).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.embed.elementwise import add_table, logistic_table, multiply_table, requantise_table
from pipeline.embed.fixed_point import (
    mean_multiplier,
    quantize_multiplier,
    single_rounding_multiplier,
    softmax_exponentials,
)
from pipeline.embed.layers import (
    HIGHEST,
    Convolution,
    Dense,
    Layer,
    Lookup,
    MaxPooling,
    MeanOverSpace,
    Requantisation,
    Softmax,
    Values,
    Window,
)
from pipeline.embed.operators import Operator, Unsupported
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes
from pipeline.formats.tflite_file import read_tflite, unpack

_SAME, _VALID = 0, 1
_RELU_UPPER_BOUNDS: dict[int, float | None] = {1: None, 3: 6.0}
_NO_ACTIVATION = 0
_SPACE = [1, 2]


def read_network(path: Path) -> list[Layer]:
    """The layers of an integer TFLite file with uint8 input and output, in the order of execution.

    Layers that change no byte are left out.

    Raises:
        ArtifactError: The file is missing or damaged, or has something that cannot be generated; the message names it.
    """
    info = read_tflite(path)
    borders = [tensor.dtype for tensor in (*info.inputs, *info.outputs)]
    if borders != ["uint8", "uint8"]:
        raise ArtifactError(
            f"{path}: expected one input and one output of uint8, found {', '.join(borders)}; next: pipeline export"
        )
    model = unpack(read_bytes(path))
    graph = model.subgraphs[0]
    layers: list[Layer] = []
    current = int(graph.inputs[0])
    for position, entry in enumerate(graph.operators, start=1):
        operator = Operator(model, entry)
        try:
            layers += _read_layer(operator, current)
        except Unsupported as reason:
            raise ArtifactError(
                f"{path}: operator {position}, {operator.name}, {reason}: C99 cannot be generated; "
                f"supported: {', '.join(sorted(_READERS))}"
            ) from reason
        current = operator.output_index
    return layers


def _read_layer(operator: Operator, current: int) -> list[Layer]:
    if operator.name not in _READERS:
        raise Unsupported("which is not supported")
    if operator.num_computed_inputs != 1 or operator.input_index != current:
        raise Unsupported("which takes other values than those of the operator before it")
    layer = _READERS[operator.name](operator)
    is_identity = layer is None or (
        isinstance(layer, Lookup) and np.array_equal(layer.table, np.arange(HIGHEST + 1, dtype=np.uint8))
    )
    return [] if is_identity or layer is None else [layer]


def _convolution(operator: Operator) -> Layer:
    options, weights = operator.options, _weights(operator)
    if (options.dilationHFactor, options.dilationWFactor) != (1, 1):
        raise Unsupported("with dilation")
    if weights.shape[3] != operator.input.shape[2]:
        raise Unsupported("with groups")
    factors = [quantize_multiplier(factor) for factor in _factors(operator)]
    window = _window(operator, (weights.shape[1], weights.shape[2]))
    return Convolution(*_values(operator), weights, _requantisation(operator, factors), window)


def _dense(operator: Operator) -> Layer:
    zero = operator.output.zero
    try:
        factors = [single_rounding_multiplier(factor, zero) for factor in _factors(operator)]
    except ValueError as error:
        raise Unsupported(f"with scales for which {error}") from error
    return Dense(*_values(operator), _weights(operator), _requantisation(operator, factors))


def _factors(operator: Operator) -> list[float]:
    """From a sum of products to the output, for each channel, in float64 as the kernels compute it."""
    factors = [operator.input.scale * float(scale) / operator.output.scale for scale in operator.scales(1)]
    channels = len(operator.constant(1))
    return factors if len(factors) == channels else factors * channels


def _weights(operator: Operator) -> NDArray[np.int8]:
    weights = operator.constant(1)
    if weights.dtype != np.int8:
        raise Unsupported(f"with weights of {weights.dtype}")
    return weights


def _requantisation(operator: Operator, factors: list[tuple[int, int]]) -> Requantisation:
    bias = operator.constant(2) if operator.has_input(2) else np.zeros(len(factors), np.int32)
    multipliers, shifts = zip(*factors, strict=True)
    bounds = _activation_bounds(operator.options.fusedActivationFunction, operator.output)
    return Requantisation(bias, np.array(multipliers, np.int32), np.array(shifts, np.int8), *bounds)


def _max_pooling(operator: Operator) -> Layer:
    options = operator.options
    window = _window(operator, (options.filterHeight, options.filterWidth))
    bounds = _activation_bounds(options.fusedActivationFunction, operator.output)
    return MaxPooling(*_values(operator), window, *bounds)


def _mean(operator: Operator) -> Layer:
    rank = len(operator.input.shape) + 1
    axes = sorted(int(axis) % rank for axis in operator.constant(1).ravel())
    if rank != 4 or axes != _SPACE:
        raise Unsupported(f"over axes {axes} of {rank}, expected {_SPACE} of 4")
    height, width, _ = operator.input.shape
    factor = operator.input.scale / operator.output.scale
    return MeanOverSpace(*_values(operator), *mean_multiplier(factor, height * width))


def _softmax(operator: Operator) -> Layer:
    if len(operator.input.shape) != 1:
        raise Unsupported(f"over {len(operator.input.shape)} axes, expected one")
    exponentials = softmax_exponentials(operator.input.scale, float(operator.options.beta))
    return Softmax(*_values(operator), np.array(exponentials, np.int32))


def _quantize(operator: Operator) -> Layer:
    return Lookup(*_values(operator), requantise_table(operator.input, operator.output))


def _logistic(operator: Operator) -> Layer:
    return Lookup(*_values(operator), logistic_table(operator.input, operator.output))


def _multiply(operator: Operator) -> Layer:
    bounds = _activation_bounds(operator.options.fusedActivationFunction, operator.output)
    return Lookup(*_values(operator), multiply_table(operator.input, operator.output, *operator.scalar(), *bounds))


def _add(operator: Operator) -> Layer:
    bounds = _activation_bounds(operator.options.fusedActivationFunction, operator.output)
    return Lookup(*_values(operator), add_table(operator.input, operator.output, *operator.scalar(), *bounds))


def _reshape(operator: Operator) -> None:
    """Bytes stay where they are."""


_READERS: dict[str, Callable[[Operator], Layer | None]] = {
    "ADD": _add,
    "CONV_2D": _convolution,
    "FULLY_CONNECTED": _dense,
    "LOGISTIC": _logistic,
    "MAX_POOL_2D": _max_pooling,
    "MEAN": _mean,
    "MUL": _multiply,
    "QUANTIZE": _quantize,
    "RESHAPE": _reshape,
    "SOFTMAX": _softmax,
}


def _values(operator: Operator) -> tuple[str, Values, Values]:
    return operator.name, operator.input, operator.output


def _window(operator: Operator, size: tuple[int, int]) -> Window:
    stride = (int(operator.options.strideH), int(operator.options.strideW))
    if operator.options.padding == _VALID:
        return Window(size, stride, (0, 0))
    padding = [
        max((output - 1) * step + length - given, 0) // 2
        for output, step, length, given in zip(operator.output.shape, stride, size, operator.input.shape, strict=False)
    ]
    return Window(size, stride, (padding[0], padding[1]))


def _activation_bounds(activation: int, output: Values) -> tuple[int, int]:
    """Smallest and largest byte after a fused activation: `CalculateActivationRangeQuantized`."""
    if activation == _NO_ACTIVATION:
        return 0, HIGHEST
    if activation not in _RELU_UPPER_BOUNDS:
        raise Unsupported(f"with fused activation {activation}")
    upper = _RELU_UPPER_BOUNDS[activation]
    if upper is None:
        return output.zero, HIGHEST
    # float32 like the kernel; its rounding takes halves away from zero.
    steps = int(np.floor(np.float32(upper) / np.float32(output.scale) + np.float32(0.5)))
    return output.zero, min(HIGHEST, output.zero + steps)
