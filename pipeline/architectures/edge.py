"""`edge`: at most 30,000 parameters; the default for phones, pages and small computers."""

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.architectures.base import Architecture
from pipeline.architectures.convnet import RECIPE, Convolution, convnet
from pipeline.config import Degradation
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
    recipe=replace(RECIPE, degradation=Degradation()),
)
