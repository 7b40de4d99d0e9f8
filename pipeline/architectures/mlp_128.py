"""`mlp-128`: the network of most first tutorials, 784-128-10, with Adam."""

from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import multilayer_perceptron
from pipeline.config import Adam, Recipe
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


def _build(contract: ModelContract) -> "keras.Model":
    return multilayer_perceptron(contract, "mlp-128", (128,))


MLP_128 = Architecture(
    name="mlp-128",
    description="one hidden layer of 128 with ReLU, as in most first tutorials",
    build=_build,
    recipe=Recipe(epochs=10, batch_size=32, optimizer=Adam(), num_shards=2),
    min_validation_accuracy=0.85,
)
