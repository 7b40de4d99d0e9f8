import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.data.datasets import MNIST
from pipeline.errors import PipelineError
from pipeline.preprocess import MIN_CONTRAST, decode, prepare

CONTRACT = MNIST.contract
TRIANGLE = [(40, 30), (40, 150), (160, 150)]


def _png(picture, **options):
    stream = io.BytesIO()
    picture.save(stream, "PNG", **options)
    return stream.getvalue()


def _draw(points=TRIANGLE, paper=255, ink=0, size=(200, 200)):
    picture = Image.new("L", size, paper)
    ImageDraw.Draw(picture).polygon(points, fill=ink)
    return picture


def _draw_bar(left, top, right, bottom):
    return _draw([(left, top), (right, top), (right, bottom), (left, bottom)])


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


def test_prepare_ignores_the_grain_of_the_paper():
    grain = np.random.default_rng(0).integers(225, 256, (200, 200), np.uint8)
    np.testing.assert_array_equal(_prepare(np.minimum(np.asarray(_draw()), grain)), _prepare(_draw()))


def test_prepare_does_not_depend_on_where_the_ink_is():
    moved = [(column + 30, row + 40) for column, row in TRIANGLE]
    np.testing.assert_array_equal(_prepare(_draw(moved)), _prepare(_draw()))


def test_prepare_puts_the_centre_of_mass_into_the_middle():
    image = _prepare(_draw())
    # The triangle's bounding box is not centred: its mass is a third away from two of its sides.
    assert _ink_size(image) == (20, 20)
    assert _centre_of_mass(image) == pytest.approx([13.5, 13.5], abs=1)


@pytest.mark.parametrize(
    ("bar", "expected"),
    [
        ((50, 50, 149, 99), (10, 20)),
        ((50, 50, 99, 149), (20, 10)),
        ((50, 50, 59, 59), (20, 20)),
        ((5, 90, 194, 91), (1, 20)),
    ],
    ids=["wide", "tall", "small", "line"],
)
def test_prepare_fits_the_ink_into_the_box_and_keeps_its_aspect(bar, expected):
    assert _ink_size(_prepare(_draw_bar(*bar))) == expected


def test_prepare_of_ink_that_touches_the_edge_keeps_all_of_it():
    image = _prepare(_draw([(0, 100), (100, 100), (100, 199), (0, 199)]))
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
    np.testing.assert_array_equal(_prepare(_draw(paper=200, ink=200 - MIN_CONTRAST)), _prepare(_draw()))


def test_decode_returns_the_grey_levels():
    picture = _draw()
    np.testing.assert_array_equal(decode(_png(picture)), np.asarray(picture))


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA"])
def test_decode_of_another_colour_mode_gives_the_same_levels(mode):
    np.testing.assert_array_equal(decode(_png(_draw().convert(mode))), np.asarray(_draw()))


def test_decode_takes_transparent_parts_for_white_paper():
    ink = _draw(paper=0, ink=255)
    picture = Image.merge("LA", (Image.new("L", ink.size, 0), ink))
    np.testing.assert_array_equal(decode(_png(picture)), np.asarray(_draw()))


@pytest.mark.parametrize(
    ("orientation", "stored_as"),
    [
        (3, Image.Transpose.ROTATE_180),
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
    large = _draw([(400, 300), (400, 1000), (1100, 1000)], size=(3000, 1500))
    assert decode(_png(large)).shape == (512, 1024)


def test_decode_and_prepare_of_a_large_picture_nearly_equal_those_of_a_small_one():
    points = [(400, 300), (400, 1500), (1600, 1500)]
    large = prepare(decode(_png(_draw(points, size=(2000, 2000)))), CONTRACT)
    difference = np.abs(large.astype(int) - _prepare(_draw()).astype(int))
    assert difference.mean() < 4


def test_decode_of_a_picture_too_large_for_memory_is_a_pipeline_error(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(PipelineError, match=r"^cannot read this picture"):
        decode(_png(_draw()))


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
