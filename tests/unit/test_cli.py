import json
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.errors import PipelineError, UsageError
from pipeline.formats import FORMATS
from pipeline.progress import Silent
from pipeline.results import SCHEMA_VERSION
from pipeline.runtimes import RUNTIMES
from pipeline.self_test import MutantRow

PIPELINE = Path(sys.executable).with_name("pipeline")
COMMANDS = (
    *("build-all", "train", "export", "parity", "benchmark", "report", "predict", "evaluate", "inspect"),
    *("embed", "verify", "site", "serve", "setup", "doctor", "data fetch", "data info"),
)


def run(*arguments, cwd=PROJECT_ROOT):
    return subprocess.run([PIPELINE, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_has_an_example(command):
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert f"Example: pipeline {command}" in result.output


def test_help_lists_every_command():
    output = CliRunner().invoke(app, ["--help"]).output
    assert {command.split()[0] for command in COMMANDS} <= set(output.split())


@pytest.mark.parametrize("command", ["", "data"])
def test_help_in_a_narrow_terminal_cuts_no_line_off(command):
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "..." not in result.output.replace("[ARGS]...", "")


@pytest.mark.parametrize("command", ["parity", "benchmark"])
def test_help_names_what_can_be_chosen(command):
    words = set(CliRunner().invoke(app, [command, "--help"]).output.replace(",", " ").split())
    assert words > {*FORMATS, *RUNTIMES}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_no_python_type_behind_an_option(command):
    assert not re.search(r"--[\w-]+ <", CliRunner().invoke(app, [*command.split(), "--help"]).output)


def test_help_imports_no_heavy_package():
    code = (
        "import sys; from pipeline.cli import app; from typer.testing import CliRunner; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "print([name for name in ('tensorflow', 'keras', 'numpy', 'scipy', 'PIL') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--arch", "egde"], "unknown architecture 'egde': did you mean edge?"),
        (["parity", "--format", "int8"], "unknown format 'int8': did you mean tflite/int8?"),
        (["parity", "--runtime", "tfjs-node"], "unknown runtime 'tfjs-node': did you mean tfjs-node-cpu?"),
        (["parity", "--allow-missing", "litrt"], "unknown runtime 'litrt': did you mean litert?"),
        (["embed", "--target", "c89"], "unknown target 'c89': did you mean c99?"),
        (["build-all", "--profile", "quik"], "unknown profile 'quik': did you mean quick?"),
    ],
)
def test_unknown_name_suggests_the_nearest(arguments, message):
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, PipelineError)
    assert str(error) == message


def test_error_is_one_line_and_exit_code_1(tmp_path):
    result = run("predict", "digit.png", "--exports", str(tmp_path))
    assert result.returncode == 1
    assert result.stdout == ""
    found = f"expected verified artifacts in {tmp_path}, found no manifest.json in it"
    assert result.stderr == f"error: {found}; next: the same command with --exports exports\n"


def test_help_and_hints_name_the_program_as_it_was_called(tmp_path):
    assert f"Example: {PIPELINE} report --json" in " ".join(run("report", "--help").stdout.split())
    quick = run("report", "--exports", "build/quick-exports", cwd=tmp_path)
    assert quick.stderr.endswith(f"next: {PIPELINE} build-all --profile quick\n")


def test_wrong_usage_is_exit_code_2():
    assert run("predict").returncode == 2
    assert run("train", "--seed", "one").returncode == 2
    assert run("no-such-command").returncode == 2


def test_version_is_printed():
    assert run("--version").stdout.strip().count(".") == 2


def draw_one(path):
    picture = Image.new("L", (200, 300), 255)
    ImageDraw.Draw(picture).line([(100, 40), (100, 260)], fill=0, width=24)
    picture.save(path)
    return str(path)


def test_predict_answers_readable_pictures_beside_an_unreadable_one(tmp_path):
    (tmp_path / "empty.png").touch()
    result = run("predict", str(tmp_path / "empty.png"), draw_one(tmp_path / "one.png"), "--json")
    assert result.returncode == 1
    empty, one = json.loads(result.stdout)
    assert (empty["label"], one["label"]) == (None, "1")
    assert "expected a picture, found an empty file" in empty["reason"]
    assert sum(one["probabilities"].values()) == pytest.approx(1, abs=0.04)


def test_predict_with_a_changed_model_gives_no_answer(tmp_path):
    import shutil

    exports = shutil.copytree(PROJECT_ROOT / "exports", tmp_path / "exports")
    model = exports / "tflite" / "int8.tflite"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    result = run("predict", draw_one(tmp_path / "one.png"), "--exports", str(exports))
    assert result.returncode == 1
    assert result.stdout == ""
    assert "tflite/int8.tflite was changed after it was built" in result.stderr


def test_json_of_the_report_is_json():
    results = json.loads(run("report", "--json").stdout)
    assert results["schema_version"] == SCHEMA_VERSION
    assert all(row["exported"]["is_yes"] for row in results["parity"])


def test_predict_of_a_missing_file_is_one_line(tmp_path):
    result = run("predict", str(tmp_path / "missing.png"))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == f"error: {tmp_path / 'missing.png'}: cannot be read: No such file or directory\n"


def test_formats_and_engines_that_do_not_match_are_refused_at_once():
    error = CliRunner().invoke(app, ["parity", "--runtime", "tfjs-node-cpu", "--format", "tflite/int8"]).exception
    assert isinstance(error, UsageError)
    assert str(error) == "none of the chosen engines runs the chosen formats; they run tfjs"


@pytest.fixture
def parity_self_test(monkeypatch):
    """Runs `parity --self-test` on a gate that came to this verdict on one mutant."""

    def run_with(verdict, *arguments):
        row = MutantRow("softmax left out", "", "tflite/int8", False, verdict, ("comparison",), "9 flips")
        monkeypatch.setattr("pipeline.data.splits.load_splits", lambda *_: SimpleNamespace(test=None))
        monkeypatch.setattr("pipeline.commands.self_test.show_progress", lambda: nullcontext(Silent()))
        monkeypatch.setattr("pipeline.self_test.run_self_test", lambda *_: (row,))
        return CliRunner().invoke(app, ["parity", "--self-test", *arguments])

    return run_with


def test_self_test_of_a_gate_that_rejects_is_a_table_and_a_count(parity_self_test):
    result = parity_self_test("rejected")
    assert result.exit_code == 0
    assert "softmax left out" in result.output
    assert "1 mutants of 1 kinds: 1 rejected (1 by their answers too), 0 equivalent;" in result.output


def test_self_test_of_a_gate_that_accepts_is_an_error(parity_self_test):
    result = parity_self_test("accepted")
    assert "SURVIVED" in result.output
    assert isinstance(result.exception, PipelineError)
    assert str(result.exception) == "the gate accepts a broken artifact: tflite/int8, softmax left out: 9 flips"


def test_self_test_as_json_is_json(parity_self_test):
    (row,) = json.loads(parity_self_test("rejected", "--json").stdout)
    assert (row["verdict"], row["caught_by"], row["is_right"]) == ("rejected", ["comparison"], True)


def test_self_test_of_one_engine_is_wrong_usage():
    assert CliRunner().invoke(app, ["parity", "--self-test", "--runtime", "litert"]).exit_code == 2


def test_output_that_nobody_reads_to_the_end_is_no_error():
    command = f"{PIPELINE} report --json | head -n 1"
    result = subprocess.run(command, shell=True, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("{\n", "")


def test_unknown_name_is_exit_code_2(tmp_path):
    result = run("parity", "--explain", "int8", "--exports", str(tmp_path))
    assert result.returncode == 2
    assert result.stderr == "error: unknown format 'int8': did you mean tflite/int8?\n"


@pytest.mark.parametrize("option", [["--format", "keras"], ["--junit", "x.xml"], ["--allow-missing", "litert"]])
def test_explain_of_more_than_one_artifact_is_wrong_usage(option):
    assert CliRunner().invoke(app, ["parity", "--explain", "tflite/int8", *option]).exit_code == 2
