import re
import subprocess
import sys
from contextlib import nullcontext

import pytest

from pipeline import bootstrap


def start(code):
    return subprocess.Popen([sys.executable, "-IS", "-c", code])


def test_wait_shows_that_a_long_step_still_runs_and_returns_its_code(monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "SIGN_OF_LIFE_EVERY_S", 0.1)
    assert bootstrap.wait(start("import sys, time; time.sleep(0.5); sys.exit(3)")) == 3
    assert re.fullmatch(r"(0 s \.\.\. |1 s \.\.\. ){2,}", capsys.readouterr().out)


def test_wait_for_a_short_step_shows_nothing(capsys):
    assert bootstrap.wait(start("")) == 0
    assert capsys.readouterr().out == ""


def test_wait_that_is_interrupted_leaves_no_process(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "SIGN_OF_LIFE_EVERY_S", 0.1)
    monkeypatch.setattr("builtins.print", interrupt)
    process = start("import time; time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        bootstrap.wait(process)
    assert process.poll() is not None


@pytest.mark.parametrize(("is_done", "lines"), [(False, 1), (True, 0)])
def test_set_up_ends_by_naming_the_command_unless_nothing_was_missing(monkeypatch, capsys, is_done, lines):
    monkeypatch.chdir(bootstrap.ROOT)
    monkeypatch.setattr(bootstrap, "one_at_a_time", nullcontext)
    monkeypatch.setattr(bootstrap, "do_step", lambda *_: not is_done)
    assert bootstrap.main() == 0
    assert capsys.readouterr().out.count("the command is .venv/bin/pipeline") == lines
