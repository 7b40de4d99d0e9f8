import numpy as np
import pytest

from benchmarks import hershey, non_digits
from benchmarks.rejection import Judge, auroc
from pipeline.errors import PipelineError


def test_auroc_counts_pairs_and_half_of_the_ties():
    digits, others = np.array([0.9, 0.5], np.float32), np.array([0.1, 0.5], np.float32)
    # Of the four pairs three are won and one is a tie.
    assert auroc(digits, others) == pytest.approx(3.5 / 4)


def test_judge_counts_answers_by_the_shipped_and_by_the_99_percent_threshold():
    digits = np.linspace(0, 1, 101, dtype=np.float32)
    row = Judge(0.5).of_others("x", np.array([0.0, 0.005, 0.2, 0.8], np.float32), digits)
    assert (row.num_images, row.answered, row.rejected_at_99) == (4, 0.25, 0.5)


# A space of edges alone; then an L of one stroke, cut over two lines, and an i of two.
FONT = "    1  1JZ\n    2  4JZMF\nM[W[\n    3  6JZRMR[ RRFRG\n"


@pytest.fixture
def tiny_font(tmp_path, monkeypatch):
    (tmp_path / "tiny.jhf").write_text(FONT)
    monkeypatch.setattr(hershey, "FOLDER", tmp_path)
    monkeypatch.setattr(non_digits, "_FONTS", ("tiny",))
    hershey.read_font.cache_clear()
    yield
    hershey.read_font.cache_clear()


def test_read_font_gives_strokes_about_the_middle(tiny_font):
    space, corner, dotted = hershey.read_font("tiny")
    assert space == ()
    assert [stroke.tolist() for stroke in corner] == [[[-5, -12], [-5, 9], [5, 9]]]
    assert [stroke.tolist() for stroke in dotted] == [[[0, -5], [0, 9]], [[0, -12], [0, -11]]]


def test_read_font_that_is_not_installed_names_the_package():
    with pytest.raises(PipelineError, match="hershey-fonts-data"):
        hershey.read_font("no such font")


def test_letters_and_faces_are_dark_ink_on_light_paper(tiny_font):
    rng = np.random.default_rng(0)
    for picture in (non_digits.letter(rng, "!")[1], non_digits.letter(rng, '"')[1], non_digits.face(rng)):
        assert picture.dtype == np.uint8
        assert np.median(picture) == 255
        assert 0.005 < np.mean(picture < 128) < 0.5


def test_letter_draws_the_sign_it_names(tiny_font):
    assert non_digits.letter(np.random.default_rng(0), "!")[0] == "!"
