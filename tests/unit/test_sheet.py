import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.segmentation import find_symbols


def write(*lines, size=(420, 220), paper=235, ink=30, px=48, pitch=40):
    """Digits of a font, each `pitch` pixels from the last; a blank leaves a gap."""
    picture = Image.new("L", size, paper)
    font = ImageFont.load_default(px)
    for row, line in enumerate(lines):
        for column, digit in enumerate(line):
            ImageDraw.Draw(picture).text((25 + column * pitch, 15 + row * 65), digit, ink, font, stroke_width=1)
    return np.asarray(picture).astype(np.int64)


def boxes(levels):
    lines = find_symbols(np.clip(levels, 0, 255).astype(np.uint8))
    return [[symbol.box for symbol in line] for line in lines]


def counts(levels):
    return [len(line) for line in boxes(levels)]


def test_symbols_are_found_line_by_line_from_left_to_right():
    levels = write("2034", "56", "897")
    found = boxes(levels)
    assert [len(line) for line in found] == [4, 2, 3]
    for line in found:
        assert [box.left for box in line] == sorted(box.left for box in line)
    first = found[0][0]
    rows, columns = np.nonzero(levels[:70, :60] < 130)
    assert (first.top, first.bottom) == pytest.approx((rows.min(), rows.max() + 1), abs=2)
    assert (first.left, first.right) == pytest.approx((columns.min(), columns.max() + 1), abs=2)


def test_symbols_of_light_ink_on_dark_paper_are_found():
    assert counts(write("2034", "56", paper=30, ink=220)) == [4, 2]


def test_symbols_in_shadow_and_under_light_from_one_side_are_found():
    levels = write("2034", "5689")
    light = levels * (np.arange(420) + 300) // 720
    assert counts(light) == [4, 4]
    assert counts(np.where(np.arange(420) > 215, levels * 6 // 10, levels)) == [4, 4]


def test_symbols_on_ruled_paper_are_found():
    levels = write("2034", "5689")
    levels[11::66] = 110
    assert counts(levels) == [4, 4]


def test_a_line_that_rises_stays_one_line():
    levels = write("20345689", size=(420, 300))
    rising = np.stack([np.roll(column, 120 - 20 * (index // 40)) for index, column in enumerate(levels.T)]).T
    assert counts(rising) == [8]


def test_broken_strokes_belong_to_one_symbol():
    levels = write("2034")
    rows = np.flatnonzero((levels < 130).any(axis=1))
    middle = (rows[0] + rows[-1]) // 2
    levels[middle - 1 : middle + 2, :105] = 235
    assert counts(levels) == [4]


def test_specks_and_dashes_are_no_symbols():
    levels = write("2 34")
    levels[120:123, 200:204] = 30
    levels[38:42, 68:90] = 30
    assert counts(levels) == [3]


def test_the_table_beside_the_paper_is_no_symbol():
    levels = write("2034")
    levels[:, 400:] = 60
    assert counts(levels) == [4]


def test_a_wide_gap_is_a_space():
    (line,) = find_symbols(write("203  568", size=(420, 100)).astype(np.uint8))
    assert [symbol.is_after_space for symbol in line] == [False, False, False, True, False, False]


@pytest.mark.parametrize("levels", [np.full((60, 80), 200), np.zeros((1, 1)), np.full((1, 400), 9)])
def test_blank_paper_has_no_symbols(levels):
    assert counts(levels) == []


def test_noise_has_no_symbols_that_take_long():
    noise = (np.random.default_rng(0).random((600, 600)) > 0.03) * 255
    assert sum(counts(noise)) < 3_000


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(write("2034", "72").astype(np.uint8)).save("number.png")
    exports = str(PROJECT_ROOT / "exports")
    return lambda *arguments: CliRunner().invoke(app, ["predict", "--sheet", "--exports", exports, *arguments])


def test_sheet_is_printed_as_lines_and_drawn_beside(run, tmp_path):
    result = run("number.png")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["number.png: 6 symbols, marked in number-answers.png", "  2034", "  72"]
    with Image.open(tmp_path / "number-answers.png") as marked:
        assert marked.size == (840, 440)
        blue = (np.asarray(marked) == (0, 114, 178)).all(axis=2)
    assert blue.any()


def test_sheet_as_json_has_boxes_in_pixels_of_the_picture(run, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    large = Image.fromarray(write("2034").astype(np.uint8)).resize((1680, 880)).transpose(Image.Transpose.ROTATE_90)
    large.save(tmp_path / "large.png", exif=exif)
    (sheet,) = json.loads(run("large.png", "--json").stdout)
    assert (sheet["width"], sheet["height"], sheet["lines"], sheet["output"]) == (
        1680,
        880,
        ["2034"],
        "large-answers.png",
    )
    first, second = (symbol["box"] for symbol in sheet["symbols"][:2])
    assert first[0] == pytest.approx(104, abs=12)
    assert second[0] - first[0] == pytest.approx(160, abs=20)
    assert sheet["symbols"][0]["label"] == "2"
    assert len(sheet["symbols"][0]["input_sha256"]) == 64


def test_sheet_goes_where_the_user_says_but_never_onto_the_picture(run, tmp_path):
    assert run("number.png", "--output", "marked.png").exit_code == 0
    assert (tmp_path / "marked.png").is_file()
    before = (tmp_path / "number.png").read_bytes()
    assert "is the picture itself" in str(run("number.png", "--output", "./number.png").exception)
    assert (tmp_path / "number.png").read_bytes() == before


def test_sheets_of_the_same_name_are_drawn_into_two_files(run, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "number.png").write_bytes((tmp_path / "number.png").read_bytes())
    run("number.png", "a/number.png")
    assert (tmp_path / "number-answers.png").is_file()
    assert (tmp_path / "number-answers-2.png").is_file()


def test_sheet_without_symbols_and_one_that_cannot_be_read(run, tmp_path):
    Image.new("L", (60, 60), 200).save(tmp_path / "blank.png")
    assert run("blank.png").exit_code == 0
    (tmp_path / "text.png").write_text("seven")
    result = run("blank.png", "text.png", "number.png")
    assert result.exit_code == 1
    blank, text = result.stderr.splitlines()
    assert blank == "blank.png: expected ink on paper, found no symbol"
    assert text.startswith("error: text.png: this is not a picture")
    assert "  2034" in result.stdout
    assert io.StringIO(result.stdout).readline().startswith("number.png: 6 symbols")
