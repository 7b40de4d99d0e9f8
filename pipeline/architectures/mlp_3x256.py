"""`mlp-3x256`: 784-256-256-256-10 with plain gradient descent. The write-up names no number of epochs."""

from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import multilayer_perceptron
from pipeline.config import Recipe, Sgd
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


def _build(contract: ModelContract) -> "keras.Model":
    return multilayer_perceptron(contract, "mlp-3x256", (256, 256, 256))


MLP_3X256 = Architecture(
    name="mlp-3x256",
    description="three hidden layers of 256 with ReLU, trained by plain gradient descent",
    build=_build,
    recipe=Recipe(epochs=20, batch_size=256, optimizer=Sgd(0.05), num_shards=2),
    min_validation_accuracy=0.85,
)
