import os
import signal

import pytest

from pipeline.ending import run_program, work_is_kept
from pipeline.errors import PipelineError


@pytest.fixture(autouse=True)
def handlers_come_back():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (interrupt, "interrupted"),
        (work_is_kept()(interrupt), "interrupted: finished work is kept, the same command goes on from there"),
    ],
)
def test_interruption_promises_only_what_is_true(program, line, capsys):
    with pytest.raises(SystemExit) as ended:
        run_program(program)
    assert ended.value.code == 130
    assert capsys.readouterr().err == f"{line}\n"


def test_error_is_one_line_whose_hint_can_be_typed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["/opt/same model/pipeline"])

    def program():
        raise PipelineError("found\nnone; next: pipeline build-all")

    with pytest.raises(SystemExit) as ended:
        run_program(program)
    assert ended.value.code == 1
    assert capsys.readouterr().err == "error: found none; next: '/opt/same model/pipeline' build-all\n"
