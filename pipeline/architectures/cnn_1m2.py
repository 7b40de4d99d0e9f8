"""`cnn-1m2`: the plain TensorFlow 2 network of countless tutorials, 1.2 million parameters."""

from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import classifier, scaled_images
from pipeline.config import Adam, Recipe
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


def _build(contract: ModelContract) -> "keras.Model":
    from keras import layers

    images, features = scaled_images(contract)
    features = layers.Conv2D(32, 3, activation="relu", name="conv1")(features)
    features = layers.Conv2D(64, 3, activation="relu", name="conv2")(features)
    features = layers.MaxPooling2D(name="pool")(features)
    features = layers.Dropout(0.25, name="dropout1")(features)
    features = layers.Flatten(name="features")(features)
    features = layers.Dense(128, activation="relu", name="hidden")(features)
    features = layers.Dropout(0.5, name="dropout2")(features)
    return classifier(images, features, contract, "cnn-1m2")


CNN_1M2 = Architecture(
    name="cnn-1m2",
    description="two 3×3 convolutions, max-pooling, dropout, a hidden layer of 128: countless tutorials",
    build=_build,
    recipe=Recipe(epochs=10, batch_size=128, optimizer=Adam(), num_shards=2),
    min_validation_accuracy=0.85,
)
