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
from pipeline.shipping.verification import expected_probabilities

EXPORTS = PROJECT_ROOT / "exports"
KIT = Kit(EXPORTS)
SEVEN = [[70, 50], [200, 50], [120, 240]]


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    TARGETS["web"].write(KIT, folder)
    return folder


@pytest.fixture(scope="module")
def visit(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/"
    browser, script = find_browser(), PROJECT_ROOT / "tests" / "browser" / "draw.mjs"
    golden = EXPORTS / KIT.shipped.golden.images
    environment, size = json.dumps(browser.environment), str(KIT.contract.input.num_values)
    command = [node_binary(), script, browser.executable, environment, address, golden, size, json.dumps([SEVEN])]
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
    assert np.abs(np.array(visit[1]["probabilities"]) - expected).max() <= file.max_difference


def test_page_reads_drawn_strokes(visit):
    assert visit[1]["drawn"].startswith("7 ")
    assert visit[1]["cleared"] == "Draw"


def test_page_asks_no_other_server_and_complains_about_nothing(visit):
    address, seen = visit
    assert len(seen["requests"]) > 10
    assert all(request.startswith(address) for request in seen["requests"])
    assert [
        complaint for complaint in seen["complaints"] if "favicon" not in complaint and "404" not in complaint
    ] == []
