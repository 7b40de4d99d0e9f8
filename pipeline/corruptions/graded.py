"""Damage in steps, from none to hardly legible: noise, blur, broken strokes, and weights that are lost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.corruptions.pixels import blurred, to_bytes, to_fractions

_CUT_PX = 3.0


@dataclass(frozen=True)
class Damage:
    """One kind of damage to images.

    Attributes:
        unit: What a level counts.
        levels: Ascending; 0, which is no damage, is not among them.
        apply: Takes uint8 (N, height, width, 1), a level and a generator; returns the same shape and type.
    """

    unit: str
    levels: tuple[float, ...]
    apply: Callable[[NDArray[np.uint8], float, np.random.Generator], NDArray[np.uint8]]


def add_noise(images: NDArray[np.uint8], deviation: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """Gaussian noise on each pixel, its standard deviation a part of white."""
    pixels = to_fractions(images)
    return to_bytes(pixels + deviation * random.standard_normal(pixels.shape, np.float32))


def blur(images: NDArray[np.uint8], sigma_px: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """A Gaussian filter."""
    return to_bytes(blurred(to_fractions(images), sigma_px))


def break_strokes(images: NDArray[np.uint8], num_cuts: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """Straight cuts of three pixels through the whole picture, each through a pixel of ink and in any direction."""
    pixels = to_fractions(images)
    num_images, height, width = pixels.shape
    row, column = np.arange(height)[None, :, None], np.arange(width)[None, None, :]
    for _ in range(int(num_cuts)):
        # The pixel of ink that draws the highest lot.
        lots = (random.random(pixels.shape, np.float32) * (pixels > 0.5)).reshape(num_images, -1)
        through_row, through_column = (index[:, None, None] for index in divmod(lots.argmax(axis=1), width))
        angle = random.uniform(0, np.pi, (num_images, 1, 1))
        away = (row - through_row) * np.cos(angle) - (column - through_column) * np.sin(angle)
        pixels = np.where(np.abs(away) < _CUT_PX / 2, np.float32(0), pixels)
    return to_bytes(pixels)


GRADED = {
    "noise": Damage("standard deviation, of white", (0.1, 0.2, 0.3, 0.4, 0.6, 0.8), add_noise),
    "blur": Damage("σ in pixels", (0.5, 1.0, 1.5, 2.0, 2.5, 3.0), blur),
    "broken strokes": Damage("cuts of 3 pixels", (1, 2, 3, 4, 6, 8), break_strokes),
}
DROPPED_WEIGHTS = "dropped weights"
DROPPED_PARTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def drop_weights(
    weights: Sequence[NDArray[np.float32]], part: float, random: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Sets the same part of every kernel to zero, at random places.

    Args:
        weights: Of a network; what has one axis only, such as biases and batch normalisation, is kept.
        part: Of the weights of each kernel, 0–1.
        random: Chooses the weights.
    """
    return [_dropped(kernel, part, random) if kernel.ndim > 1 else kernel for kernel in weights]


def _dropped(kernel: NDArray[np.float32], part: float, random: np.random.Generator) -> NDArray[np.float32]:
    rest = kernel.flatten()
    rest[random.permutation(rest.size)[: round(part * rest.size)]] = 0
    return rest.reshape(kernel.shape)


def part_kept(levels: Sequence[float], accuracies: Sequence[float], chance: float) -> float:
    """How gracefully a network fails: what is left of its accuracy above chance, the mean over the range of damage.

    Args:
        levels: Of the damage, ascending from 0.
        accuracies: Fractions, one for each level; the first is that of clean images.
        chance: Accuracy of guessing, a fraction.

    Returns:
        1 if the damage changes nothing, 0 if it leaves guessing from the start: the area under the curve of accuracy
        over level, by the trapezoidal rule, over that of a network that keeps its clean accuracy.

    Raises:
        ValueError: The levels do not begin with 0 and rise, or there is not one accuracy for each.
    """
    steps = np.diff(levels)
    if len(levels) != len(accuracies) or len(levels) < 2 or levels[0] != 0 or steps.min() <= 0:
        raise ValueError(f"expected rising levels from 0 and as many accuracies, received {levels} and {accuracies}")
    kept = (np.asarray(accuracies) - chance) / (accuracies[0] - chance)
    return float((steps * (kept[1:] + kept[:-1]) / 2).sum() / levels[-1])
