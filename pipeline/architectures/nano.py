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
        (Convolution(8, stride=2), Convolution(16), Convolution(24, stride=2), Convolution(16)),
    )


NANO = Architecture(
    name="nano",
    description="four 3×3 convolutions of 8 to 24 channels, two of them with stride 2, mean over space, dense",
    build=_build,
    recipe=Recipe(epochs=40, augmentation=Augmentation(rotation_deg=10, scale=0.08, shear=0.1, shift_px=1.5)),
)
