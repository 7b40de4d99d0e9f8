"""`lenet5`: LeNet-5 with ReLU, max-pooling and dropout, at the very small rate of its write-up."""

from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import classifier, scaled_images
from pipeline.config import Adam, Recipe
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


def _build(contract: ModelContract) -> "keras.Model":
    from keras import layers, regularizers

    l2 = regularizers.L2(5e-4)
    images, features = scaled_images(contract)
    for index, (channels, padding) in enumerate(((6, "same"), (16, "valid"), (120, "valid")), start=1):
        features = layers.Conv2D(
            channels, 5, padding=padding, activation="relu", kernel_regularizer=l2, name=f"conv{index}"
        )(features)
        if index < 3:
            features = layers.MaxPooling2D(name=f"pool{index}")(features)
    features = layers.Flatten(name="features")(features)
    features = layers.Dense(84, activation="relu", kernel_regularizer=l2, name="hidden")(features)
    features = layers.Dropout(0.5, name="dropout")(features)
    return classifier(images, features, contract, "lenet5", kernel_regularizer=l2)


LENET5 = Architecture(
    name="lenet5",
    description="LeNet-5 with ReLU, max-pooling and dropout",
    build=_build,
    recipe=Recipe(epochs=46, batch_size=50, optimizer=Adam(1e-5), num_shards=2),
    min_validation_accuracy=0.85,
)
