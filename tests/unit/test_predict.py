import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from pipeline import predict
from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.pictures import PictureFile

EXPORTS = ("--exports", str(PROJECT_ROOT / "exports"))
PROGRAM = (sys.executable, "-c", "from pipeline.cli import main; main()", "predict")
FIELDS = ["path", "label", "probability", "probabilities", "reason", "input_sha256"]


def draw_one(path):
    picture = Image.new("L", (200, 300), 255)
    ImageDraw.Draw(picture).line([(100, 40), (100, 260)], fill=0, width=24)
    picture.save(path)
    return str(path)


@pytest.fixture
def folder(tmp_path):
    """A one, blank paper, and text that is called a picture."""
    draw_one(tmp_path / "one.png")
    Image.new("L", (50, 50), 240).save(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("seven\n")
    (tmp_path / "notes.txt").write_text("no picture\n")
    return tmp_path


def invoke(*arguments, **options):
    return CliRunner().invoke(app, ["predict", *EXPORTS, *map(str, arguments)], **options)


def start(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    return subprocess.Popen([*PROGRAM, *EXPORTS, *map(str, arguments)], env=environment, text=True, **options)


def test_predict_of_a_folder_is_a_line_for_each_picture_in_it(folder):
    result = invoke(folder)
    assert result.exit_code == 1
    blank, one = result.stdout.splitlines()
    assert blank == f"{folder}/blank.png: no answer  (expected ink on paper, found a picture of one grey level)"
    assert one.startswith(f"{folder}/one.png: 1  ")
    assert result.stderr.startswith(f"error: {folder}/text.png: this is not a picture that can be read (PNG, ")
    assert len(result.stderr.splitlines()) == 1


def test_predict_as_json_has_an_entry_with_the_same_fields_for_each_picture(folder):
    result = invoke(folder, "--json")
    assert result.exit_code == 1
    blank, one, text = json.loads(result.stdout)
    assert [list(entry) for entry in (blank, one, text)] == [FIELDS] * 3
    assert (blank["label"], blank["probability"], blank["probabilities"], blank["input_sha256"]) == (None, None, {}, "")
    assert (one["label"], one["reason"], len(one["input_sha256"])) == ("1", "", 64)
    assert one["probability"] == one["probabilities"]["1"]
    assert text["label"] is None
    assert "not a picture" in text["reason"]


def test_predict_says_that_a_picture_may_have_more_than_one_symbol(tmp_path):
    picture = Image.new("L", (500, 300), 255)
    for left in (100, 350):
        ImageDraw.Draw(picture).line([(left, 40), (left, 260)], fill=0, width=24)
    picture.save(tmp_path / "eleven.png")
    spiral = [(40, 40), (240, 40), (240, 240), (40, 240), (40, 90), (190, 90), (190, 190), (90, 190), (90, 140)]
    spirals = Image.new("L", (700, 300), 255)
    for left in (0, 380):
        ImageDraw.Draw(spirals).line([(left + x, y) for x, y in spiral], fill=0, width=20)
    spirals.save(tmp_path / "spirals.png")
    pictures = tmp_path / "eleven.png", tmp_path / "spirals.png", draw_one(tmp_path / "one.png")
    eleven, none, one = invoke(*pictures).stdout.splitlines()
    assert eleven.endswith("%  (several symbols? try --sheet)")
    assert "no answer" in none
    assert none.endswith("  (several symbols? try --sheet)")
    assert one.endswith("%")


def test_predict_of_a_blank_picture_is_an_answer(folder):
    assert invoke(folder / "blank.png").exit_code == 0


def test_predict_reads_standard_input(folder):
    result = invoke("-", "--json", input=(folder / "one.png").read_bytes())
    (entry,) = json.loads(result.stdout)
    assert (entry["path"], entry["label"]) == ("-", "1")


def test_predict_of_an_empty_folder_is_one_entry(tmp_path):
    result = invoke(tmp_path, "--json")
    assert result.exit_code == 1
    assert "found none" in json.loads(result.stdout)[0]["reason"]


@pytest.mark.parametrize("options", [[], ["--sheet"]], ids=" ".join)
def test_predict_names_a_picture_whose_name_is_part_of_the_reason(tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    Path("p").write_text("x")
    assert invoke("p", *options).stderr.startswith("error: p: this is not a picture that can be read (PNG, ")


@pytest.mark.parametrize("options", [[], ["--sheet"]], ids=" ".join)
def test_predict_escapes_what_no_line_and_no_json_can_hold(tmp_path, options):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b"))
    folder.mkdir()
    (folder / "loop.png").symlink_to("loop.png")
    for entry in json.loads(invoke(folder, folder / "missing", "--json", *options).stdout):
        assert entry["path"].startswith(f"{tmp_path}/\\xff\\x1b/")
        assert entry["reason"].startswith("cannot be read: ")
    assert "\x1b" not in invoke(folder, folder / "missing", *options).output


def test_predict_counts_what_cannot_be_read_of_many(folder):
    result = invoke(*[folder / "one.png"] * 20, folder / "text.png")
    assert result.stderr.splitlines()[-1] == "1 of 21 cannot be read"


def test_predict_shows_what_the_model_sees(folder):
    lines = invoke(folder / "one.png", "--show").stdout.splitlines()
    assert len(lines) == 1 + 14
    assert {len(line) for line in lines[1:]} == {28}
    assert lines[8].strip(" ") in {"██", "███", "████", "▐█▌"}


@pytest.mark.parametrize(
    "arguments", [["--json", "--show"], ["--output", "x.png"], ["--sheet", "--show"]], ids=lambda names: " ".join(names)
)
def test_predict_with_options_that_exclude_each_other_is_wrong_usage(arguments):
    assert invoke("one.png", *arguments).exit_code == 2


def test_predict_with_a_reason_to_reject_gives_no_label_and_exit_code_0(folder, monkeypatch):
    monkeypatch.setattr(predict.Rejector, "reason", lambda rejector, image: "a scribble")
    (entry,) = json.loads(invoke(folder / "one.png", "--json").stdout)
    assert (entry["label"], entry["reason"]) == (None, "a scribble")
    assert entry["probabilities"]["1"] > 0.9
    assert len(entry["input_sha256"]) == 64
    result = invoke(folder / "one.png")
    assert result.exit_code == 0
    assert "one.png: no answer  (a scribble)" in result.stdout


def test_the_digest_is_that_of_the_bytes_that_the_model_saw(folder):
    from pipeline.files import sha256

    prediction = predict.Predictor(PROJECT_ROOT / "exports").answer_file(PictureFile(folder / "one.png"))
    assert prediction.input_sha256 == sha256(np.ascontiguousarray(prediction.image).tobytes())


def test_predict_that_is_interrupted_leaves_json(tmp_path):
    one = draw_one(tmp_path / "one.png")
    os.mkfifo(tmp_path / "never")
    with start(one, tmp_path / "never", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        head = "".join(process.stdout.readline() for _ in range(4))
        process.send_signal(signal.SIGTERM)
        rest, errors = process.stdout.read(), process.stderr.read()
    (entry,) = json.loads(head + rest)
    assert entry["label"] == "1"
    assert process.returncode == 128 + signal.SIGTERM
    assert errors.startswith("interrupted")


def test_predict_answers_each_picture_before_it_reads_the_next(tmp_path):
    one = draw_one(tmp_path / "one.png")
    os.mkfifo(tmp_path / "later")
    with start(one, tmp_path / "later", stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(f"{one}: 1")
        (tmp_path / "later").write_bytes(Path(one).read_bytes())
        assert process.stdout.readline().startswith(f"{tmp_path}/later: 1")
    assert process.returncode == 0


def test_predict_imports_nothing_slow(tmp_path):
    code = (
        "import sys; from pipeline.cli import app; from typer.testing import CliRunner; "
        f"result = CliRunner().invoke(app, ['predict', {draw_one(tmp_path / 'one.png')!r}]); "
        "print(result.exit_code, [n for n in ('tensorflow', 'keras', 'scipy', 'matplotlib', 'rich.progress') "
        "if n in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "0 []"


def test_predict_of_many_pictures_is_quick(tmp_path):
    one = draw_one(tmp_path / "one.png")
    predictor = predict.Predictor(PROJECT_ROOT / "exports")
    started = time.process_time()
    for _ in range(50):
        predictor.answer_file(PictureFile(Path(one)))
    # About ten times what it takes on an idle machine.
    assert time.process_time() - started < 50 * 0.05
