import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from pipeline.html_report import Chart, render_html
from pipeline.results import SCHEMA_VERSION, Answer, Flip, ParityRow, Results, TimingRow
from pipeline.training_record import ModelInfo

MODEL = ModelInfo("letters", ("a", "b<b>", "c"), "edge", 20_000, "default", 3, 40, 90.0, 0.9951, temperature=1.0)
YES = Answer(True, "")
FLIPS = (Flip(7, 0, 0, 1, 0.05, 0.03), Flip(9, 2, 2, 0, 0.01, 0.02))


@pytest.fixture
def results(environment, agreement):
    agreement = replace(agreement, num_flips=2, lost_by_label=(1, 0, -1))
    rows = (
        ParityRow("keras", "keras", YES, YES, YES, is_reference=True, agreement=replace(agreement, num_flips=0)),
        ParityRow("tflite/int8", "litert", YES, YES, YES, is_full=True, agreement=agreement, flips=FLIPS),
        ParityRow("tflite/int8", "tflite-micro", YES, YES, YES, agreement=agreement, flips=FLIPS[:1]),
        ParityRow("tfjs/float32", "tfjs-node-cpu", YES, Answer(False, "missing: no <Node.js>")),
    )
    timings = (TimingRow("tflite/int8", "litert", "noisy", "", "invoke()", median_s=30e-6, num_runs=2_000),)
    return Results(SCHEMA_VERSION, environment, MODEL, parity=rows, timings=timings)


class Reader(HTMLParser):
    """Collects the text of cells and headings, and every address that the page could ask for."""

    def __init__(self, page):
        super().__init__()
        self.open_tags, self.texts, self.addresses = [], {}, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.open_tags.append(tag)
        self.texts.setdefault(tag, []).append("")
        self.addresses += [value for name, value in attributes if name in ("src", "href", "action")]

    def handle_endtag(self, tag):
        while self.open_tags and self.open_tags.pop() != tag:
            pass

    def handle_data(self, text):
        for tag in self.open_tags:
            self.texts[tag][-1] += text


def texts(page, tag):
    return [" ".join(text.split()) for text in Reader(page).texts.get(tag, [])]


def test_page_says_the_verdict_first_and_what_is_wrong(results):
    page = render_html(results, [], {})
    assert texts(page, "h1") == ["NOT the same model everywhere: 1 of 4 rows fail."]
    assert "tfjs/float32 in tfjs-node-cpu: not run: missing: no <Node.js>" in texts(page, "li")


def test_each_family_has_a_matrix_of_its_formats_and_engines(results):
    page = render_html(results, [], {})
    matrices = re.findall(r'<table class="matrix">(.*?)</table>', page, re.DOTALL)
    assert [texts(matrix, "th") for matrix in matrices] == [
        ["engine", "keras", "keras"],
        ["engine", "tflite/int8", "litert", "tflite-micro"],
        ["engine", "tfjs/float32", "tfjs-node-cpu"],
    ]
    assert texts(matrices[1], "td") == ["same2 of 1,00099.00%30.0 µs ~", "same2 of 1,000"]
    assert texts(matrices[2], "td") == ["not runmissing: no <Node.js>"]


def test_matrix_is_empty_where_an_engine_does_not_run_a_format(results):
    other = replace(results.parity[1], format="tflite/float16")
    page = render_html(replace(results, parity=(*results.parity[1:3], other), timings=()), [], {})
    matrix = page[page.index('class="matrix"') : page.index("All rows")]
    full = "same2 of 1,00099.00%"
    assert texts(matrix, "td") == [full, full, "same2 of 1,000", ""]


def test_matrix_shows_what_fails_the_gate_and_what_may_be_missing_in_other_colours(results):
    allowed = replace(results.parity[-1], is_allowed_missing=True)
    kinds = [
        re.findall(r'<td class="(\w+)"', render_html(replace(results, parity=(row,)), [], {}))[:1]
        for row in (results.parity[1], allowed, results.parity[-1])
    ]
    assert kinds == [["good"], ["unknown"], ["bad"]]


def test_page_gathers_flips_by_image_and_shows_those_that_flip_most_first(results):
    images = {7: np.full((4, 4, 1), 255, np.uint8)}
    page = render_html(results, [], images)
    gallery = texts(page[page.index('class="gallery"') :], "li")
    assert [re.search(r"row (\d+)", text)[1] for text in gallery] == ["7", "9"]
    assert gallery[0].endswith("b<b>, ahead by 3.0%: tflite/int8 in litert, tflite-micro")
    assert "reference: a, ahead by 5.0%" in gallery[0]
    assert Reader(page).addresses[0].startswith("data:image/png;base64,")


def test_page_tells_answers_apart_and_calls_a_tie_a_tie(results):
    level = replace(results.parity[2], flips=(replace(FLIPS[0], candidate_margin=0.0),))
    slight = replace(results.parity[2], format="tflite/float16", flips=(replace(FLIPS[0], candidate_margin=1e-6),))
    page = render_html(replace(results, parity=(results.parity[1], level, slight)), [], {})
    (first, _) = texts(page[page.index('class="gallery"') :], "li")[:2]
    answers = re.findall(r"<div>(.*?)</div>", page[page.index('class="gallery"') :])
    assert first.count("row 7") == 1
    assert answers[:3] == [
        "b&lt;b&gt;, ahead by 3.0%: tflite/int8 in litert",
        "b&lt;b&gt;, a tie: tflite/int8 in tflite-micro",
        "b&lt;b&gt;, ahead by less than 0.1%: tflite/float16 in tflite-micro",
    ]


def test_page_explains_its_engines_files_and_words(results):
    page = render_html(results, [], {})
    words = texts(page[page.index("<details") : page.index("</details>")], "dt")
    assert words[:4] == ["keras", "litert", "tflite-micro", "tfjs-node-cpu"]
    assert {"tflite/int8", "tfjs/float32", "arena", "SwiftShader", "XNNPACK"} <= set(words)


def test_page_lists_what_engines_ran_on(results):
    row = replace(results.parity[2], device="an arena of 16 bytes")
    page = render_html(replace(results, parity=(row,)), [], {})
    assert "tflite-micro: an arena of 16 bytes" in texts(page, "li")


def test_page_without_flips_says_so(results):
    rows = tuple(replace(row, flips=()) for row in results.parity)
    page = render_html(replace(results, parity=rows), [], {})
    assert "None." in texts(page, "p")


def test_page_shows_what_each_label_loses(results):
    page = render_html(results, [], {})
    table = page[page.index("Lost by label") :]
    assert texts(table[: table.index("</table>")], "td") == ["litert", "1", "0", "-1"]


def test_page_of_many_flips_says_how_many_it_leaves_out(results):
    flips = tuple(replace(FLIPS[0], id=number) for number in range(50))
    page = render_html(replace(results, parity=(replace(results.parity[1], flips=flips),)), [], {})
    assert len(texts(page[page.index('class="gallery"') :], "li")) == 48
    assert "The 48 of 50 images that flip in most rows." in texts(page, "p")


def test_page_asks_for_nothing(results):
    charts = [Chart("A chart", '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg><path d="M0 0"/></svg>\n')]
    page = render_html(results, charts, {7: np.zeros((4, 4, 3), np.uint8)})
    assert all(address.startswith("data:") for address in Reader(page).addresses)
    assert "default-src 'none'" in page
    assert "<?xml" not in page
    assert '<svg><path d="M0 0"/></svg>' in page


def test_page_shows_the_typical_images_side_by_side(results):
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 1), np.uint8)
    page = render_html(results, [], {}, images)
    (address,) = Reader(page).addresses
    with Image.open(io.BytesIO(base64.b64decode(address.partition("base64,")[2]))) as strip:
        np.testing.assert_array_equal(np.asarray(strip), np.hstack(images[..., 0]))
    assert "What the network takes for typical" in texts(page, "h2")
    assert "What the network takes for typical" not in render_html(results, [], {})


def test_page_of_parity_alone_leaves_out_what_is_not_known(environment):
    rows = (ParityRow("tflite/int8", "litert", Answer(False, "found none")),)
    page = render_html(Results(SCHEMA_VERSION, environment, parity=rows), [], {})
    headings = texts(page, "h2")
    assert "Timing" not in headings
    assert "How good is the model itself?" not in headings
    assert "Lost by label" not in headings
