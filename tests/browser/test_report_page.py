"""report.html as its readers have it: in a browser, on a phone and on a desk."""

import json
import subprocess

import pytest

from pipeline.browser import find_browser
from pipeline.config import PROJECT_ROOT
from pipeline.node import node_binary

REPORT = PROJECT_ROOT / "exports" / "report.html"


@pytest.fixture(scope="module")
def page():
    browser, script = find_browser(), PROJECT_ROOT / "tests" / "browser" / "read_page.mjs"
    arguments = [browser.executable, json.dumps(browser.environment), REPORT, "median"]
    result = subprocess.run([node_binary(), script, *arguments], capture_output=True, check=True)
    return json.loads(result.stdout)


def test_report_is_no_wider_than_the_screen(page):
    assert page["widths"] == [[390, 390], [1400, 1400]]


def test_report_sorts_by_time_whatever_the_unit(page):
    before, ascending, descending = ([seconds(text) for text in column] for column in page["columns"])
    assert ascending == sorted(before)
    assert descending == sorted(before, reverse=True)
    assert before not in (ascending, descending)


def seconds(text):
    number, unit, *_ = text.split()
    return float(number) * {"µs": 1e-6, "ms": 1e-3, "s": 1.0}[unit]
