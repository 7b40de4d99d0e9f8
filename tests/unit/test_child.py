import os
import signal
import sys
import time

import pytest

from pipeline.errors import EngineError, EngineMissing
from pipeline.runtimes import child
from pipeline.runtimes.child import Child

# The other end of the protocol. `BODY` is what a child does with each request.
SCRIPT = """
import json, os, struct, sys, time

def send(header, payload=b""):
    text = json.dumps(header).encode()
    sys.stdout.buffer.write(struct.pack("<II", len(text), len(payload)) + text + payload)
    sys.stdout.buffer.flush()

while lengths := sys.stdin.buffer.read(8):
    header_length, payload_length = struct.unpack("<II", lengths)
    header = json.loads(sys.stdin.buffer.read(header_length))
    payload = sys.stdin.buffer.read(payload_length)
    BODY
"""
ECHO = "send({'pid': os.getpid(), **header}, payload)"


@pytest.fixture
def start(tmp_path):
    """Starts a child whose answers are made by a statement; closes it after the test."""
    children = []

    def start_child(body):
        (tmp_path / "child.py").write_text(SCRIPT.replace("BODY", body))
        children.append(Child("engine", [sys.executable, "-IS", tmp_path / "child.py"]))
        return children[-1]

    yield start_child
    for started in children:
        started.close()


def test_request_sends_header_and_payload_and_returns_the_answer(start):
    answer, payload = start(ECHO).request({"command": "echo", "text": "größer"}, b"\0\n\xff", 30)
    assert answer["text"] == "größer"
    assert payload == b"\0\n\xff"


def test_request_with_more_bytes_than_a_pipe_holds_is_answered(start):
    content = bytes(range(256)) * 4096
    assert start(ECHO).request({"command": "echo"}, content, 30)[1] == content


def test_request_again_asks_the_same_process(start):
    echo = start(ECHO)
    first, second = (echo.request({"command": "echo"}, b"", 30)[0] for _ in range(2))
    assert first["pid"] == second["pid"]


def test_request_answered_by_an_error_is_an_engine_error_and_the_child_lives(start):
    picky = start("send({'error': 'bad shape'} if payload else {})")
    with pytest.raises(EngineError, match=r"^engine: predict failed: bad shape$"):
        picky.request({"command": "predict"}, b"image", 30)
    assert picky.request({"command": "predict"}, b"", 30) == ({}, b"")


def test_request_to_a_child_that_crashes_says_what_it_said(start):
    crashing = start("print('heap out\\nof memory', file=sys.stderr); sys.exit(3)")
    with pytest.raises(EngineError, match=r"^engine: ended with code 3 during load; it said: heap out of memory$"):
        crashing.request({"command": "load"}, b"", 30)


def test_request_to_a_child_that_ends_within_its_answer_is_an_engine_error(start):
    cut_off = start("sys.stdout.buffer.write(b'abc'); sys.exit(0)")
    with pytest.raises(EngineError, match="ended with code 0 during load"):
        cut_off.request({"command": "load"}, b"", 30)


def test_request_after_a_crash_is_an_engine_error_again(start):
    crashing = start("sys.exit(3)")
    for _ in range(2):
        with pytest.raises(EngineError, match="ended with code 3"):
            crashing.request({"command": "load"}, b"", 30)


def test_request_without_an_answer_kills_the_child(start):
    sleeping = start("send({'pid': os.getpid()}); time.sleep(60)")
    pid = sleeping.request({"command": "load"}, b"", 30)[0]["pid"]
    with pytest.raises(EngineError, match="no answer within 0 s during predict"):
        sleeping.request({"command": "predict"}, b"", 0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_request_answered_while_its_child_is_being_ended_is_late(start):
    late = "import signal; signal.signal(signal.SIGTERM, lambda *_: (send({}), sys.exit()))"
    child = start(f"{late}; send({{}}); time.sleep(60)")
    child.request({"command": "load"}, b"", 30)
    with pytest.raises(EngineError, match="no answer within 0 s during predict"):
        child.request({"command": "predict"}, b"", 0.2)


def test_request_without_an_answer_lets_the_child_end_what_it_started(start):
    tidy = "import signal; signal.signal(signal.SIGTERM, lambda *_: (print('tidied', file=sys.stderr), sys.exit()))"
    child = start(f"{tidy}; send({{}}); time.sleep(60)")
    child.request({"command": "load"}, b"", 30)
    with pytest.raises(EngineError, match=r"no answer within 0 s during predict; it said: tidied$"):
        child.request({"command": "predict"}, b"", 0.2)


def test_request_without_an_answer_kills_a_child_that_does_not_end(start, monkeypatch):
    monkeypatch.setattr(child, "_CLOSE_TIMEOUT_S", 0.1)
    deaf = start("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); send({'pid': os.getpid()})")
    pid = deaf.request({"command": "load"}, b"", 30)[0]["pid"]
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(EngineError, match="no answer within 0 s"):
        deaf.request({"command": "predict"}, b"", 0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_close_twice_is_harmless_and_ends_the_process(start):
    echo = start(ECHO)
    pid = echo.request({"command": "echo"}, b"", 30)[0]["pid"]
    echo.close()
    echo.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_close_of_a_child_that_does_not_end_kills_it(start, monkeypatch):
    monkeypatch.setattr(child, "_CLOSE_TIMEOUT_S", 0.1)
    busy = start("send({'pid': os.getpid()}); time.sleep(60)")
    pid = busy.request({"command": "load"}, b"", 30)[0]["pid"]
    started = time.monotonic()
    busy.close()
    assert time.monotonic() - started < 30
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_child_without_its_program_is_engine_missing(tmp_path):
    with pytest.raises(EngineMissing, match=r"^engine: cannot start .*/node: No such file or directory; next: "):
        Child("engine", [tmp_path / "node", "script.mjs"])


def test_child_whose_program_may_not_be_run_is_engine_missing(tmp_path):
    (tmp_path / "node").write_bytes(b"")
    with pytest.raises(EngineMissing, match="Permission denied"):
        Child("engine", [tmp_path / "node"])
