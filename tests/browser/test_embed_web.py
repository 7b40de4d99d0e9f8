"""The embedding kit's page in a browser, from a plain server."""

import json
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from pipeline.browser import find_browser
from pipeline.config import PROJECT_ROOT
from pipeline.embed.kit import Kit
from pipeline.embed.targets import TARGETS
from pipeline.node import node_binary
from pipeline.runtimes.litert import LITERT
from pipeline.shipping.golden_runs import expected_probabilities
from tests.data.judged import judged_images, none_probabilities, withheld

EXPORTS = PROJECT_ROOT / "exports"
KIT = Kit(EXPORTS)
# A seven, a spiral of straight lines, and a one whose stroke leaves the paper.
SEVEN = [[[70, 50], [200, 50], [120, 240]]]
SPIRAL = [[[40, 40], [240, 40], [240, 240], [40, 240], [40, 90], [190, 90], [190, 190], [90, 190], [90, 140]]]
LEAVING = [[[140, 40], [140, 240], [140, 330]]]
# An engine of floats may decide otherwise where the probability is as near to the threshold as this.
NEAR = 4 / 256


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    TARGETS["web"].write(KIT, folder)
    return folder


@pytest.fixture(scope="module")
def visit(folder, tmp_path_factory):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/"
    browser, script = find_browser(), PROJECT_ROOT / "tests" / "browser" / "draw.mjs"
    images = tmp_path_factory.mktemp("judged") / "images.bin"
    judged_images(EXPORTS, KIT.contract).tofile(images)
    environment, size = json.dumps(browser.environment), str(KIT.contract.input.num_values)
    drawings = json.dumps([SEVEN, SPIRAL, LEAVING])
    command = [node_binary(), script, browser.executable, environment, address, images, size, drawings]
    try:
        result = subprocess.run(command, capture_output=True, check=False)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert result.returncode == 0, result.stderr.decode()
    return address, json.loads(result.stdout)


def test_page_is_small(folder):
    assert len((folder / "index.html").read_text().splitlines()) <= 40


def test_page_answers_for_golden_images_as_expected(visit):
    file = KIT.shipped.file_of("tfjs/uint8")
    expected = expected_probabilities(EXPORTS, file, KIT.contract)
    # The golden images are the first of those judged.
    found = np.array([answer["probabilities"] for answer in visit[1]["answers"]])[: len(expected)]
    assert np.abs(found - expected).max() <= file.max_difference


def test_page_withholds_what_litert_does(visit):
    images = judged_images(EXPORTS, KIT.contract)
    expected = withheld(EXPORTS, LITERT, KIT.contract, images)
    none = none_probabilities(EXPORTS, LITERT, KIT.contract, images)
    found = np.array([answer["isWithheld"] for answer in visit[1]["answers"]])
    is_clear = np.abs(none - KIT.rejection.max_none_probability) > NEAR
    assert (is_clear & expected).sum() > 5
    np.testing.assert_array_equal(found[is_clear], expected[is_clear])


def test_page_reads_drawn_strokes_and_says_where_no_symbol_is(visit):
    seven, spiral, leaving = visit[1]["said"]
    assert seven.startswith("7 ")
    assert spiral == "No symbol here"
    # The pen was lifted beside the paper.
    assert leaving.startswith("1 ")
    assert visit[1]["cleared"] == ["Draw"] * 3


def test_page_asks_no_other_server_and_complains_about_nothing(visit):
    address, seen = visit
    assert len(seen["requests"]) > 10
    assert all(request.startswith(address) for request in seen["requests"])
    assert [
        complaint for complaint in seen["complaints"] if "favicon" not in complaint and "404" not in complaint
    ] == []
