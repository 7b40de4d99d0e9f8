"""`nano`: at most 10,000 parameters; for microcontrollers."""

from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.convnet import RECIPE, Convolution, convnet
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


def _build(contract: ModelContract) -> "keras.Model":
    return convnet(
        contract,
        "nano",
        (Convolution(8), Convolution(16, stride=2), Convolution(16), Convolution(16, stride=2), Convolution(24)),
    )


NANO = Architecture(
    name="nano",
    description="five 3×3 convolutions of 8 to 24 channels, two of them with stride 2, mean over space, dense",
    build=_build,
    recipe=RECIPE,
)
