import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.config import PROJECT_ROOT
from pipeline.data.datasets import MNIST
from pipeline.errors import PipelineError
from pipeline.preparation import decode as decode_module
from pipeline.preprocess import MIN_CONTRAST, decode, find_symbol, prepare

CONTRACT = MNIST.contract
HOOK = [(40, 30), (40, 150), (160, 150)]


def _png(picture, **options):
    stream = io.BytesIO()
    picture.save(stream, "PNG", **options)
    return stream.getvalue()


def _draw(points=HOOK, paper=255, ink=0, size=(200, 200), pen=13):
    picture = Image.new("L", size, paper)
    ImageDraw.Draw(picture).line(points, fill=ink, width=pen)
    return picture


def _levels(picture):
    return np.asarray(picture).astype(int)


def _prepare(picture):
    return prepare(np.asarray(picture), CONTRACT)


def _ink_size(image):
    """Height and width of the part of an image that is not 0."""
    rows, columns = np.nonzero(image[:, :, 0])
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def _centre_of_mass(image):
    ink = image[:, :, 0].astype(float)
    return [float((ink.sum(axis=axis) * np.arange(28)).sum() / ink.sum()) for axis in (1, 0)]


def test_prepare_returns_an_image_of_the_contract():
    image = _prepare(_draw())
    assert image.shape == (28, 28, 1)
    assert image.dtype == np.uint8
    assert (image[0, 0, 0], image.max()) == (0, 255)


def test_prepare_of_light_on_dark_is_the_same_as_of_dark_on_light():
    np.testing.assert_array_equal(_prepare(_draw(paper=0, ink=255)), _prepare(_draw(paper=255, ink=0)))


@pytest.mark.parametrize(("paper", "ink"), [(200, 80), (60, 180), (128, 20), (128, 240)])
def test_prepare_of_faint_ink_has_full_contrast(paper, ink):
    np.testing.assert_array_equal(_prepare(_draw(paper=paper, ink=ink)), _prepare(_draw()))


def _assert_nearly_the_same(picture, expected, tolerance=3.0):
    difference = _prepare(np.clip(picture, 0, 255).astype(np.uint8)).astype(int) - _prepare(expected)
    assert np.abs(difference).mean() < tolerance


def test_prepare_ignores_the_grain_of_the_paper():
    grain = np.random.default_rng(0).integers(-20, 21, (200, 200))
    _assert_nearly_the_same(_levels(_draw(paper=220, ink=40)) + grain, _draw())


def test_prepare_ignores_light_from_one_side():
    _assert_nearly_the_same(_levels(_draw(paper=240, ink=60)) * (np.arange(200) + 100) // 300, _draw())


def test_prepare_ignores_the_edge_of_a_shadow():
    in_shadow = np.arange(200) > 100
    levels = _levels(_draw(paper=240, ink=60))
    _assert_nearly_the_same(np.where(in_shadow, levels // 2, levels), _draw())


def test_prepare_ignores_rulings_as_dark_as_the_ink():
    levels = _levels(_draw())
    levels[7::40] = 0
    _assert_nearly_the_same(levels, _draw(), tolerance=6)


def test_prepare_ignores_specks():
    levels = _levels(_draw())
    levels[10:13, 180:183] = levels[185:188, 15:18] = 0
    np.testing.assert_array_equal(_prepare(levels.astype(np.uint8)), _prepare(_draw()))


def test_prepare_keeps_both_halves_of_a_broken_stroke():
    levels = _levels(_draw())
    levels[88:96] = 255
    _assert_nearly_the_same(levels, _draw(), tolerance=8)
    assert _ink_size(_prepare(levels.astype(np.uint8))) == (20, 20)


def test_prepare_ignores_the_table_beside_the_paper():
    levels = _levels(_draw())
    levels[:, 186:] = 40
    _assert_nearly_the_same(levels, _draw())


def test_prepare_keeps_faint_ends_of_strokes():
    levels = _levels(_draw())
    levels[:90] = 255 - (255 - levels[:90]) * 2 // 5
    _assert_nearly_the_same(levels, _draw())


def test_prepare_of_a_tiny_symbol_looks_closer():
    tiny = _draw([(700, 100), (700, 160), (760, 160)], size=(1000, 1000), pen=7)
    _assert_nearly_the_same(_levels(tiny), _draw(), tolerance=5)


def test_prepare_thickens_thin_strokes():
    ink = _prepare(_draw(pen=1))[:, :, 0] / 255
    # Two strokes of 20 pixels, 1.8 thick less their round ends; they would be 0.2 thick.
    assert 50 < ink.sum() < 72


def test_prepare_does_not_depend_on_where_the_ink_is():
    moved = [(column + 30, row + 40) for column, row in HOOK]
    _assert_nearly_the_same(_levels(_draw(moved)), _draw())


def test_prepare_puts_the_centre_of_mass_into_the_middle():
    image = _prepare(_draw())
    # The hook's bounding box is not centred: its mass is near its corner.
    assert _ink_size(image) == (20, 20)
    assert _centre_of_mass(image) == pytest.approx([13.5, 13.5], abs=0.5)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(50, 80), (150, 80), (150, 120), (50, 120), (50, 80)], (9, 20)),
        ([(80, 50), (120, 50), (120, 150), (80, 150), (80, 50)], (20, 9)),
        ([(50, 100), (150, 100)], (3, 20)),
    ],
    ids=["wide", "tall", "line"],
)
def test_prepare_fits_the_ink_into_the_box_and_keeps_its_aspect(points, expected):
    assert _ink_size(_prepare(_draw(points))) == pytest.approx(expected, abs=1)


def test_prepare_of_ink_that_touches_the_edge_keeps_all_of_it():
    image = _prepare(_draw([(6, 0), (6, 193), (199, 193)]))
    assert _ink_size(image) == (20, 20)


def test_prepare_for_a_contract_of_dark_digits_inverts():
    inverted = replace(CONTRACT, input=replace(CONTRACT.input, polarity="dark_on_bright"))
    np.testing.assert_array_equal(prepare(np.asarray(_draw()), inverted), 255 - _prepare(_draw()))


def test_prepare_for_a_contract_of_colour_repeats_the_channel():
    coloured = replace(CONTRACT, input=replace(CONTRACT.input, channels=3))
    np.testing.assert_array_equal(prepare(np.asarray(_draw()), coloured), np.repeat(_prepare(_draw()), 3, axis=2))


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("L", (1, 1), 0),
        Image.new("L", (200, 200), 255),
        Image.new("L", (200, 200), 128),
        _draw(paper=200, ink=200 - MIN_CONTRAST + 1),
    ],
    ids=["1x1", "white", "grey", "too faint"],
)
def test_prepare_without_ink_is_a_pipeline_error(picture):
    with pytest.raises(PipelineError, match="expected ink on paper"):
        _prepare(picture)


def test_prepare_of_the_faintest_ink_is_no_error():
    _assert_nearly_the_same(_levels(_draw(paper=200, ink=200 - MIN_CONTRAST)), _draw(), tolerance=0.1)


def test_decode_returns_the_grey_levels():
    picture = _draw()
    np.testing.assert_array_equal(decode(_png(picture)), np.asarray(picture))


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA"])
def test_decode_of_another_colour_mode_gives_the_same_levels(mode):
    np.testing.assert_array_equal(decode(_png(_draw().convert(mode))), np.asarray(_draw()))


@pytest.mark.parametrize(("ink", "expected"), [(0, _draw()), (255, _draw(paper=0, ink=255))], ids=["black", "white"])
def test_decode_shows_ink_on_transparent_paper(ink, expected):
    opacity = _draw(paper=0, ink=255)
    picture = Image.merge("LA", (Image.new("L", opacity.size, ink), opacity))
    np.testing.assert_array_equal(decode(_png(picture)), np.asarray(expected))


def test_decode_shows_transparent_ink_on_black_paper():
    picture = Image.merge("LA", (Image.new("L", (200, 200), 0), _draw()))
    np.testing.assert_array_equal(decode(_png(picture)), np.asarray(_draw(paper=0, ink=255)))


@pytest.mark.parametrize(
    ("mode", "file_format"), [("CMYK", "TIFF"), ("RGB", "BMP"), ("L", "GIF"), ("I", "TIFF"), ("F", "TIFF")]
)
def test_decode_reads_other_formats(mode, file_format):
    stream = io.BytesIO()
    _draw().convert(mode).save(stream, file_format)
    np.testing.assert_array_equal(decode(stream.getvalue()), np.asarray(_draw()))


def test_decode_of_numbers_that_are_none_is_no_error():
    levels = np.asarray(_draw()).astype(np.float32) / 255
    levels[0, :2] = np.nan, np.inf
    stream = io.BytesIO()
    Image.fromarray(levels).save(stream, "TIFF")
    np.testing.assert_array_equal(decode(stream.getvalue()), np.asarray(_draw()))


@pytest.mark.parametrize(
    ("orientation", "stored_as"),
    [
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (7, Image.Transpose.TRANSVERSE),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_decode_turns_a_picture_upright_by_its_exif(orientation, stored_as):
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = _draw(size=(200, 160))
    np.testing.assert_array_equal(decode(_png(upright.transpose(stored_as), exif=exif)), np.asarray(upright))


def test_decode_of_a_large_picture_is_made_smaller_and_keeps_its_aspect():
    large = _draw(size=(3000, 1500))
    assert decode(_png(large)).shape == (500, 1000)


def test_decode_and_prepare_of_a_large_picture_nearly_equal_those_of_a_small_one():
    points = [(400, 300), (400, 1500), (1600, 1500)]
    large = prepare(decode(_png(_draw(points, size=(2000, 2000), pen=130))), CONTRACT)
    difference = np.abs(large.astype(int) - _prepare(_draw()).astype(int))
    assert difference.mean() < 4


def test_decode_of_a_picture_too_large_for_memory_is_a_pipeline_error():
    bomb = _png(Image.new("1", (8_001, 8_000)))
    with pytest.raises(PipelineError, match=r"expected 1 to 64,000,000 pixels, found 8,001 × 8,000"):
        decode(bomb)


def test_decode_of_more_pixels_than_pillow_would_open_is_the_same_error(capfd):
    with pytest.raises(PipelineError, match=r"expected at most 64,000,000 pixels, found more"):
        decode(_png(Image.new("1", (20_000, 20_000))))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("size", [(100_000, 1), (1, 100_000), (100_000, 3)])
def test_decode_of_a_very_narrow_picture_is_made_smaller(size):
    levels = decode(_png(Image.new("L", size, 200)))
    assert max(levels.shape) == 1_021
    assert (levels == 200).all()


def test_decode_of_a_side_that_no_memory_would_do_for_is_a_pipeline_error():
    with pytest.raises(PipelineError, match="expected at most 200,000 pixels on a side, found 200,001 × 1"):
        decode(_png(Image.new("L", (200_001, 1))))


def test_decode_of_numbers_larger_than_a_block_scales_all_of_them_alike(monkeypatch):
    levels = np.linspace(-3, 7, 60 * 40, dtype=np.float32).reshape(60, 40)
    stream = io.BytesIO()
    Image.fromarray(levels).save(stream, "TIFF")
    whole = decode(stream.getvalue())
    monkeypatch.setattr(decode_module, "_BLOCK_PIXELS", 100)
    np.testing.assert_array_equal(decode(stream.getvalue()), whole)
    assert (whole.min(), whole.max()) == (0, 255)


def test_decode_of_a_damaged_tiff_writes_nothing_to_standard_error(capfd):
    stream = io.BytesIO()
    _draw().save(stream, "TIFF", compression="tiff_lzw")
    content = bytearray(stream.getvalue())
    content[300:400] = bytes(100)
    with pytest.raises(PipelineError, match="cannot read this picture"):
        decode(bytes(content))
    assert capfd.readouterr() == ("", "")


def test_decode_of_fifty_megapixels_stays_below_a_gigabyte():
    code = (
        "import io, pathlib, re; from PIL import Image; from pipeline.preparation.decode import decode; "
        "stream = io.BytesIO(); Image.new('RGBA', (8000, 6250)).save(stream, 'PNG', compress_level=1); "
        "shape = decode(stream.getvalue()).shape; "
        # The peak of this process alone; getrusage also counts the one that started it.
        "peak_kib = int(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1]); "
        "print(shape, peak_kib < 1_000_000)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT)
    assert result.stdout == "(782, 1000) True\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a picture, found an empty file"),
        (b"seven\n", "this is not a picture that can be read (PNG, JPEG"),
        (_png(_draw())[:100], "cannot read this picture"),
        (_png(_draw())[:20], ""),
    ],
    ids=["empty", "text", "truncated", "truncated header"],
)
def test_decode_of_what_is_no_picture_is_a_pipeline_error(content, message):
    with pytest.raises(PipelineError) as caught:
        decode(content)
    assert str(caught.value).startswith(message)


def test_decode_scales_sixteen_bits_to_eight():
    deep = Image.fromarray(np.asarray(_draw()).astype(np.uint16) * 257)
    np.testing.assert_array_equal(decode(_png(deep)), np.asarray(_draw()))


@pytest.mark.parametrize("radius_px", [3, 4, 6, 9, 15])
def test_small_blot_stays_whole_in_closer_looks(radius_px):
    rows, columns = np.indices((112, 112))
    is_ink = np.hypot(rows - 40, columns - 70) <= radius_px
    picture = np.where(is_ink, 20, 255).astype(np.uint8)
    for grey in (picture, np.bitwise_not(picture)):
        np.testing.assert_array_equal(
            find_symbol(grey).mask, is_ink[40 - radius_px : 41 + radius_px, 70 - radius_px :][:, : 2 * radius_px + 1]
        )
