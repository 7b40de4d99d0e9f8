import json

import numpy as np
import pytest

from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset
from pipeline.detector import choose_threshold, prepared_images, training_set
from pipeline.errors import ArtifactError
from pipeline.rejection import RULE, read_rule, with_none

CONTRACT = MNIST.contract


def digits(num):
    images = np.zeros((num, 28, 28, 1), np.uint8)
    images[:, 6:22, 12:16] = 255
    return Subset(images, np.full(num, 1), np.arange(num))


def test_with_none_adds_one_label_behind_the_others():
    assert with_none(CONTRACT).labels == (*CONTRACT.labels, "none")
    assert with_none(CONTRACT).input == CONTRACT.input


def test_training_set_holds_symbols_prepared_ones_and_outliers():
    learnt = training_set(digits(6), CONTRACT, 4, seed=0)
    assert learnt.labels.tolist() == [1] * 6 + [1] * 4 + [10] * 4
    assert learnt.ids.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, -1, -1, -1, -1]
    assert learnt.images.shape == (14, 28, 28, 1)


def test_prepared_images_leave_out_those_without_ink():
    images = digits(3).images
    images[1] = 0
    prepared, rows = prepared_images(images, CONTRACT)
    assert rows.tolist() == [0, 2]
    assert prepared.shape == (2, 28, 28, 1)


def test_choose_threshold_keeps_the_part_in_every_group():
    calm, uneasy = np.linspace(0, 0.1, 101, dtype=np.float32), np.linspace(0, 0.8, 101, dtype=np.float32)
    assert choose_threshold(0.99, calm, uneasy) == pytest.approx(0.792)
    assert np.mean(uneasy <= choose_threshold(0.99, calm, uneasy)) >= 0.99


RULE_FIELDS = {"labels": ["a", "none"], "max_none_probability": 0.5, "kept": 0.99, "engines": {"litert": 1.0}}


def write_rule(folder, content):
    path = folder / RULE
    path.parent.mkdir()
    path.write_text(content)


def test_read_rule_gives_what_was_written(tmp_path):
    write_rule(tmp_path, json.dumps(RULE_FIELDS))
    assert read_rule(tmp_path).max_none_probability == 0.5


@pytest.mark.parametrize("content", ["", "{}", json.dumps({**RULE_FIELDS, "kept": "all"})])
def test_read_rule_of_a_damaged_file_says_what_is_wrong(tmp_path, content):
    write_rule(tmp_path, content)
    with pytest.raises(ArtifactError, match="no rule of rejection"):
        read_rule(tmp_path)


def test_read_rule_of_a_folder_without_one_names_the_file(tmp_path):
    with pytest.raises(ArtifactError, match=r"rule\.json, found none"):
        read_rule(tmp_path)
