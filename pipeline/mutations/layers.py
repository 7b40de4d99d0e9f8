"""Mistakes in the numbers of a network: the same functions break TFLite files and TF.js models.

The mistakes are those that exporters and people have made: numbers left out, multiplied twice, or written in another
order than they are read in. The layer in the middle stands for any hidden one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

WHITE = 255
_SEED = 0


@dataclass(frozen=True)
class Layer:
    """A convolution or dense layer.

    Attributes:
        kernel: float64 (channels, ...), output channels first.
        bias: float64 (channels,).
    """

    kernel: NDArray[np.float64]
    bias: NDArray[np.float64]


ChangeLayers = Callable[[list[Layer]], list[Layer]]


def drop_weights(layers: list[Layer]) -> list[Layer]:
    """The converter lost every variable, as it does with the concrete functions of a Keras 3 model."""
    return [Layer(np.zeros_like(layer.kernel), np.zeros_like(layer.bias)) for layer in layers]


def do_not_rescale(layers: list[Layer]) -> list[Layer]:
    """Pixels reach the network as 0–255; the layer is linear, so its kernel can stand for its input."""
    return [replace(layers[0], kernel=layers[0].kernel * WHITE), *layers[1:]]


def rescale_twice(layers: list[Layer]) -> list[Layer]:
    """Pixels are divided by 255 once more."""
    return [replace(layers[0], kernel=layers[0].kernel / WHITE), *layers[1:]]


def swap_labels(layers: list[Layer]) -> list[Layer]:
    """Two neighbouring outputs change places."""
    return [*layers[:-1], _swap_channels(layers[-1], len(layers[-1].bias) // 2)]


def swap_channels(layers: list[Layer]) -> list[Layer]:
    """Two neighbouring channels of a hidden layer change places, and the next layer does not know."""
    return _change_middle(layers, lambda layer: _swap_channels(layer, len(layer.bias) // 2))


def transpose_kernel(layers: list[Layer]) -> list[Layer]:
    """One kernel has rows and columns exchanged: of its window, or of the matrix of a dense layer."""
    return _change_middle(layers, lambda layer: replace(layer, kernel=_transpose(layer.kernel)))


def lose_bias(layers: list[Layer]) -> list[Layer]:
    """One channel of a hidden layer has no bias."""
    return _change_middle(
        layers, lambda layer: replace(layer, bias=np.where(np.arange(len(layer.bias)), layer.bias, 0))
    )


def lose_biases(layers: list[Layer]) -> list[Layer]:
    """No layer has a bias."""
    return [replace(layer, bias=np.zeros_like(layer.bias)) for layer in layers]


def double_scale(layers: list[Layer]) -> list[Layer]:
    """One kernel is read with twice its scale."""
    return _change_middle(layers, lambda layer: replace(layer, kernel=2 * layer.kernel))


def double_scale_of_channel(layers: list[Layer]) -> list[Layer]:
    """One channel of a kernel is read with twice its scale."""

    def change(layer: Layer) -> Layer:
        kernel = layer.kernel.copy()
        kernel[0] *= 2
        return replace(layer, kernel=kernel)

    return _change_middle(layers, change)


def touch(layers: list[Layer]) -> list[Layer]:
    """Every kernel is off by a billionth, which no file can express: all numbers are written again."""
    return [replace(layer, kernel=layer.kernel * (1 + 1e-9)) for layer in layers]


def add_noise(fraction: float, layers: list[Layer]) -> list[Layer]:
    """A part of all kernels' numbers is off by as much as they vary.

    Args:
        fraction: 0 to 1.
        layers: Of the network.
    """
    return _add_noise(layers, fraction, 1.0)


def move_weights(layers: list[Layer]) -> list[Layer]:
    """Every kernel's numbers are off by a twentieth of how much they vary, as in a stale file of an earlier epoch."""
    return _add_noise(layers, 1.0, 0.05)


def _add_noise(layers: list[Layer], fraction: float, deviations: float) -> list[Layer]:
    random = np.random.default_rng(_SEED)
    noisy = []
    for layer in layers:
        is_hit = random.random(layer.kernel.shape) < fraction
        noise = random.normal(0, deviations * layer.kernel.std(), layer.kernel.shape)
        noisy.append(replace(layer, kernel=layer.kernel + is_hit * noise))
    return noisy


def _change_middle(layers: list[Layer], change: Callable[[Layer], Layer]) -> list[Layer]:
    middle = len(layers) // 2
    return [*layers[:middle], change(layers[middle]), *layers[middle + 1 :]]


def _swap_channels(layer: Layer, channel: int) -> Layer:
    order = np.arange(len(layer.bias))
    order[[channel - 1, channel]] = channel, channel - 1
    return Layer(layer.kernel[order], layer.bias[order])


def _transpose(kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    if kernel.ndim == 4 and kernel.shape[1] > 1:
        return np.swapaxes(kernel, 1, 2)
    return kernel.reshape(kernel.shape[0], -1).T.reshape(kernel.shape)
