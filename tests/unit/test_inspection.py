"""What is drawn of a network, and the page that shows it."""

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from pipeline import pictures
from pipeline.charts.edges import draw_edges
from pipeline.charts.layers import draw_feature_maps, draw_kernels
from pipeline.charts.picture import Scale, rising_scale, signed_scale
from pipeline.charts.typical import draw_typical
from pipeline.commands.inspect import _read
from pipeline.config import PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.errors import PipelineError
from pipeline.inspection.edges import VERTICAL_EDGE, vertical_edges
from pipeline.inspection.layers import LeftOut
from pipeline.inspection.page import render_inspection
from pipeline.inspection.run import Inspection, Sheet
from pipeline.inspection.typical import TypicalImage

RED, BLUE, WHITE = (103, 0, 31), (5, 48, 97), (247, 246, 246)
YELLOW, DARK_BLUE = (253, 231, 55), (0, 34, 77)


def colours(path):
    """How many pixels of a PNG file have each colour."""
    pixels = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    return {tuple(map(int, value)): int(count) for value, count in zip(values, counts, strict=True)}


def test_vertical_edges_of_the_textbook_picture():
    grey = np.repeat(np.array([[10, 10, 10, 0, 0, 0]], np.uint8), 6, axis=0)
    np.testing.assert_array_equal(vertical_edges(grey), np.repeat([[0, 0, 30, 30, 0, 0]], 6, axis=0))


def test_vertical_edges_are_negative_where_it_gets_brighter():
    grey = np.array([[0, 255, 255]] * 3, np.uint8)
    np.testing.assert_array_equal(vertical_edges(grey), [[-765, -765, 0]] * 3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (2, 2)])
def test_vertical_edges_of_a_picture_smaller_than_the_kernel(shape):
    assert not vertical_edges(np.full(shape, 9, np.uint8)).any()


def test_signed_scale_has_zero_in_the_middle():
    assert signed_scale(np.array([-0.5, 2.0], np.float32)) == Scale(-2, 2, "RdBu_r")
    assert signed_scale(np.zeros(3, np.float32)) == Scale(-1, 1, "RdBu_r")


def test_rising_scale_spans_the_values():
    assert rising_scale(np.array([-1, 3], np.float32)) == Scale(-1, 3, "cividis")
    assert rising_scale(np.full(2, 4, np.float32)) == Scale(4, 5, "cividis")


def test_kernels_of_a_layer_share_one_scale(tmp_path):
    kernels = np.zeros((2, 2, 1, 3), np.float32)
    kernels[..., 0], kernels[..., 1] = 1.0, -1.0
    draw_kernels("conv1", kernels, tmp_path / "kernels.png")
    found = colours(tmp_path / "kernels.png")
    # Three kernels of four squares, 40 pixels a side; the bar holds some more of each colour.
    for colour in (RED, BLUE, WHITE):
        assert 4 * 40**2 <= found[colour] < 5 * 40**2


@pytest.mark.parametrize(
    ("shape", "num_squares"), [((5, 5, 1, 16), 400), ((3, 3, 4, 5), 180), ((12, 7), 84), ((4, 4, 1, 200), 3200)]
)
def test_every_weight_is_drawn_as_large_as_any_other(tmp_path, shape, num_squares):
    draw_kernels("layer", np.ones(shape, np.float32), tmp_path / "kernels.png")
    red = colours(tmp_path / "kernels.png")[RED]
    sides = [side for side in range(2, 41) if num_squares * side**2 <= red < num_squares * side**2 + 1_000]
    assert len(sides) == 1


def test_feature_maps_are_drawn_in_their_places(tmp_path):
    maps = np.zeros((4, 4, 3), np.float32)
    maps[..., 1] = 2.0
    draw_feature_maps("conv1", maps, tmp_path / "maps.png")
    pixels = np.asarray(Image.open(tmp_path / "maps.png").convert("RGB")).astype(int)
    columns = np.flatnonzero((pixels == YELLOW).all(axis=2).sum(axis=0) > 100)
    dark = np.flatnonzero((pixels == DARK_BLUE).all(axis=2).sum(axis=0) > 100)
    assert len(columns) == 4 * 40
    assert dark.min() < columns.min() < columns.max() < dark.max()


def test_feature_maps_of_a_dense_layer_are_a_square_each(tmp_path):
    draw_feature_maps("logits", np.arange(10, dtype=np.float32), tmp_path / "maps.png")
    assert colours(tmp_path / "maps.png")[YELLOW] >= 36


def test_edges_are_drawn_beside_or_below_the_picture(tmp_path):
    sizes = []
    for shape in ((40, 40), (40, 120)):
        grey = np.zeros(shape, np.uint8)
        draw_edges(grey, VERTICAL_EDGE, vertical_edges(grey), tmp_path / "edges.png")
        with Image.open(tmp_path / "edges.png") as picture:
            sizes.append(picture.size)
    assert sizes == [(720, 330), (720, 660)]


def test_typical_images_are_shown_with_the_networks_own_answers(tmp_path):
    answers = (TypicalImage("a", "a", 0.999), TypicalImage("b", "a", 0.6))
    draw_typical("Typical", answers, np.zeros((2, 4, 4, 1), np.uint8), ("a", "b"), tmp_path / "typical.svg")
    svg = (tmp_path / "typical.svg").read_text()
    assert re.findall(r">([^<>\n]+)</text>", svg)[:6] == ["a", "a", "&gt;99%", "b", "a", "60%"]
    assert re.findall(r'id="not-(\w)"', svg) == ["b"]


class Reader(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.sources, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.sources += [value for name, value in attributes if name in ("src", "href")]

    def handle_data(self, text):
        self.text += text


def test_page_holds_every_picture_and_says_what_is_left_out(tmp_path):
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "conv1.png").write_bytes(b"first picture")
    (tmp_path / "typical.svg").write_bytes(b"second picture")
    sheets = (
        Sheet("kernels", "conv1", "Looks for <b>.", "kernels/conv1.png"),
        Sheet("typical", "Typical images", "Ten of ten.", "typical.svg"),
    )
    left_out = {"kernels": [LeftOut("hidden", "too large"), LeftOut("norm1", "no kernels")], "features": []}
    page = Reader(
        render_inspection(Inspection("a<b", 1234, "one.png", "1", 0.987, (), (), sheets, left_out, str(tmp_path)))
    )
    contents = [base64.b64decode(source.partition("base64,")[2]) for source in page.sources]
    assert contents == [b"second picture", b"first picture"]
    assert "Not shown: hidden (too large); norm1 (no kernels)." in page.text
    assert "Asked about one.png, it answers 1, with a probability of 98.7%." in page.text
    assert "What a<b has learnt" in page.text
    assert "Looks for <b>." in page.text


def test_picture_is_read_within_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    (tmp_path / "large.png").write_bytes(bytes(11))
    with pytest.raises(PipelineError, match=r"/large\.png: cannot be read: expected at most 10 bytes, found 11"):
        _read(tmp_path / "large.png", read_contract(PROJECT_ROOT / "exports"))
