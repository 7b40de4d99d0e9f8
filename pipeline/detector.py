"""A second, small network that says whether a picture shows any label's symbol at all.

A classifier answers whatever it is shown. This one has learnt a label more, `none`, from pictures of other things (see
outliers/; Hendrycks et al., "Deep Anomaly Detection with Outlier Exposure", 2019). It stands beside the classifier, not
in it: with the 30,000 parameters of `edge`, learning both cost 0.18 percentage points of validation accuracy.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.architectures.base import Architecture
from pipeline.architectures.convnet import RECIPE, Convolution, convnet
from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.errors import PipelineError
from pipeline.outliers import draw_outliers
from pipeline.preprocess import prepare

if TYPE_CHECKING:
    import keras

_CONVOLUTIONS = (Convolution(8, stride=2), Convolution(16), Convolution(24, stride=2), Convolution(24))
_PICTURE_SCALE = 4


def _build(contract: ModelContract) -> "keras.Model":
    return convnet(contract, "detector", _CONVOLUTIONS)


DETECTOR = Architecture(
    name="detector",
    description="four 3×3 convolutions of 8 to 24 channels, two of them with stride 2, mean over space, dense",
    build=_build,
    recipe=replace(RECIPE, epochs=8, has_temperature_scaling=False),
    min_validation_accuracy=0.8,
)


def training_set(subset: Subset, contract: ModelContract, num_drawn: int, seed: int) -> Subset:
    """Symbols as inputs, some of them also as users' pictures come out of the preparation, and outliers.

    Args:
        subset: Images with labels.
        contract: Of the classifier.
        num_drawn: How many outliers, and how many prepared pictures.
        seed: Of what is drawn.

    Returns:
        The images with their labels; the outliers have the label behind the last one.
    """
    outliers = draw_outliers(num_drawn, subset, contract, seed)
    prepared, rows = prepared_images(subset.images[:num_drawn], contract)
    return Subset(
        np.concatenate([subset.images, prepared, outliers]),
        np.concatenate([subset.labels, subset.labels[rows], np.full(len(outliers), contract.num_labels)]),
        np.concatenate([subset.ids, subset.ids[rows], np.full(len(outliers), -1)]),
    )


def prepared_images(images: NDArray[np.uint8], contract: ModelContract) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images as they are after they went through the preparation as pictures, four times as large.

    Args:
        images: uint8 (N, height, width, channels).
        contract: Says how a picture becomes an input.

    Returns:
        uint8 (M, height, width, channels) and int64 (M,), the rows that had enough ink to be found.
    """
    prepared, rows = [], []
    for row, image in enumerate(images):
        picture = Image.fromarray(image[:, :, 0])
        size = (picture.width * _PICTURE_SCALE, picture.height * _PICTURE_SCALE)
        try:
            prepared.append(prepare(np.asarray(picture.resize(size, Image.Resampling.BILINEAR)), contract))
        except PipelineError:
            continue
        rows.append(row)
    return np.stack(prepared), np.array(rows)


def choose_threshold(kept: float, step: float, *groups: NDArray[np.float32]) -> float:
    """The highest probability of `none` at which a symbol is still taken for one.

    Args:
        kept: The part of the symbols that has to be kept in each group.
        step: Between two probabilities that the file can express. The threshold is in the middle of two of them, so
            that an engine of floats decides like it.
        groups: Probabilities of `none`, float (N,), of validation images that do show a symbol.

    Returns:
        0–1.
    """
    return float(max(np.quantile(group, kept, method="higher") for group in groups)) + step / 2
