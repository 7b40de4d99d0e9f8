import numpy as np
import pytest

from benchmarks.non_digits import LOOK_ALIKES, face, letter
from benchmarks.rejection import Judge, auroc


def test_auroc_counts_pairs_and_half_of_the_ties():
    digits, others = np.array([0.9, 0.5], np.float32), np.array([0.1, 0.5], np.float32)
    # Of the four pairs three are won and one is a tie.
    assert auroc(digits, others) == pytest.approx(3.5 / 4)


def test_judge_counts_answers_by_the_shipped_and_by_the_99_percent_threshold():
    digits = np.linspace(0, 1, 101, dtype=np.float32)
    row = Judge(0.5).of_others("x", np.array([0.0, 0.005, 0.2, 0.8], np.float32), digits)
    assert (row.num_images, row.answered, row.rejected_at_99) == (4, 0.25, 0.5)


def test_letters_and_faces_are_dark_ink_on_light_paper():
    rng = np.random.default_rng(0)
    for picture in (letter(rng)[1], letter(rng, "K")[1], face(rng)):
        assert picture.dtype == np.uint8
        assert np.median(picture) == 255
        assert 0.005 < np.mean(picture < 128) < 0.5


def test_letter_draws_the_sign_it_names():
    assert letter(np.random.default_rng(0), "K")[0] == "K"
    assert "K" not in LOOK_ALIKES
