"""The assembled site in a real Chromium, below a path: engines, files that are checked, offline, updates.

Its page is empty, so that only the modules of the site are at work; what the page makes of them is tested beside.
"""

import json
import re
import shutil
import subprocess
import threading
from contextlib import contextmanager

import pytest

from pipeline.browser import find_browser
from pipeline.config import PROJECT_ROOT
from pipeline.node import node_binary
from pipeline.progress import Silent
from pipeline.site.assemble import WEB_DEMO, assemble
from pipeline.site.server import SiteServer

EXPORTS = PROJECT_ROOT / "exports"
CACHE = PROJECT_ROOT / "build"
SHARD = "models/tfjs/float16/group1-shard1of1.bin"


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Assembles the site with an empty page that says `text`."""
    folder = tmp_path_factory.mktemp("site")
    page = (WEB_DEMO / "index.html").read_text()
    head = page.split("<title>", 1)[0]
    assert "Content-Security-Policy" in head
    (tfjs,) = re.findall(r'<link [^>]*"vendor/tfjs\.js" />', page)

    def run(text):
        web_demo, output = folder / f"web_demo-{text}", folder / f"site-{text}"
        if not output.is_dir():
            shutil.copytree(WEB_DEMO, web_demo)
            links = f'<link rel="icon" href="icons/icon.svg" />{tfjs}'
            (web_demo / "index.html").write_text(f"{head}<title>{text}</title>{links}</head><body></body></html>")
            assemble(output, EXPORTS, CACHE, Silent(), web_demo)
        return output

    return run


@pytest.fixture
def site(make, tmp_path):
    return shutil.copytree(make("first"), tmp_path / "site")


def damage(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    return folder


@contextmanager
def serving(folder):
    with SiteServer(folder, 0, "/teaching/digits/") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.address
        finally:
            server.shutdown()
            thread.join()


def visit(folder, task, *others):
    browser, script = find_browser(), PROJECT_ROOT / "tests" / "browser" / "site.mjs"
    with serving(folder) as address:
        arguments = [browser.executable, json.dumps(browser.environment), address, task, folder, *others]
        result = subprocess.run([node_binary(), script, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["trouble"] == [], answer
    return answer


def version_of(folder):
    return json.loads((folder / "site.json").read_bytes())["version"]


@pytest.mark.parametrize("task", ["run", "run-webgl"])
def test_every_engine_of_the_site_answers_as_the_reference(site, task):
    limits = {"float32": 1e-4, "float16": 0.02, "uint8": 0.1, "int8": 0.1}
    for engine, answer in visit(site, task)["answers"].items():
        assert answer.get("error") is None, engine
        assert answer["difference"] <= limits[engine.split("/")[1]], engine


def test_site_goes_on_without_its_server(site):
    result = visit(site, "offline")
    assert result["wasKept"]
    assert result["isolated"]
    assert result["float16"]["difference"] < 0.02
    assert result["litert"]["error"]


def test_engine_that_was_chosen_once_goes_on_without_the_server(site):
    assert visit(site, "offline-litert")["litert"]["difference"] < 0.1


def test_changed_model_gives_an_error_and_no_answer(site):
    result = visit(damage(site, SHARD), "damaged")
    assert result["answer"] == {"error": f"{SHARD}: changed", "reason": "changed"}
    assert result["other"]["difference"] < 1e-4
    assert not result["isWholeKept"]
    assert result["caches"] == []


def test_missing_model_gives_an_error_and_no_answer(site):
    (site / SHARD).unlink()
    result = visit(site, "damaged")
    assert result["answer"] == {"error": f"{SHARD}: missing", "reason": "missing"}
    assert not result["isWholeKept"]


def test_update_is_offered_when_it_is_whole_and_applied_when_agreed_to(make, site, tmp_path):
    newer = shutil.copytree(make("second"), tmp_path / "newer")
    damaged = damage(shutil.copytree(make("second"), tmp_path / "damaged"), "index.html")
    first, second = version_of(site), version_of(newer)
    result = visit(site, "update", damaged, newer)
    assert (result["isDamagedInstalled"], result["offersOfDamaged"]) == (False, 0)
    assert (result["isInstalled"], result["offers"]) == (True, 1)
    assert (result["before"], result["after"]) == (first, second)
    assert [name.rpartition(" ")[2] for name in result["caches"]] == [second]
