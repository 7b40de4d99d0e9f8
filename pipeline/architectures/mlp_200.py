"""`mlp-200`: 784-200-10 with sigmoids, one image at a time, as in Rashid, "Make Your Own Neural Network", 2016.

Inputs lie between 0.01 and 1, there are no biases, and each image is also learnt turned by 10° either way. The
book reads the sigmoids of the outputs; the softmax of the same numbers names the same digit.
"""

from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import classifier, scaled_images
from pipeline.config import Recipe, Sgd
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


_HIDDEN = 200


def _build(contract: ModelContract) -> "keras.Model":
    from keras import initializers, layers

    images, scaled = scaled_images(contract, lowest=0.01)
    pixels = layers.Flatten(name="pixels")(scaled)
    hidden = layers.Dense(
        _HIDDEN,
        activation="sigmoid",
        use_bias=False,
        kernel_initializer=initializers.RandomNormal(stddev=contract.input.num_values**-0.5),
        name="hidden",
    )(pixels)
    initializer = initializers.RandomNormal(stddev=_HIDDEN**-0.5)
    return classifier(images, hidden, contract, "mlp-200", use_bias=False, kernel_initializer=initializer)


MLP_200 = Architecture(
    name="mlp-200",
    description="one hidden layer of 200 sigmoids without biases, from a book for beginners",
    build=_build,
    recipe=Recipe(
        epochs=10,
        batch_size=1,
        optimizer=Sgd(0.01),
        loss="handmade_squared_error",
        rotations_deg=(0.0, 10.0, -10.0),
    ),
    min_validation_accuracy=0.85,
)
