import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from pipeline.charts.wrong_answers import draw_wrong_answers
from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.errors import DataError, StorageError
from pipeline.evaluate import LabelledPicture, judge, read_labelled, wilson_interval
from pipeline.pictures import PictureFile
from pipeline.predict import Prediction

LABELS = tuple("0123456789")


def draw_one(path):
    picture = Image.new("L", (100, 150), 255)
    ImageDraw.Draw(picture).line([(50, 20), (50, 130)], fill=0, width=12)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def read(path):
    return [(picture.file.path.name, picture.label, picture.source) for picture in read_labelled(path, LABELS)]


def test_folder_of_labels_is_one_source(tmp_path):
    for name in ("pens/1/a.png", "pens/7/b.png", "pens/notes/c.png"):
        draw_one(tmp_path / name)
    assert read(tmp_path / "pens") == [("a.png", "1", "pens"), ("b.png", "7", "pens")]


def test_folder_of_folders_of_labels_is_a_source_for_each(tmp_path):
    for name in ("pens/1/a.png", "chalk/1/deep/b.png", "docs/c.png"):
        draw_one(tmp_path / name)
    assert read(tmp_path) == [("b.png", "1", "chalk"), ("a.png", "1", "pens")]


def test_manifest_names_path_label_and_source(tmp_path):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\ufeffpath,label,source_repo,licence\nimages/a.png,1,pens,MIT\nb.png, 7 ,,\n")
    assert read(manifest) == [("a.png", "1", "pens"), ("b.png", "7", "manifest")]
    assert read_labelled(manifest, LABELS)[0].file.path == tmp_path / "images" / "a.png"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"path,label\n,7\n", "line 2: expected a path, found none"),
        (b"label,path\n7\n", "line 2: expected a path, found none"),
        (b"path,label\na\0.png,7\n", r"line 2: expected a path, found a\\x00\.png"),
        (b"file,label\n", "expected the columns path and label, found none called path"),
        (b"path,label\na.png,seven\n", "line 2: expected a label of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, found seven"),
        (b"path,label\na.png\n", "line 2: expected a label of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, found none"),
        (b"path,label\n", "expected labelled pictures in"),
        (b"\x89PNG\r\n\x1a\n\x00", "expected a folder or a CSV file in UTF-8"),
    ],
)
def test_manifest_that_says_too_little_is_an_error(tmp_path, content, message):
    path = tmp_path / "manifest.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_labelled(path, LABELS)


def test_manifest_may_have_rows_that_say_nothing(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_text("path,label\n,\na.png,1\n,\n")
    assert read(path) == [("a.png", "1", "manifest")]


def refuse(monkeypatch, name, folder):
    """Lets a function of `os` refuse one folder; permissions would not stop an administrator."""
    original = getattr(os, name)

    def refusing(path=".", *rest):
        if Path(path) == folder:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return original(path, *rest)

    monkeypatch.setattr(os, name, refusing)


def test_folder_of_a_label_that_cannot_be_read_is_a_picture_that_cannot_be_read(tmp_path, monkeypatch):
    for name in ("1/a.png", "7/b.png"):
        draw_one(tmp_path / name)
    (tmp_path / "3").mkdir()
    refuse(monkeypatch, "scandir", tmp_path / "7")
    result = invoke(tmp_path, "--output", tmp_path / "m.png")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "1 of 2 cannot be read"
    assert f"{tmp_path}/7: 7 → cannot be read: Permission denied" in result.stdout


def test_folder_of_sources_that_cannot_be_read_is_an_error(tmp_path, monkeypatch):
    draw_one(tmp_path / "pens" / "1" / "a.png")
    (tmp_path / "secret").mkdir()
    for name in ("listdir", "scandir"):
        refuse(monkeypatch, name, tmp_path / "secret")
    with pytest.raises(StorageError, match=r"cannot read .*secret"):
        read_labelled(tmp_path, LABELS)


def test_folder_without_labels_is_an_error(tmp_path):
    draw_one(tmp_path / "seven" / "a.png")
    with pytest.raises(DataError, match=r"expected sub-folders called 0, 1, .*, found seven"):
        read_labelled(tmp_path, LABELS)


def ask(source, label, answer):
    probability = None if answer is None else 0.75
    image = np.zeros((28, 28, 1), np.uint8)
    prediction = Prediction("x.png", answer, probability, {}, "" if answer else "blank", "", True, image)
    return LabelledPicture(PictureFile(Path(source) / "x.png"), label, source), prediction


def test_judge_counts_by_source_and_means_over_sources():
    asked = [ask("pens", "1", "1"), ask("pens", "1", "7"), ask("pens", "2", "2"), ask("pens", "3", None)]
    pictures, predictions = zip(*asked, ask("chalk", "1", "1"), strict=True)
    evaluation = judge(pictures, predictions, LABELS)
    assert [(s.source, s.num_right, s.num_pictures) for s in evaluation.sources] == [("chalk", 1, 1), ("pens", 2, 4)]
    assert evaluation.mean_accuracy == 0.75
    assert evaluation.overall.accuracy == 0.6
    assert evaluation.confusion[1] == (0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0)
    assert evaluation.confusion[3][10] == 1
    assert [(wrong.picture.label, wrong.prediction.label) for wrong in evaluation.wrong] == [("1", "7"), ("3", None)]


def test_wilson_interval_equals_published_numbers():
    # Newcombe 1998, table I, method 3.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson_interval(29, 29) == pytest.approx((0.8830, 1), abs=1e-4)


def test_mistakes_are_drawn_into_a_png(tmp_path):
    pictures, predictions = zip(ask("pens", "1", "7"), ask("pens", "1", "1"), strict=True)
    path = tmp_path / "mistakes.png"
    assert draw_wrong_answers(judge(pictures, predictions, LABELS).wrong, path) == 1
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.width == 1000


def invoke(*arguments):
    exports = str(PROJECT_ROOT / "exports")
    return CliRunner().invoke(app, ["evaluate", "--exports", exports, *map(str, arguments)])


def test_evaluate_prints_tables_and_mistakes(tmp_path):
    draw_one(tmp_path / "pens" / "1" / "a.png")
    draw_one(tmp_path / "chalk" / "7" / "b.png")
    output = tmp_path / "out" / "mistakes.png"
    result = invoke(tmp_path, "--output", output)
    assert result.exit_code == 0
    assert [line.split()[:4] for line in result.stdout.splitlines()[1:3]] == [
        ["chalk", "1", "0", "0.00%"],
        ["pens", "1", "1", "100.00%"],
    ]
    assert "mean over sources" in result.stdout
    assert f"{tmp_path}/chalk/7/b.png: 7 → 1" in result.stdout
    assert output.is_file()


def test_evaluate_as_json_says_which_are_wrong_and_unreadable(tmp_path):
    draw_one(tmp_path / "1" / "a.png")
    (tmp_path / "1" / "text.png").write_text("one")
    result = invoke(tmp_path, "--json", "--output", tmp_path / "m.png")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "1 of 2 cannot be read"
    report = json.loads(result.stdout)
    assert (report["mean_accuracy"], report["num_unreadable"], report["overall"]["num_pictures"]) == (0.5, 1, 2)
    assert report["wrong"][0]["answer"]["path"] == f"{tmp_path}/1/text.png"
    assert not (tmp_path / "m.png").exists()


def test_evaluate_escapes_what_no_line_and_no_json_can_hold(tmp_path):
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/pens\xff\x1b"))
    draw_one(source / "7" / "a.png")
    (source / "7" / "text.png").write_text("seven")
    result = invoke(tmp_path, "--json", "--output", tmp_path / "m.png")
    report = json.loads(result.stdout)
    assert [source["source"] for source in report["sources"]] == ["pens\\xff\\x1b"]
    assert "\x1b" not in invoke(tmp_path, "--output", tmp_path / "m.png").output


def test_evaluate_takes_an_output_in_capitals_and_nothing_but_a_png(tmp_path):
    draw_one(tmp_path / "7" / "a.png")
    assert invoke(tmp_path, "--output", tmp_path / "M.PNG").exit_code == 0
    assert (tmp_path / "M.PNG").is_file()
    assert invoke(tmp_path, "--output", tmp_path / "m.jpg").exit_code == 2
