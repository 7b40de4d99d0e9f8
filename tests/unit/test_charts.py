import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from pipeline.charts.architectures import ArchitecturePoint, draw_architectures
from pipeline.charts.confusion import draw_confusion
from pipeline.charts.flips import draw_flips
from pipeline.charts.mistakes import draw_mistakes
from pipeline.charts.training import draw_training
from pipeline.results import Flip, Mistake
from pipeline.train import EpochLog

DIGITS = tuple("0123456789")
HISTORY = [
    EpochLog(1, 1.2, 0.68, 0.952, 3000.0, 18.0),
    EpochLog(2, 0.5, 0.96, 0.975, 3000.0, 18.0),
    EpochLog(3, 0.4, 1.0, 0.983, 3000.0, 18.0),
]
POINTS = [
    ArchitecturePoint("edge", 28_890, 0.9955, 0.0004, "this project"),
    ArchitecturePoint("twin", 28_950, 0.9955, None, "this project"),
    ArchitecturePoint("mlp-128", 101_770, 0.978, None, "published elsewhere"),
]

FLIPS = [Flip(2000 + row, 5, 5, 6, 0.0123, 0.4) for row in range(70)]


def _texts(path):
    """Every text of an SVG file; fails if it is not XML."""
    return [element.text for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


def _sheet(path):
    """The only picture inside of an SVG file, (height, width, 3)."""
    (content,) = re.findall(r'base64,([^"]+)"', path.read_text())
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))


def _mistakes(num):
    odds = (0.002, 0.184, 0.814, *[0.0] * 7)
    return [Mistake(1000 + row, 1, 2, odds, is_label_wrong=False) for row in range(num)]


def _images(num, channels=1):
    return np.random.default_rng(0).integers(0, 255, (num, 28, 28, channels), np.uint8)


def _draw_all(folder):
    draw_training(HISTORY, folder / "training.svg")
    draw_confusion(np.eye(10, dtype=int).tolist(), DIGITS, folder / "confusion.svg")
    draw_mistakes(_mistakes(7), _images(7), DIGITS, folder / "mistakes.svg")
    draw_flips("tflite/int8 in litert", FLIPS[:3], _images(3), DIGITS, folder / "flips.svg")
    draw_architectures(POINTS, folder / "architectures.svg")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_charts_drawn_twice_are_the_same_bytes(tmp_path):
    charts = _draw_all(tmp_path / "first")
    assert len(charts) == 5
    assert charts == _draw_all(tmp_path / "second")


def test_charts_do_not_depend_on_the_users_settings(tmp_path):
    from matplotlib import rc_context

    charts = _draw_all(tmp_path / "first")
    with rc_context({"font.size": 30, "axes.grid": True, "svg.fonttype": "path", "lines.linewidth": 9}):
        assert charts == _draw_all(tmp_path / "second")


def test_charts_leave_the_settings_of_matplotlib_alone(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    _draw_all(tmp_path)
    assert dict(matplotlib.rcParams) == before


def test_charts_have_a_white_background(tmp_path):
    for content in _draw_all(tmp_path).values():
        assert re.search(rb'<g id="patch_1">\s*<path [^>]*style="fill: #ffffff"', content)


def test_training_names_both_errors_in_percent(tmp_path):
    draw_training(HISTORY, tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    assert {"Loss in training", "Wrong answers", "training", "validation", "epoch"} <= set(texts)
    # 32 % at first, and no error at last, which is drawn as 0.01 %.
    assert {"20%", "10%", "1%", "0.1%", "0.01%"} <= set(texts)


def test_training_of_one_epoch_is_a_point_at_a_whole_number(tmp_path):
    draw_training(HISTORY[:1], tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    assert texts.index("2") > texts.index("1") > texts.index("0")
    assert "0.5" not in texts


@pytest.mark.parametrize(("num_epochs", "num_marks"), [(30, 30), (31, 0)])
def test_training_marks_epochs_while_they_are_few(tmp_path, num_epochs, num_marks):
    draw_training([EpochLog(1 + n, 1.0, 0.9, 0.9, 1.0, 1.0) for n in range(num_epochs)], tmp_path / "chart.svg")
    marks = re.findall(r'<use [^>]*style="fill: #0072b2', (tmp_path / "chart.svg").read_text())
    assert len(marks) == num_marks + bool(num_marks)  # and one in the legend


def test_training_without_epochs_says_so(tmp_path):
    draw_training([], tmp_path / "chart.svg")
    assert _texts(tmp_path / "chart.svg") == ["No epochs"]


def test_confusion_shows_every_count_but_zero(tmp_path):
    draw_confusion([[11, 0, 2], [0, 22, 0], [7, 0, 33]], ("ant", "bee", "cat"), tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    names = ["ant", "bee", "cat"]
    assert texts[:-5] == [*names, "answer", *names, "label"]
    assert texts[-5:] == ["11", "2", "22", "7", "33"]


def test_confusion_has_labels_in_rows_and_answers_in_columns(tmp_path):
    draw_confusion([[11, 0, 2], [0, 22, 0], [0, 0, 33]], ("ant", "bee", "cat"), tmp_path / "chart.svg")
    svg = (tmp_path / "chart.svg").read_text()
    places = {text: (float(x), float(y)) for x, y, text in re.findall(r'x="([^"]+)" y="([^"]+)"[^>]*>(\d+)<', svg)}
    assert places["2"] == (places["33"][0], places["11"][1])
    corners = re.findall(r'<g id="patch_\d+">\s*<path d="M (\S+) (\S+) [^"]*" clip-path', svg)
    # A cell is 28 points wide; its text is in the middle, and the path begins at the upper left.
    offsets = [(x - float(left), y - float(top)) for (x, y), (left, top) in zip(places.values(), corners, strict=True)]
    assert all(0 < right < 28 and 0 < down < 28 for right, down in offsets)


def test_confusion_colours_mistakes_by_number_and_right_answers_pale(tmp_path):
    draw_confusion([[9000, 1], [4, 9000]], ("no", "yes"), tmp_path / "chart.svg")
    fills = re.findall(
        r'<g id="patch_\d+">\s*<path [^>]*clip-path[^>]*fill: (#\w+)', (tmp_path / "chart.svg").read_text()
    )
    right, few, many, also_right = fills
    assert right == also_right == "#e8e8e8"
    assert int(few[1:3], 16) > int(many[1:3], 16)


def test_confusion_without_mistakes_has_only_right_answers(tmp_path):
    draw_confusion([[5, 0], [0, 6]], ("no", "yes"), tmp_path / "chart.svg")
    assert _texts(tmp_path / "chart.svg")[-2:] == ["5", "6"]


def test_confusion_of_another_size_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected shape \(3, 3\), received \(2, 2\)"):
        draw_confusion([[1, 0], [0, 1]], ("ant", "bee", "cat"), tmp_path / "chart.svg")


def test_mistakes_show_row_label_answer_and_probabilities(tmp_path):
    mistakes = [
        Mistake(2130, 4, 9, (0.0,) * 4 + (0.314,) + (0.0,) * 4 + (0.686,), is_label_wrong=False),
        Mistake(9692, 0, 1, (0.001, 0.999, *[0.0] * 8), is_label_wrong=False),
    ]
    draw_mistakes(mistakes, _images(2), DIGITS, tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    assert texts[:6] == ["2130", "4 → 9", "31% → 69%", "9692", "0 → 1", "<1% → >99%"]
    assert texts[6] == "Mistakes on the test images: 2"


def test_mistakes_mark_wrong_labels_and_explain_the_mark(tmp_path):
    mistakes = [*_mistakes(2), Mistake(9, 1, 2, (0.0, 0.2, 0.8), is_label_wrong=True)]
    draw_mistakes(mistakes, _images(3), DIGITS, tmp_path / "chart.svg")
    assert re.findall(r'id="wrong-label-(\d+)"', (tmp_path / "chart.svg").read_text()) == ["9"]
    assert "framed: people did not confirm the label" in _texts(tmp_path / "chart.svg")


def test_mistakes_without_wrong_labels_explain_no_mark(tmp_path):
    draw_mistakes(_mistakes(2), _images(2), DIGITS, tmp_path / "chart.svg")
    assert "framed" not in (tmp_path / "chart.svg").read_text()


@pytest.mark.parametrize("channels", [1, 3])
def test_mistakes_keep_every_pixel_in_its_place(tmp_path, channels):
    images = _images(6, channels)
    draw_mistakes(_mistakes(6), images, DIGITS, tmp_path / "chart.svg")
    sheet = _sheet(tmp_path / "chart.svg")
    assert sheet.shape == (108, 180, 3)
    np.testing.assert_array_equal(sheet[:28, 4:32], np.broadcast_to(images[0], (28, 28, 3)))
    np.testing.assert_array_equal(sheet[:28, 148:176], np.broadcast_to(images[4], (28, 28, 3)))
    np.testing.assert_array_equal(sheet[54:82, 4:32], np.broadcast_to(images[5], (28, 28, 3)))
    assert (sheet[54:, 36:] == 255).all()


def test_mistakes_of_150_show_60_and_say_how_many_there_are(tmp_path):
    draw_mistakes(_mistakes(150), _images(150), DIGITS, tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    assert texts.count("1 → 2") == 60
    assert "1059" in texts
    assert "1060" not in texts
    assert "Mistakes on the test images: the first 60 of 150" in texts


def test_mistakes_of_60_are_all_there(tmp_path):
    draw_mistakes(_mistakes(60), _images(60), DIGITS, tmp_path / "chart.svg")
    assert "Mistakes on the test images: 60" in _texts(tmp_path / "chart.svg")


def test_mistakes_with_long_labels_are_in_two_columns(tmp_path):
    draw_mistakes(_mistakes(3), _images(3), ("Bag", "Ankle boot", "Sneaker"), tmp_path / "chart.svg")
    assert _texts(tmp_path / "chart.svg")[1] == "Ankle boot → Sneaker"
    assert _sheet(tmp_path / "chart.svg").shape == (2 * 54, 2 * 90, 3)


def test_mistakes_without_any_say_so(tmp_path):
    draw_mistakes([], _images(0), DIGITS, tmp_path / "chart.svg")
    assert _texts(tmp_path / "chart.svg") == ["No mistakes on the test images"]


def test_mistakes_without_an_image_for_each_are_refused(tmp_path):
    with pytest.raises(ValueError, match="expected one for each of 2 mistakes, received 3"):
        draw_mistakes(_mistakes(2), _images(3), DIGITS, tmp_path / "chart.svg")


def test_labels_with_markup_are_shown_as_they_are(tmp_path):
    labels = ("<b>", "$x$ & y", "c")
    draw_confusion(np.eye(3, dtype=int).tolist(), labels, tmp_path / "chart.svg")
    assert set(labels) <= set(_texts(tmp_path / "chart.svg"))


def test_architectures_are_named_and_grouped(tmp_path):
    draw_architectures(POINTS, tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    assert sorted(set(texts) & {"edge", "twin", "mlp-128"}) == ["edge", "mlp-128", "twin"]
    assert {"this project", "published elsewhere", "1%", "2%", "50k", "parameters"} <= set(texts)


def test_architectures_of_one_group_name_no_other(tmp_path):
    draw_architectures(POINTS[:1], tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    assert "edge" in texts
    assert "published elsewhere" not in texts


def test_architectures_at_nearly_the_same_place_are_named_on_different_sides(tmp_path):
    draw_architectures(POINTS, tmp_path / "chart.svg")
    svg = (tmp_path / "chart.svg").read_text()
    anchors = [re.search(rf"text-anchor: (\w+)[^>]*>{name}<", svg)[1] for name in ("edge", "twin")]
    assert anchors == ["start", "end"]


def test_architectures_without_a_mistake_or_a_deviation_are_drawn(tmp_path):
    draw_architectures([ArchitecturePoint("perfect", 1000, 1.0, None, "published elsewhere")], tmp_path / "chart.svg")
    assert {"perfect", "0.01%", "1k"} <= set(_texts(tmp_path / "chart.svg"))


def test_architectures_without_points_say_so(tmp_path):
    draw_architectures([], tmp_path / "chart.svg")
    assert _texts(tmp_path / "chart.svg") == ["No architectures"]


def test_flips_show_both_answers_and_margins(tmp_path):
    draw_flips("tflite/int8 in litert", FLIPS[:2], _images(2), DIGITS, tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    assert "tflite/int8 in litert: 2 flips" in texts
    assert {"2000: 5", "2001: 5", "5 → 6", "1% → 40%"} <= set(texts)


def test_flips_beyond_sixty_are_counted_and_not_drawn(tmp_path):
    draw_flips("int8", FLIPS, _images(70), DIGITS, tmp_path / "chart.svg")
    texts = _texts(tmp_path / "chart.svg")
    assert "int8: the first 60 of 70 flips" in texts
    assert texts.count("5 → 6") == 60


def test_no_flips_are_told_in_words(tmp_path):
    draw_flips("int8", [], _images(0), DIGITS, tmp_path / "chart.svg")
    assert _texts(tmp_path / "chart.svg") == ["int8: no flips"]


def test_flips_without_an_image_each_are_refused(tmp_path):
    with pytest.raises(ValueError, match="expected one for each of 2 flips, received 1"):
        draw_flips("int8", FLIPS[:2], _images(1), DIGITS, tmp_path / "chart.svg")
