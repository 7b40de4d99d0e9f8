import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from pipeline import parity
from pipeline.benchmark import run_benchmark
from pipeline.browser import BROWSER_VARIABLE, find_browser
from pipeline.config import PROJECT_ROOT, TimingConfig
from pipeline.contract import read_contract
from pipeline.data.splits import Subset
from pipeline.errors import EngineError, EngineMissing
from pipeline.export import GOLDEN_EXPECTED, read_golden_images
from pipeline.formats import FORMATS, get_format
from pipeline.node import node_binary
from pipeline.progress import Silent
from pipeline.results import Answer
from pipeline.runtimes import get_runtime, javascript, pairs
from pipeline.runtimes.chromium import CHROMIUM_RUNTIMES
from tests.browser.processes import alive, browser_process, descendants, send

EXPORTS = PROJECT_ROOT / "exports"
CONTRACT = read_contract(EXPORTS)
IMAGES = read_golden_images(EXPORTS, CONTRACT)
FORMAT = get_format("tfjs/float32")
WASM = get_runtime("chromium-tfjs-wasm")
LONG = TimingConfig(warm_up_runs=1, warm_up_s=0.0, min_runs=1, min_s=60.0, max_s=60.0)
SHORT = TimingConfig(warm_up_runs=1, warm_up_s=0.0, min_runs=1, min_s=0.0)


@contextmanager
def loaded(runtime=WASM, format_=FORMAT):
    """A runner, and the processes that it has started: Node.js, the browser and those that the browser starts."""
    runner = runtime.load(EXPORTS / format_.path, CONTRACT)
    started = descendants(os.getpid())
    try:
        yield runner, started
    finally:
        runner.close()


def kill_browser():
    send("SIGKILL", [browser_process(os.getpid())])


def killed_after(delay_s):
    """The runtime, whose browser is killed some time after it is loaded."""

    def load(path, contract):
        runner = WASM.load(path, contract)
        threading.Timer(delay_s, kill_browser).start()
        return runner

    return replace(WASM, name="killed", load=load)


def test_browser_killed_while_a_row_is_timed_spoils_that_row_alone():
    (killed,) = run_benchmark(EXPORTS, CONTRACT, IMAGES[0], LONG, Silent(), [FORMAT], [killed_after(0.3)])
    assert (killed.status, killed.reason) == (
        "not run",
        "TF.js wasm in Chromium: ended with code 1 during time; it said: Chromium, or its page, ended",
    )
    (following,) = run_benchmark(EXPORTS, CONTRACT, IMAGES[0], SHORT, Silent(), [FORMAT], [WASM])
    assert following.status != "not run"


@pytest.fixture
def golden_reference(monkeypatch):
    """Makes the recorded answers the reference of `run_parity`, without TensorFlow; returns their images."""
    expected = json.loads((EXPORTS / GOLDEN_EXPECTED).read_bytes())
    probabilities = np.array(expected["probabilities"], np.float32)

    class Recorded:
        def predict(self, images):
            return probabilities

    monkeypatch.setattr(parity, "KERAS_MODEL", replace(WASM, load=lambda path, contract: Recorded()))
    return Subset(IMAGES, probabilities.argmax(axis=1), np.arange(len(IMAGES)))


def test_browser_killed_before_a_row_answers_spoils_that_row_alone(golden_reference):
    def load(path, contract):
        runner = WASM.load(path, contract)
        kill_browser()
        return runner

    # In the same thread, one after the other: it is the only browser that is killed.
    runtimes = [replace(WASM, name="killed", load=load, has_own_process=False), replace(WASM, has_own_process=False)]
    killed, following = parity.run_parity(EXPORTS, CONTRACT, golden_reference, Silent(), [FORMAT], runtimes)
    assert killed.status == "not run"
    assert not killed.is_accepted
    assert killed.reason.startswith("TF.js wasm in Chromium: ")
    assert following.status == "same"
    assert following.device.startswith("Chromium ")


def test_browser_that_hangs_is_an_error_and_is_ended(monkeypatch):
    with loaded() as (runner, started):
        monkeypatch.setattr(javascript, "ENGINE_TIMEOUT_S", 1.0)
        send("SIGSTOP", [pid for pid, command in started.items() if "chromium_harness.mjs" not in command])
        with pytest.raises(EngineError, match="no answer within 1 s during predict"):
            runner.predict(IMAGES)
        assert alive(started) == []


def test_page_that_crashes_is_an_error_and_the_browser_is_ended():
    with loaded() as (runner, started):
        send("SIGKILL", [pid for pid, command in started.items() if "--type=renderer" in command])
        # The browser tells of it twice; either may be heard first.
        with pytest.raises(EngineError, match=r"the page crashed|Target crashed"):
            runner.predict(IMAGES)
        assert alive(started) == []


def test_close_leaves_no_process():
    with loaded() as (_, started):
        # Node.js, the browser, and at least one process each for its page and its network.
        assert len(started) >= 4
    assert alive(started) == []


def test_node_that_is_killed_takes_the_browser_with_it(tmp_path, monkeypatch):
    # The browser's profile, which nobody is left to remove.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with loaded() as (runner, started):
        send("SIGKILL", [pid for pid, command in started.items() if "chromium_harness.mjs" in command])
        assert alive(started) == []
        with pytest.raises(EngineError, match="ended with code -9"):
            runner.predict(IMAGES)


@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_parent_that_is_ended_takes_node_and_browser_with_it(number):
    code = (
        # Who runs these tests in the background may ignore SIGINT, and children inherit that.
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from tests.browser.test_chromium import *\n"
        "with loaded(): print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=-1, stdout=-1, stderr=-3) as parent:
        assert parent.stdout.readline() == b"ready\n"
        started = descendants(parent.pid)
        assert len(started) >= 4
        send(number, [parent.pid])
        assert alive(started) == []


class CountsVisits(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.num_visits += 1
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def other_server():
    """Another server of this machine, which would answer any page; it counts its visits."""
    with HTTPServer(("127.0.0.1", 0), CountsVisits) as server:
        server.num_visits = 0
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(address):
    """What the page gets from an address, and its answer to the next command."""
    browser, script = find_browser(), PROJECT_ROOT / "tests" / "browser" / "ask.mjs"
    arguments = [browser.executable, json.dumps(browser.environment), EXPORTS / FORMAT.path, address]
    result = subprocess.run([node_binary(), script, *arguments], capture_output=True, check=True)
    return json.loads(result.stdout)


def test_page_that_asks_for_another_server_is_refused_and_fails(other_server):
    address = f"http://127.0.0.1:{other_server.server_port}/"
    result = ask(address)
    assert result == {"status": "TypeError: Failed to fetch", "answer": {"error": f"the page asked for {address}"}}
    assert other_server.num_visits == 0


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/artifact/model.json", 200),
        ("/artifact/missing.bin", 404),
        ("/artifact/%2e%2e/uint8/model.json", 404),
        ("/artifact/..%2fuint8%2fmodel.json", 404),
        ("/package.json", 404),
        ("/web_demo/", 404),
    ],
)
def test_server_has_the_artifact_and_nothing_around_it(address, status):
    assert ask(address) == {"status": status, "answer": {"device": ""}}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:PORT"}, 200),
        ({"host": "127.0.0.1:PORT", "sec-fetch-site": "same-origin"}, 200),
        ({"host": "127.0.0.1:PORT", "sec-fetch-site": "cross-site"}, 403),
        ({"host": "elsewhere.example:PORT"}, 403),
    ],
)
def test_server_answers_its_own_page_alone(headers, status):
    script = PROJECT_ROOT / "tests" / "browser" / "visit.mjs"
    command = [node_binary(), script, EXPORTS / FORMAT.path, "/artifact/model.json", json.dumps(headers)]
    assert int(subprocess.run(command, capture_output=True, check=True).stdout) == status


@pytest.mark.parametrize("runtime", CHROMIUM_RUNTIMES, ids=lambda runtime: runtime.name)
def test_row_says_which_browser_it_ran_in_and_what_drew(runtime):
    format_, _ = pairs(FORMATS.values(), [runtime])[0]
    with loaded(runtime, format_) as (runner, _):
        browser, _, renderer = runner.device.partition(", ")
    assert browser.startswith("Chromium 1")
    titles = {"webgl": "WebGL by ", "f16": "WebGL by ", "webgpu": "WebGPU by "}
    title = titles.get(runtime.name.rpartition("-")[2], "")
    assert renderer.startswith(title)
    assert len(renderer) > len(title) or renderer == title == ""


def test_half_float_textures_differ_from_the_others():
    answers = []
    for name in ("chromium-tfjs-webgl", "chromium-tfjs-webgl-f16"):
        with loaded(get_runtime(name)) as (runner, _):
            answers.append(runner.predict(IMAGES[:4]))
    difference = np.abs(answers[1] - answers[0]).max()
    assert 1e-5 < difference < 5e-2


def test_backend_that_the_browser_lacks_is_engine_missing():
    load = {"address": "/artifact/model.json", "shape": CONTRACT.input.shape}
    browser = find_browser()
    start = {"engine": "tfjs", "backend": "webnn", "flags": {}, "artifact": str(EXPORTS / FORMAT.path)}
    start = {**start, "executable": str(browser.executable), "environment": browser.environment}
    with pytest.raises(EngineMissing, match=r"start failed: cannot load .*webnn.*; next: pipeline doctor"):
        javascript.JavaScriptRunner("engine", "chromium_harness.mjs", EXPORTS, start, load)
    assert alive(descendants(os.getpid())) == []


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo libnss3.so: cannot open >&2; exit 127", r"cannot start .*/broken: libnss3\.so: cannot open; next: "),
        ("exit 0", r"cannot start .*/broken: .*; next: "),
    ],
)
def test_program_that_is_no_browser_is_engine_missing(tmp_path, monkeypatch, script, message):
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    monkeypatch.setenv(BROWSER_VARIABLE, str(broken))
    with pytest.raises(EngineMissing, match=message):
        WASM.load(EXPORTS / FORMAT.path, CONTRACT)


def test_missing_browser_is_a_row_that_says_how_to_get_one(golden_reference, monkeypatch):
    monkeypatch.setenv(BROWSER_VARIABLE, "/missing/chromium")
    (row,) = parity.run_parity(EXPORTS, CONTRACT, golden_reference, Silent(), [FORMAT], [WASM])
    assert row.ran == Answer(False, row.reason)
    assert row.reason.startswith("missing: expected a Chromium at /missing/chromium, found no program; next: ")
    assert not row.is_accepted
