"""What can be drawn of the layers of a network: their kernels, and what they make of one image."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.runtimes.keras_model import trace_reference

if TYPE_CHECKING:
    import keras

_MAX_SIDE = 1_024


@dataclass(frozen=True)
class LayerArray:
    """Numbers of one layer.

    Attributes:
        values: float32. Kernels: (height, width, inputs, units), or (inputs, units) where the inputs are no picture.
            Feature maps: (height, width, channels), or (units,).
    """

    layer: str
    values: NDArray[np.float32]


@dataclass(frozen=True)
class LeftOut:
    """A layer that is not drawn, and why."""

    layer: str
    reason: str


def kernels_of(model: "keras.Model", contract: ModelContract) -> tuple[list[LayerArray], list[LeftOut]]:
    """The kernels of all layers, in their order.

    A dense layer that sees the pixels themselves has kernels as large as the picture.

    Args:
        model: Of Keras.
        contract: Says the shape of the picture.
    """
    drawn: list[LayerArray] = []
    left_out: list[LeftOut] = []
    sees_pixels = True
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is None:
            if layer.weights:
                left_out.append(LeftOut(layer.name, "no kernels, but a few numbers for each channel"))
            continue
        values = np.asarray(kernel, np.float32)
        if sees_pixels and values.ndim == 2:
            values = values.reshape(*contract.input.shape, -1)
        if values.ndim not in (2, 4):
            left_out.append(LeftOut(layer.name, f"its kernels have {values.ndim} dimensions"))
        elif values.ndim == 2 and max(values.shape) > _MAX_SIDE:
            size = " × ".join(f"{side:,}" for side in values.shape)
            left_out.append(LeftOut(layer.name, f"a matrix of {size} weights is too large to see anything"))
        else:
            drawn.append(LayerArray(layer.name, values))
        sees_pixels = False
    return drawn, left_out


def feature_maps_of(path: Path, image: NDArray[np.uint8]) -> tuple[list[LayerArray], list[LeftOut]]:
    """What each layer makes of an image, in their order.

    Args:
        path: The Keras file.
        image: uint8 (height, width, channels).

    Raises:
        ArtifactError: The file is missing or damaged.
    """
    drawn: list[LayerArray] = []
    left_out: list[LeftOut] = []
    before = image.astype(np.float32)
    for name, batch in trace_reference(path, image[np.newaxis]).items():
        values = np.asarray(batch[0], np.float32)
        if np.array_equal(values.ravel(), before.ravel()):
            left_out.append(LeftOut(name, "hands on what it gets"))
        elif values.ndim not in (1, 3):
            left_out.append(LeftOut(name, f"its values have {values.ndim} dimensions"))
        else:
            drawn.append(LayerArray(name, values))
        before = values
    return drawn, left_out
