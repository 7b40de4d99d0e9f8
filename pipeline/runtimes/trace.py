"""What the layers of an artifact compute, so that the one that went wrong can be found."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract


@dataclass(frozen=True)
class LayerValues:
    """What one layer computed.

    Attributes:
        values: float32 (N, ...), dequantised.
        step: What one step of an integer stands for; None for floats.
    """

    values: NDArray[np.float32]
    step: float | None = None


# From an artifact, its contract, images as `Runner.predict` takes them and the names of the reference's layers, in
# their order: the values of those layers that the artifact still has. Raises as `Runtime.load` and `Runner.predict`.
Trace = Callable[[Path, ModelContract, NDArray[np.uint8], Sequence[str]], dict[str, LayerValues]]


def find_layer_tensors(tensors: Iterable[tuple[str, str]], layers: Sequence[str]) -> dict[str, str]:
    """Which tensor of an artifact holds what a layer of the reference computes.

    Converters join the names of what they fuse, as in "edge/relu1_1/Relu6;edge/conv1_1/convolution": such a tensor is
    what the last of those layers computes. Of a layer that became several operators, the last one counts.

    Args:
        tensors: (key, name) of each tensor that is computed, in the order of execution.
        layers: Names of the reference's layers, in their order.

    Returns:
        Keys by the name of the layer, in the order of the layers.
    """
    order = {layer: index for index, layer in enumerate(layers)}
    found: dict[str, str] = {}
    for key, name in tensors:
        # The converter appends a number to the names of layers.
        parts = {part: re.sub(r"_\d+$", "", part) for part in re.split("[/;]", name)}
        named = [part if part in order else stem for part, stem in parts.items() if part in order or stem in order]
        if named:
            found[max(named, key=order.__getitem__)] = key
    return {layer: found[layer] for layer in layers if layer in found}
