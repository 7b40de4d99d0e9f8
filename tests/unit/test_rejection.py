import json
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset
from pipeline.detector import choose_threshold, prepared_images, training_set
from pipeline.errors import ArtifactError
from pipeline.rejection import RULE, RejectionRule, Rejector, read_rule, with_none

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
    assert choose_threshold(0.99, 0, calm, uneasy) == pytest.approx(0.792)


def test_choose_threshold_takes_the_next_value_where_the_part_falls_between_two():
    assert choose_threshold(0.5, 0, np.array([0.1, 0.2], np.float32)) == pytest.approx(0.2)


def test_choose_threshold_is_half_a_step_above_what_the_file_can_say():
    assert choose_threshold(1.0, 1 / 256, np.array([3 / 256], np.float32)) == 3.5 / 256


@pytest.mark.parametrize(("probability", "is_answered"), [(0.5, True), (0.51, False)])
def test_rejector_answers_up_to_the_threshold(probability, is_answered):
    rejector = Rejector.__new__(Rejector)
    rejector.rule = RejectionRule(("a", "none"), 0.5, 0.99, 0.9, {})
    rejector._runner = SimpleNamespace(predict=lambda images: np.array([[1 - probability, probability]], np.float32))
    assert (rejector.reason(np.zeros((28, 28, 1), np.uint8)) == "") is is_answered


RULE_FIELDS = {
    "labels": ["a", "none"],
    "max_none_probability": 0.5,
    "kept": 0.99,
    "rejected": 0.9,
    "engines": {"litert": 1.0},
}


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
