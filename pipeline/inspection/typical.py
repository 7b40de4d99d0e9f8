"""The images that a network finds most typical of its labels, and what it says to them itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.inference import predict_in_batches
from pipeline.inspection.ascent import optimise
from pipeline.inspection.inversion import invert, sigmoid_layers, target_answers

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class TypicalImage:
    """What a network answers to the image that is meant for a label.

    Attributes:
        label: What the image is meant for.
        answer: The network's own.
        probability: Of that answer.
    """

    label: str
    answer: str
    probability: float

    @property
    def is_right(self) -> bool:
        """Whether the network takes the image for what it is meant for."""
        return self.answer == self.label


def typical_images(model: "keras.Model", contract: ModelContract) -> NDArray[np.uint8]:
    """For each label the image that the network finds most typical, by gradient ascent; the same at every call.

    Args:
        model: A classifier of the contract.
        contract: Says shape, polarity and labels.

    Returns:
        uint8 (labels, height, width, channels), 0–255, as the model takes them.
    """
    ink = optimise(model, contract)
    faint = _as_images(ink, contract)
    strong = _as_images(ink / ink.max(axis=(1, 2, 3), keepdims=True), contract)
    # Full ink is easier to see; a label that is at its surest without any would get what is not its image.
    is_right = predict_in_batches(model, strong).argmax(axis=1) == np.arange(contract.num_labels)
    return np.where(is_right[:, np.newaxis, np.newaxis, np.newaxis], strong, faint)


def inverted_images(model: "keras.Model", contract: ModelContract) -> NDArray[np.uint8] | None:
    """For each label the image that a network of sigmoids gives when it is run backwards; None for other networks.

    Returns:
        uint8 (labels, height, width, channels), 0–255, as the model takes them.
    """
    layers = sigmoid_layers(model)
    if layers is None:
        return None
    low, high = contract.input.value_range
    # What the first layer of weights sees at the two ends of the range.
    darkest, brightest = (_first_values(model, value) for value in (low, high))
    parts = (invert(layers, target_answers(contract.num_labels)) - darkest) / (brightest - darkest)
    return _to_bytes(parts).reshape(-1, *contract.input.shape)


def answers_to(model: "keras.Model", images: NDArray[np.uint8], contract: ModelContract) -> tuple[TypicalImage, ...]:
    """What the network says to one image for each label, uint8 (labels, height, width, channels)."""
    probabilities = predict_in_batches(model, images)
    best = probabilities.argmax(axis=1)
    return tuple(
        TypicalImage(label, contract.labels[answer], float(row[answer]))
        for label, answer, row in zip(contract.labels, best, probabilities, strict=True)
    )


def _first_values(model: "keras.Model", value: float) -> float:
    """What the rescaling at the beginning of a network makes of one value."""
    from keras import layers

    for layer in model.layers:
        if isinstance(layer, layers.Rescaling):
            value = value * layer.scale + layer.offset
    return value


def _as_images(ink: NDArray[np.float64], contract: ModelContract) -> NDArray[np.uint8]:
    return _to_bytes(ink if contract.input.polarity == "bright_on_dark" else 1 - ink)


def _to_bytes(parts: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Parts of the contract's range, 0–1, as bytes."""
    images: NDArray[np.uint8] = np.rint(255 * parts.clip(0, 1)).astype(np.uint8)
    return images
