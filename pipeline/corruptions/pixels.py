"""Pixels as fractions and back."""

import numpy as np
from numpy.typing import NDArray


def to_fractions(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (N, height, width, 1) as float32 (N, height, width), 0–1.

    Raises:
        ValueError: Not bytes, or not one channel.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 1:
        raise ValueError(f"expected uint8 (N, height, width, 1), received {images.dtype} {images.shape}")
    fractions: NDArray[np.float32] = images[..., 0] / np.float32(255)
    return fractions


def to_bytes(fractions: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The inverse of `to_fractions`; clipped to 0–1 and rounded."""
    pixels: NDArray[np.uint8] = np.rint(np.clip(fractions, 0, 1) * 255).astype(np.uint8)
    return pixels[..., np.newaxis]


def blurred(fractions: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Each image after a Gaussian filter; beyond its border the last pixel goes on."""
    from scipy.ndimage import gaussian_filter

    result: NDArray[np.float32] = gaussian_filter(fractions, (0, sigma_px, sigma_px), mode="nearest")
    return result
