"""`nano`: at most 10,000 parameters; for microcontrollers and for builds that must be quick."""

from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.convnet import Convolution, convnet
from pipeline.config import Augmentation, Recipe
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


def _build(contract: ModelContract) -> "keras.Model":
    return convnet(
        contract,
        "nano",
        (Convolution(8, stride=2, kernel=5), Convolution(16, stride=2), Convolution(24), Convolution(16)),
    )


NANO = Architecture(
    name="nano",
    description="four convolutions of 8 to 24 channels, two of them with stride 2, mean over space, dense",
    build=_build,
    recipe=Recipe(
        epochs=40,
        batch_size=64,
        peak_learning_rate=1.2e-2,
        augmentation=Augmentation(rotation_deg=8, scale=0.08, shear=0.1, shift_px=1.0, final_strength=0.3),
    ),
)
