"""Small parts that the networks of published write-ups share: pixels from 0 to 1, and a softmax at the end."""

from typing import TYPE_CHECKING

from pipeline.contract import ModelContract
from pipeline.losses import LOGITS

if TYPE_CHECKING:
    import keras


def scaled_images(contract: ModelContract, lowest: float = 0.0) -> "tuple[keras.KerasTensor, keras.KerasTensor]":
    """The input of a network, and its values scaled from the contract's range to `lowest`–1."""
    from keras import Input, layers

    low, high = contract.input.value_range
    images = Input(contract.input.shape, name="image", dtype=contract.input.dtype)
    scale = (1 - lowest) / (high - low)
    return images, layers.Rescaling(scale, offset=lowest - low * scale, name="rescaling")(images)


def classifier(
    images: "keras.KerasTensor", features: "keras.KerasTensor", contract: ModelContract, name: str, **logits: object
) -> "keras.Model":
    """Ends a network with one logit for each label, and the softmax of them.

    Args:
        images: Its input.
        features: (N, any), what the logits are computed from.
        contract: Says how many labels there are.
        name: Of the network.
        logits: Settings of the layer of the logits, as Keras names them.

    Returns:
        Model from float32 (N, height, width, channels) in the contract's range to float32 (N, labels) probabilities.
    """
    from keras import Model, layers

    outputs = layers.Dense(contract.num_labels, name=LOGITS, **logits)(features)
    return Model(images, layers.Softmax(name="probabilities")(outputs), name=name)


def multilayer_perceptron(contract: ModelContract, name: str, hidden: tuple[int, ...]) -> "keras.Model":
    """Dense layers with ReLU on all pixels."""
    from keras import layers

    images, scaled = scaled_images(contract)
    features = layers.Flatten(name="pixels")(scaled)
    for index, units in enumerate(hidden, start=1):
        features = layers.Dense(units, activation="relu", name=f"hidden{index}")(features)
    return classifier(images, features, contract, name)
