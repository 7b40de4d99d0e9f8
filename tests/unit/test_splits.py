import numpy as np
import pytest

from pipeline.config import SplitConfig
from pipeline.data.sources import RawData
from pipeline.data.splits import split

LABELS = np.repeat(np.arange(4), [100, 200, 300, 400]).astype(np.int64)
RAW = RawData(
    train_images=np.arange(1000, dtype=np.uint8)[:, None, None, None],
    train_labels=LABELS,
    test_images=np.zeros((10, 1, 1, 1), np.uint8),
    test_labels=np.zeros(10, np.int64),
)
CONFIG = SplitConfig(num_validation=100, num_calibration=50, seed=3)


def test_split_parts_are_disjoint_and_complete():
    splits = split(RAW, CONFIG)
    parts = [splits.train.ids, splits.validation.ids, splits.calibration.ids]
    assert [len(part) for part in parts] == [850, 100, 50]
    assert sorted(np.concatenate(parts)) == list(range(1000))


def test_split_parts_are_stratified():
    splits = split(RAW, CONFIG)
    assert np.bincount(splits.validation.labels).tolist() == [10, 20, 30, 40]
    assert np.abs(np.bincount(splits.calibration.labels) - [5, 10, 15, 20]).max() <= 1


def test_split_images_and_labels_follow_their_ids():
    validation = split(RAW, CONFIG).validation
    np.testing.assert_array_equal(validation.images[:, 0, 0, 0], validation.ids.astype(np.uint8))
    np.testing.assert_array_equal(validation.labels, LABELS[validation.ids])


def test_split_depends_on_the_seed_alone():
    again, other = split(RAW, CONFIG), split(RAW, SplitConfig(100, 50, seed=4))
    np.testing.assert_array_equal(again.validation.ids, split(RAW, CONFIG).validation.ids)
    assert set(again.validation.ids) != set(other.validation.ids)


def test_split_of_too_few_images_is_refused():
    with pytest.raises(ValueError, match="at most 1000 images to draw, received 1001"):
        split(RAW, SplitConfig(num_validation=1001))
