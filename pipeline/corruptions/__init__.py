"""The 15 corruptions of MNIST-C: how much does a network notice of what people do not?

Mu and Gilmer, "MNIST-C: A robustness benchmark for computer vision", 2019; an implementation of our own with their
parameters. What is random is drawn for each image, so that error rates can be compared, and pixels cannot. Where the
paper gives a place in 28×28 pixels, the same part of another size is taken.

Each takes uint8 (N, height, width, 1), ink bright on black, and a generator, and returns the same shape and type.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.corruptions.blur import glass_blur, motion_blur
from pipeline.corruptions.edges import canny_edges
from pipeline.corruptions.layers import brightness, fog, spatter, stripe
from pipeline.corruptions.lines import dotted_line, zigzag
from pipeline.corruptions.noise import impulse_noise, shot_noise
from pipeline.corruptions.warps import rotate, scale, shear, translate

Corruption = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]

MNIST_C: dict[str, Corruption] = {
    "shot_noise": shot_noise,
    "impulse_noise": impulse_noise,
    "glass_blur": glass_blur,
    "motion_blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "brightness": brightness,
    "translate": translate,
    "stripe": stripe,
    "fog": fog,
    "spatter": spatter,
    "dotted_line": dotted_line,
    "zigzag": zigzag,
    "canny_edges": canny_edges,
}


def corrupted(images: NDArray[np.uint8], name: str, seed: int = 0) -> NDArray[np.uint8]:
    """Images after one corruption; the same for the same seed, whatever else was drawn before.

    Args:
        images: uint8 (N, height, width, 1).
        name: A key of `MNIST_C`.
        seed: Of all that is random.

    Returns:
        uint8, the same shape.
    """
    return MNIST_C[name](images, generator_for(name, seed))


def generator_for(name: str, seed: int) -> np.random.Generator:
    """Random numbers that belong to one kind of damage alone."""
    return np.random.default_rng([seed, *name.encode()])
