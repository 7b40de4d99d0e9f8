import sys
from pathlib import Path

import pytest

from pipeline.hints import as_called, build_command, with_callable_hint


@pytest.fixture
def called_as(tmp_path, monkeypatch):
    """Makes this a program that was called by some name; a folder on the PATH holds a `pipeline` if wanted."""
    monkeypatch.chdir(tmp_path)
    for folder in (".venv/bin", "my tools"):
        Path(folder).mkdir(parents=True)
        (Path(folder) / "pipeline").touch(mode=0o755)

    def call(name, on_path=""):
        monkeypatch.setattr(sys, "argv", [name])
        monkeypatch.setenv("PATH", str(tmp_path / on_path) if on_path else "")

    return call


def test_hint_names_the_program_as_it_was_called(called_as):
    called_as(".venv/bin/pipeline")
    assert as_called("Example: pipeline parity --json") == "Example: .venv/bin/pipeline parity --json"


def test_hint_with_a_path_that_the_shell_would_split_is_quoted(called_as):
    called_as("my tools/pipeline")
    assert as_called("pipeline doctor") == "'my tools/pipeline' doctor"


def test_hint_is_plain_where_the_path_leads_to_this_program(called_as, tmp_path):
    called_as(str(tmp_path / ".venv/bin/pipeline"), on_path=".venv/bin")
    assert as_called("pipeline doctor") == "pipeline doctor"


def test_hint_is_not_plain_where_the_path_leads_to_another_program(called_as):
    called_as(".venv/bin/pipeline", on_path="my tools")
    assert as_called("pipeline doctor") == ".venv/bin/pipeline doctor"


def test_hint_of_another_program_is_plain(called_as):
    called_as("/usr/lib/python3/pytest/__main__.py")
    assert as_called("pipeline doctor") == "pipeline doctor"


def test_message_is_changed_behind_next_alone(called_as):
    called_as(".venv/bin/pipeline")
    message = "render pipeline failed in /x/pipeline y; next: run pipeline doctor, or pipeline export"
    expected = (
        "render pipeline failed in /x/pipeline y; next: run .venv/bin/pipeline doctor, or .venv/bin/pipeline export"
    )
    assert with_callable_hint(message) == expected
    assert with_callable_hint("a pipeline without a hint") == "a pipeline without a hint"


@pytest.mark.parametrize(
    ("exports", "command"),
    [
        ("exports", "pipeline build-all"),
        ("build/quick-exports", "pipeline build-all --profile quick"),
        ("build/nano", "pipeline build-all with the options that it was built with"),
    ],
)
def test_build_command_fills_the_folder(exports, command):
    assert build_command(Path(exports)) == command
