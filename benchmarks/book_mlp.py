"""The training of `mlp-200` without TensorFlow: the book's own loop over single images, for experiments of many runs.

The steps are those of pipeline/trainer.py with the recipe of `mlp-200`, as tests/integration/test_damage.py shows;
a step of so small a network costs a graph of operations more than BLAS needs for its two matrices.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import sger
from scipy.special import expit

_LOWEST, _HIGHEST = 0.01, 0.99
_HIDDEN = 200
_RATE = 0.01
_IMAGES_PER_BLOCK = 1_000


class BookMlp:
    """784-200-10 with sigmoids and without biases, after Rashid, "Make Your Own Neural Network", 2016.

    Args:
        hidden: float32 (pixels, 200), the first kernel.
        output: float32 (200, labels), the second.
    """

    def __init__(self, hidden: NDArray[np.float32], output: NDArray[np.float32]) -> None:
        # BLAS changes matrices in place only if their columns are contiguous.
        self.hidden = np.array(hidden, np.float32, order="F")
        self.output = np.array(output, np.float32, order="F")

    def learn(self, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
        """One step of gradient descent for each image, in the order given.

        Args:
            images: uint8 (N, height, width, channels).
            labels: int64 (N,).
        """
        for start in range(0, len(images), _IMAGES_PER_BLOCK):
            block = slice(start, start + _IMAGES_PER_BLOCK)
            targets = np.full((len(labels[block]), self.output.shape[1]), _LOWEST, np.float32)
            targets[np.arange(len(targets)), labels[block]] = _HIGHEST
            for pixels, target in zip(_scaled(images[block]), targets, strict=True):
                self._step(pixels, target)

    def answers(self, images: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The likeliest label of each image, int64 (N,)."""
        labels: NDArray[np.int64] = (expit(_scaled(images) @ self.hidden) @ self.output).argmax(axis=1)
        return labels

    def _step(self, pixels: NDArray[np.float32], target: NDArray[np.float32]) -> None:
        hidden = expit(pixels @ self.hidden)
        outputs = expit(hidden @ self.output)
        errors = target - outputs
        # Each layer has the derivative of its own sigmoid; the book hands the plain errors down.
        blame = (self.output @ errors) * hidden * (1 - hidden)
        sger(_RATE, hidden, errors * outputs * (1 - outputs), a=self.output, overwrite_a=True)
        sger(_RATE, pixels, blame, a=self.hidden, overwrite_a=True)


def untrained_book_mlp(num_pixels: int, num_labels: int, seed: int) -> BookMlp:
    """Normal weights with the deviations of `mlp-200`."""
    random = np.random.default_rng(seed)
    return BookMlp(
        random.normal(0, num_pixels**-0.5, (num_pixels, _HIDDEN)).astype(np.float32),
        random.normal(0, _HIDDEN**-0.5, (_HIDDEN, num_labels)).astype(np.float32),
    )


def _scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Rows of pixels from 0.01 to 1, float32 (N, pixels)."""
    scaled: NDArray[np.float32] = images.reshape(len(images), -1) * np.float32(0.99 / 255) + np.float32(0.01)
    return scaled
