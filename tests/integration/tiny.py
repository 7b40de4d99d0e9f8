"""A network and images so small that a step of training can be checked by hand."""

from dataclasses import replace

import numpy as np

from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import classifier, scaled_images
from pipeline.config import Recipe, Sgd
from pipeline.contract import Preprocessing
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset
from pipeline.losses import LOGITS
from pipeline.train import untrained_model

CONTRACT = replace(
    MNIST.contract,
    input=replace(MNIST.contract.input, height=4, width=4),
    labels=("a", "b", "c"),
    preprocessing=Preprocessing(box_px=4, centre="mass"),
)
# The learning rate is large, so that what a step does is larger than what rounding does.
RECIPE = Recipe(epochs=2, batch_size=8, optimizer=Sgd(0.5))
_RANDOM = np.random.default_rng(0)
SUBSET = Subset(
    _RANDOM.integers(0, 256, (16, *CONTRACT.input.shape), np.uint8), _RANDOM.integers(0, 3, 16), np.arange(16)
)
IMAGES = SUBSET.images.astype(np.float32)


def make_model(hidden="relu", regularizer=None, use_bias=True):
    """16 pixels, 5 hidden units, 3 labels; every weight is random, biases too."""

    def build(contract):
        from keras import layers

        images, scaled = scaled_images(contract)
        pixels = layers.Flatten()(scaled)
        features = layers.Dense(5, hidden, use_bias, kernel_regularizer=regularizer, name="hidden")(pixels)
        return classifier(images, features, contract, "tiny", use_bias=use_bias)

    model = untrained_model(Architecture("tiny", "", build, RECIPE), CONTRACT, seed=3)
    random = np.random.default_rng(3)
    model.set_weights([random.normal(0, 0.5, weight.shape) for weight in model.get_weights()])
    return model


def up_to_logits(model):
    import keras

    return keras.Model(model.input, model.get_layer(LOGITS).output)


def pixels_of(images):
    return images.reshape(len(images), -1) / 255


def assert_close(weights, others, rtol=1e-5, atol=1e-6):
    for weight, other in zip(weights, others, strict=True):
        np.testing.assert_allclose(weight, other, rtol=rtol, atol=atol)
