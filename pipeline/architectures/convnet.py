"""Plain stacks of convolutions that integer kernels run well.

Every choice serves the exported files: channels in multiples of 8 fill the SIMD lanes of XNNPACK; a stride of 2 costs
less than pooling, which is one more operator; batch normalisation and ReLU6 fold into the convolution; the mean over
space leaves one small dense layer.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.architectures.blocks import classifier, scaled_images
from pipeline.config import Augmentation, Muon, Recipe
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras

# Found on `edge`, served `nano` as well, and was taken over for `full`; see benchmarks/README.md.
RECIPE = Recipe(
    epochs=32,
    batch_size=128,
    optimizer=Muon(),
    augmentation=Augmentation(),
    label_smoothing=0.05,
    ema_fraction=0.05,
    num_shards=2,
    has_temperature_scaling=True,
)


@dataclass(frozen=True)
class Convolution:
    """One square convolution with batch normalisation and ReLU6."""

    channels: int
    stride: int = 1
    kernel: int = 3


def convnet(contract: ModelContract, name: str, convolutions: tuple[Convolution, ...]) -> "keras.Model":
    """An untrained classifier: rescaling, the convolutions, mean over space, dense, softmax.

    Returns:
        Model from float32 (N, height, width, channels) in the contract's range to float32 (N, labels) probabilities.
    """
    from keras import layers

    images, features = scaled_images(contract)
    for index, convolution in enumerate(convolutions, start=1):
        features = layers.Conv2D(
            convolution.channels,
            convolution.kernel,
            strides=convolution.stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"conv{index}",
        )(features)
        features = layers.BatchNormalization(momentum=0.9, name=f"norm{index}")(features)
        features = layers.ReLU(max_value=6.0, name=f"relu{index}")(features)
    features = layers.GlobalAveragePooling2D(name="mean")(features)
    return classifier(images, features, contract, name)
