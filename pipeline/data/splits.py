"""Train, validation, calibration and test: disjoint, stratified, and the same for every seed of a training.

Validation and calibration are cut from the training files. No training, temperature, choice of a seed or quantisation
range looks at the test images; the gate judges by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import SplitConfig
from pipeline.data.datasets import Dataset
from pipeline.data.sources import RawData, fetch, load


@dataclass(frozen=True)
class Subset:
    """Images with their labels and their row numbers in the file that they come from.

    Attributes:
        images: uint8 (N, height, width, channels), 0–255.
        labels: int64 (N,).
        ids: int64 (N,), ascending.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def images_of(self, ids: Sequence[int]) -> NDArray[np.uint8]:
        """The images with these row numbers in the file, in the order of the numbers."""
        return self.images[np.searchsorted(self.ids, ids)]


@dataclass(frozen=True)
class Splits:
    """The four parts; the ids of the first three refer to the training file."""

    train: Subset
    validation: Subset
    calibration: Subset
    test: Subset


def load_splits(dataset: Dataset, config: SplitConfig, build_dir: Path, data_dir: Path | None = None) -> Splits:
    """Fetches a data set if it is not in the cache below `build_dir`, verifies it and cuts it.

    Raises:
        PipelineError: The files cannot be had, or are not what they should be.
    """
    return split(load(dataset, fetch(dataset, build_dir, data_dir)), config)


def split(raw: RawData, config: SplitConfig) -> Splits:
    """Cuts validation and calibration from the training images.

    Raises:
        ValueError: Fewer training images than the two parts need.
    """
    validation, remaining = _draw(raw.train_labels, _all_ids(raw.train_labels), config.num_validation, config.seed)
    calibration, train = _draw(raw.train_labels, remaining, config.num_calibration, config.seed + 1)
    test = _all_ids(raw.test_labels)
    return Splits(
        train=_subset(raw.train_images, raw.train_labels, train),
        validation=_subset(raw.train_images, raw.train_labels, validation),
        calibration=_subset(raw.train_images, raw.train_labels, calibration),
        test=_subset(raw.test_images, raw.test_labels, test),
    )


def _all_ids(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.arange(len(labels), dtype=np.int64)


def _subset(images: NDArray[np.uint8], labels: NDArray[np.int64], ids: NDArray[np.int64]) -> Subset:
    return Subset(images[ids], labels[ids], ids)


def _draw(
    labels: NDArray[np.int64], ids: NDArray[np.int64], num_images: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draws ids so that each label keeps its share; returns (drawn, remaining), both ascending."""
    if num_images > len(ids):
        raise ValueError(f"expected at most {len(ids)} images to draw, received {num_images}")
    random = np.random.default_rng(seed)
    shuffled = random.permutation(ids)
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    # Equal steps through the ids sorted by label take from each label its share, to within one image.
    steps = np.floor(np.arange(num_images) * len(ids) / max(num_images, 1)).astype(np.int64)
    drawn = np.sort(by_label[steps])
    return drawn, np.setdiff1d(ids, drawn, assume_unique=True)
