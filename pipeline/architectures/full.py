"""`full`: at most 350,000 parameters; where accuracy matters more than size."""

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.convnet import RECIPE, Convolution, convnet
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


def _build(contract: ModelContract) -> "keras.Model":
    return convnet(
        contract,
        "full",
        (
            Convolution(24, stride=2, kernel=5),
            Convolution(48),
            Convolution(64, stride=2),
            Convolution(96),
            Convolution(96),
        ),
    )


FULL = Architecture(
    name="full",
    description="five convolutions of 24 to 96 channels, two of them with stride 2, mean over space, dense",
    build=_build,
    recipe=replace(RECIPE, epochs=14),
)
