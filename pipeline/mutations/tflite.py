"""Broken TFLite files."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.formats.tflite_file import LayerTensors, find_layers, operator_name, pack, unpack
from pipeline.formats.tflite_weights import DTYPES, scales, stored_values, weights_of
from pipeline.mutations.layers import WHITE, ChangeLayers, Layer

_INT8_MAX = 127


def change_model(change: Callable[[Any], None], path: Path) -> None:
    """Changes the `ModelT` of a file in place."""
    model = unpack(path.read_bytes())
    change(model)
    path.write_bytes(pack(model))


def change_layers(change: ChangeLayers, path: Path) -> None:
    """Changes the numbers of a file; quantised ones are quantised anew, as an exporter would."""
    change_model(partial(_rewrite_layers, change), path)


def leave_out_softmax(model: Any) -> None:
    """The file answers with logits."""
    graph, softmax = model.subgraphs[0], _find_softmax(model)
    logits, probabilities = softmax.inputs[0], softmax.outputs[0]
    graph.operators.remove(softmax)
    for operator in graph.operators:
        operator.inputs = [logits if index == probabilities else index for index in operator.inputs]
    graph.outputs = [logits if index == probabilities else index for index in graph.outputs]
    for signature in model.signatureDefs or []:
        for output in signature.outputs:
            output.tensorIndex = logits if output.tensorIndex == probabilities else output.tensorIndex


def repeat_softmax(model: Any) -> None:
    """The file takes the softmax of probabilities."""
    graph, softmax = model.subgraphs[0], _find_softmax(model)
    graph.tensors.append(deepcopy(graph.tensors[softmax.outputs[0]]))
    second = deepcopy(softmax)
    softmax.outputs = second.inputs = [len(graph.tensors) - 1]
    graph.operators.insert(graph.operators.index(softmax) + 1, second)


def invert_polarity(model: Any) -> None:
    """The file expects dark ink on bright paper: it sees 255 minus each pixel."""
    from ai_edge_litert import schema_py_generated as schema

    graph = model.subgraphs[0]
    image = graph.tensors[graph.inputs[0]]
    white = deepcopy(image)
    white.shape, white.shapeSignature = [1], None
    constant = _add_constant(model, white, np.array([WHITE], DTYPES[image.type]))
    _insert_first(
        model, schema.BuiltinOperator.SUB, schema.BuiltinOptions.SubOptions, schema.SubOptionsT(), constant, 0
    )


def transpose_image(model: Any) -> None:
    """The file reads images column by column."""
    from ai_edge_litert import schema_py_generated as schema

    order = schema.TensorT()
    order.name, order.shape, order.type = b"order", [4], schema.TensorType.INT32
    constant = _add_constant(model, order, np.array([0, 2, 1, 3], np.int32))
    options = schema.BuiltinOptions.TransposeOptions
    _insert_first(model, schema.BuiltinOperator.TRANSPOSE, options, schema.TransposeOptionsT(), constant, 1)


def double_output_scale(model: Any) -> None:
    """A client that trusts the file dequantises probabilities to twice their value."""
    quantisation = _quantisation(model, model.subgraphs[0].outputs[0])
    quantisation.scale = 2 * np.asarray(quantisation.scale)


def shift_input(step: int, model: Any) -> None:
    """The zero point of the input is off by `step`."""
    _shift(model, model.subgraphs[0].inputs[0], step)


def shift_output(step: int, model: Any) -> None:
    """The zero point of the output is off by `step`."""
    _shift(model, model.subgraphs[0].outputs[0], step)


def shift_kernel(step: int, model: Any) -> None:
    """The zero points of a hidden kernel are off by `step`."""
    _shift(model, _middle(model).kernel, step)


def shift_activation(step: int, model: Any) -> None:
    """The zero point of what a hidden layer computes is off by `step`.

    The next layer reads it from the file as well, so nothing changes where the range has room to spare.
    """
    _shift(model, _middle(model).output, step)


def shift_logits(step: int, model: Any) -> None:
    """The zero point of the logits is off by `step`: a softmax does not see what all of them have in common."""
    _shift(model, find_layers(model)[-1].output, step)


def double_activation_scale(model: Any) -> None:
    """What a hidden layer computes is read by the next one with twice its scale."""
    quantisation = _quantisation(model, _middle(model).output)
    quantisation.scale = 2 * np.asarray(quantisation.scale)


def double_bias_scale(model: Any) -> None:
    """The biases of a hidden layer are in other units than what they are added to."""
    bias = _middle(model).bias
    if bias is not None:
        quantisation = _quantisation(model, bias)
        quantisation.scale = 2 * np.asarray(quantisation.scale)


def _rewrite_layers(change: ChangeLayers, model: Any) -> None:
    values = [weights.values for weights in weights_of(model)]
    before = [Layer(kernel, bias) for kernel, bias in zip(values[::2], values[1::2], strict=True)]
    for tensors, old, new in zip(find_layers(model), before, change(before), strict=True):
        is_changed = not (np.array_equal(old.kernel, new.kernel) and np.array_equal(old.bias, new.bias))
        if is_changed:
            _write(model, tensors.kernel, new.kernel, _new_scales(model, tensors.kernel, new.kernel))
            if tensors.bias is not None:
                _write(model, tensors.bias, new.bias, _bias_units(model, tensors))


def _bias_units(model: Any, tensors: LayerTensors) -> NDArray[np.float64]:
    """Input × kernel; empty where the input is not quantised, as then the bias is not either."""
    of_input = scales(_tensor(model, tensors.input))
    return scales(_tensor(model, tensors.kernel)).ravel() * of_input.ravel() if of_input.size else of_input


def _new_scales(model: Any, index: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
    old = scales(_tensor(model, index))
    if not old.size:
        return old
    axes = tuple(axis for axis in range(values.ndim) if old.shape[axis] == 1)
    highest = np.abs(values).max(axis=axes, keepdims=True)
    return np.where(highest > 0, highest / _INT8_MAX, old)


def _write(model: Any, index: int, values: NDArray[np.float64], new_scales: NDArray[np.float64]) -> None:
    tensor = _tensor(model, index)
    dtype = stored_values(model, index).dtype
    if scales(tensor).size:
        # As float32 first: an engine reads what the file holds, not what it was computed from.
        tensor.quantization.scale = new_scales.ravel().astype(np.float32)
        steps = scales(tensor)
        limits = np.iinfo(dtype)
        values = np.clip(np.round(values / steps), limits.min, limits.max)
    model.buffers[tensor.buffer].data = np.frombuffer(values.astype(dtype).tobytes(), np.uint8)


def _insert_first(model: Any, code: int, options_type: int, options: Any, constant: int, position: int) -> None:
    """Puts an operator of the image and a constant before all others; `position` is the constant's among its inputs."""
    from ai_edge_litert import schema_py_generated as schema

    graph = model.subgraphs[0]
    (image,) = graph.inputs
    graph.tensors.append(deepcopy(graph.tensors[image]))
    changed = len(graph.tensors) - 1
    for operator in graph.operators:
        operator.inputs = [changed if index == image else index for index in operator.inputs]
    operator_code = schema.OperatorCodeT()
    operator_code.builtinCode = operator_code.deprecatedBuiltinCode = code
    model.operatorCodes.append(operator_code)
    first = schema.OperatorT()
    first.opcodeIndex = len(model.operatorCodes) - 1
    first.inputs = [constant, image] if position == 0 else [image, constant]
    first.outputs = [changed]
    first.builtinOptionsType, first.builtinOptions = options_type, options
    graph.operators.insert(0, first)


def _add_constant(model: Any, tensor: Any, values: NDArray[Any]) -> int:
    from ai_edge_litert import schema_py_generated as schema

    model.buffers.append(schema.BufferT(data=np.frombuffer(values.tobytes(), np.uint8)))
    tensor.buffer = len(model.buffers) - 1
    model.subgraphs[0].tensors.append(tensor)
    return len(model.subgraphs[0].tensors) - 1


def _find_softmax(model: Any) -> Any:
    (softmax,) = (operator for operator in model.subgraphs[0].operators if operator_name(model, operator) == "SOFTMAX")
    return softmax


def _middle(model: Any) -> LayerTensors:
    layers = find_layers(model)
    return layers[len(layers) // 2]


def _shift(model: Any, index: int, step: int) -> None:
    quantisation = _quantisation(model, index)
    quantisation.zeroPoint = np.asarray(quantisation.zeroPoint) + step


def _quantisation(model: Any, index: int) -> Any:
    return _tensor(model, index).quantization


def _tensor(model: Any, index: int) -> Any:
    return model.subgraphs[0].tensors[index]
