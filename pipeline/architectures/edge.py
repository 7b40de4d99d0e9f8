"""`edge`: at most 30,000 parameters; the default for phones, pages and small computers."""

from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.convnet import Convolution, convnet
from pipeline.config import Augmentation, Muon, Recipe
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


def _build(contract: ModelContract) -> "keras.Model":
    return convnet(
        contract,
        "edge",
        (Convolution(16, stride=2), Convolution(24), Convolution(32, stride=2), Convolution(32), Convolution(32)),
    )


EDGE = Architecture(
    name="edge",
    description="five 3×3 convolutions of 16 to 32 channels, two of them with stride 2, mean over space, dense",
    build=_build,
    recipe=Recipe(
        epochs=32,
        batch_size=128,
        optimizer=Muon(),
        augmentation=Augmentation(),
        label_smoothing=0.05,
        ema_fraction=0.05,
        num_shards=2,
        is_calibrated=True,
    ),
)
