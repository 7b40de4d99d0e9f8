"""What all networks begin and end with: pixels from 0 to 1, and a softmax of logits."""

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
    images: "keras.KerasTensor",
    features: "keras.KerasTensor",
    contract: ModelContract,
    name: str,
    *,
    use_bias: bool = True,
    kernel_initializer: "str | keras.Initializer" = "glorot_uniform",
    kernel_regularizer: "keras.Regularizer | None" = None,
) -> "keras.Model":
    """Ends a network with one logit for each label, and the softmax of them.

    Args:
        images: Its input.
        features: (N, any), what the logits are computed from.
        contract: Says how many labels there are.
        name: Of the network.
        use_bias: Of the layer of the logits, as are the next two.
        kernel_initializer: As Keras takes it.
        kernel_regularizer: As Keras takes it.

    Returns:
        Model from float32 (N, height, width, channels) in the contract's range to float32 (N, labels) probabilities.
    """
    from keras import Model, layers

    logits = layers.Dense(
        contract.num_labels,
        use_bias=use_bias,
        kernel_initializer=kernel_initializer,
        kernel_regularizer=kernel_regularizer,
        name=LOGITS,
    )(features)
    return Model(images, layers.Softmax(name="probabilities")(logits), name=name)


def multilayer_perceptron(contract: ModelContract, name: str, hidden: tuple[int, ...]) -> "keras.Model":
    """Dense layers with ReLU on all pixels."""
    from keras import layers

    images, scaled = scaled_images(contract)
    features = layers.Flatten(name="pixels")(scaled)
    for index, units in enumerate(hidden, start=1):
        features = layers.Dense(units, activation="relu", name=f"hidden{index}")(features)
    return classifier(images, features, contract, name)
