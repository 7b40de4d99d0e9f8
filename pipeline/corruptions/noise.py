"""Noise of each pixel apart from the others."""

import numpy as np
from numpy.typing import NDArray

from pipeline.corruptions.pixels import to_bytes, to_fractions

_PHOTONS_OF_WHITE = 3
_IMPULSE_PART = 0.17


def shot_noise(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Three photons make white: what a camera sees in the dark."""
    counts = random.poisson(to_fractions(images) * _PHOTONS_OF_WHITE)
    return to_bytes((counts / _PHOTONS_OF_WHITE).astype(np.float32))


def impulse_noise(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Salt and pepper: 17 % of the pixels are lost, each to white or to black."""
    draws = random.random(images.shape, np.float32)
    salted = np.where(draws < _IMPULSE_PART / 2, np.uint8(255), images)
    return np.where((draws >= _IMPULSE_PART / 2) & (draws < _IMPULSE_PART), np.uint8(0), salted)
