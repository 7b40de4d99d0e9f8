"""The operators of a TFLite file, and what keeps one of them from being generated."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.embed.layers import Values
from pipeline.formats.tflite_file import operator_name
from pipeline.formats.tflite_weights import stored_values

_UINT8, _INT8 = 3, 9
_OFFSETS = {_UINT8: 0, _INT8: 128}
_NO_TENSOR = -1


class Unsupported(Exception):
    """Why a layer cannot be generated."""


class Operator:
    """One operator of a `ModelT` with its tensors.

    Attributes:
        name: As in "CONV_2D".
        options: What the schema's table of options says.
        input_index: Number of the first tensor that is computed and not stored in the file.
        output_index: Number of its first output.
    """

    def __init__(self, model: Any, operator: Any) -> None:
        self.name = operator_name(model, operator)
        self.options = operator.builtinOptions
        self._model = model
        self._inputs = [int(index) for index in operator.inputs]
        self._tensors = model.subgraphs[0].tensors
        self.input_index = next((index for index in self._inputs if not self._is_constant(index)), _NO_TENSOR)
        self.output_index = int(operator.outputs[0])

    @property
    def input(self) -> Values:
        """What goes in."""
        return _values_of(self._tensors[self.input_index])

    @property
    def output(self) -> Values:
        """What comes out."""
        return _values_of(self._tensors[self.output_index])

    @property
    def num_computed_inputs(self) -> int:
        """How many of the inputs are not stored in the file."""
        return sum(index != _NO_TENSOR and not self._is_constant(index) for index in self._inputs)

    def constant(self, position: int) -> NDArray[Any]:
        """What the input at a position holds, in its own dtype and shape."""
        return stored_values(self._model, self._inputs[position])

    def scales(self, position: int) -> NDArray[np.float32]:
        """Scales of the input at a position, (1,) or one for each channel."""
        return np.asarray(self._tensors[self._inputs[position]].quantization.scale, np.float32)

    def has_input(self, position: int) -> bool:
        """Whether there is an input at a position."""
        return position < len(self._inputs) and self._inputs[position] != _NO_TENSOR

    def scalar(self) -> tuple[int, float]:
        """The one number that is combined with every value: minus its zero point, and its scale."""
        position = next(index for index, tensor in enumerate(self._inputs) if tensor != self.input_index)
        stored, tensor = self.constant(position), self._tensors[self._inputs[position]]
        if stored.size != 1:
            raise Unsupported(f"with a constant of {stored.size} numbers, expected one")
        return int(stored.ravel()[0]) - int(tensor.quantization.zeroPoint[0]), float(self.scales(position)[0])

    def _is_constant(self, index: int) -> bool:
        return index == _NO_TENSOR or self._model.buffers[self._tensors[index].buffer].data is not None


def _values_of(tensor: Any) -> Values:
    """Shape and quantisation of a tensor of a `ModelT` with batch size 1, 8 bits wide."""
    if tensor.type not in _OFFSETS:
        raise Unsupported("with values other than int8 or uint8")
    quantisation = tensor.quantization
    if quantisation is None or quantisation.scale is None or len(quantisation.scale) != 1:
        raise Unsupported("with values that have no scale")
    batch, *shape = (int(size) for size in tensor.shape)
    if batch != 1:
        raise Unsupported(f"with a batch of {batch}")
    zero = int(quantisation.zeroPoint[0]) + _OFFSETS[tensor.type]
    return Values(tuple(shape), float(np.float32(quantisation.scale[0])), zero)
