import json
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.embed.bundle import bundle_preparation
from pipeline.embed.kit import Kit, write_into
from pipeline.embed.render import TEMPLATES
from pipeline.embed.targets import TARGETS
from pipeline.errors import ArtifactError, UsageError
from pipeline.files import files_below
from pipeline.formats.tflite_file import read_tflite

EXPORTS = PROJECT_ROOT / "exports"
MAX_README_LINES = 15


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What the command says of all targets, and the folder that it filled."""
    folder = tmp_path_factory.mktemp("embed")
    result = CliRunner().invoke(app, ["embed", "--exports", str(EXPORTS), "--output", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), folder


def test_every_target_has_templates_and_every_template_a_target():
    assert {path.name for path in TEMPLATES.iterdir()} == {*TARGETS, "shared"}


def test_command_writes_all_targets_and_lists_their_files(written):
    said, folder = written
    assert set(said) == set(TARGETS) == {path.name for path in folder.iterdir()}
    for name, facts in said.items():
        assert sorted(facts["files"]) == [str(path) for path in files_below(folder / name)]


def test_command_says_where_a_folder_is_and_where_to_begin(tmp_path):
    result = CliRunner().invoke(
        app, ["embed", "--exports", str(EXPORTS), "--target", "c99", "--output", str(tmp_path / "board")]
    )
    num_files = len(files_below(tmp_path / "board"))
    lines = result.stdout.splitlines()
    assert lines[0] == f"c99: {num_files} files; begin with {tmp_path}/board/README.md"
    assert (tmp_path / "board" / "README.md").is_file()
    assert all(line.startswith("  ") for line in lines[1:])


@pytest.mark.parametrize("name", TARGETS)
def test_readme_is_short_and_names_only_files_that_are_there(written, name):
    folder = written[1] / name
    lines = (folder / "README.md").read_text().splitlines()
    assert len(lines) <= MAX_README_LINES
    assert max(map(len, lines)) <= 160
    there = {path.name for path in files_below(folder)}
    named = set(re.findall(r"(?<!\w)[\w.-]+\.(?:py|c|h|cc|ino|html|js|kt|swift|service)\b", "\n".join(lines)))
    assert named
    assert named - {"TF.js", "TensorFlow.js"} <= there


@pytest.mark.parametrize("name", TARGETS)
def test_readme_says_where_the_threshold_of_the_detector_is(written, name):
    assert "max_none_probability" in (written[1] / name / "README.md").read_text()


def test_rule_in_whole_numbers_is_the_rule():
    kit = Kit(EXPORTS)
    steps = np.arange(256)
    above = steps / 256 > kit.rejection.max_none_probability
    np.testing.assert_array_equal(steps > kit.max_none_stored, above)
    assert above.any()
    assert not above.all()


@pytest.mark.parametrize(("threshold", "stored"), [(0.0, 0), (0.5, 128), (0.959, 245), (245 / 256, 245), (1.0, 255)])
def test_rule_is_rounded_down(monkeypatch, threshold, stored):
    rejection = replace(Kit(EXPORTS).rejection, max_none_probability=threshold)
    monkeypatch.setattr(Kit, "rejection", rejection)
    assert Kit(EXPORTS).max_none_stored == stored


@pytest.mark.parametrize("path", ["tflite/int8.tflite", "rejection/int8.tflite"])
@pytest.mark.parametrize("change", [{"scale": None}, {"scale": 1 / 255}, {"zero_point": -128}, {"dtype": "float32"}])
def test_outputs_of_other_steps_are_refused(monkeypatch, path, change):
    def read(file):
        info = read_tflite(file)
        return replace(info, outputs=(replace(info.outputs[0], **change),)) if file == EXPORTS / path else info

    monkeypatch.setattr("pipeline.formats.tflite_file.read_tflite", read)
    with pytest.raises(ArtifactError, match=f"{path}: expected an output of uint8 with scale 1/256 and zero point 0"):
        _ = Kit(EXPORTS).context


def test_missing_cross_compiler_is_said_once(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.embed.cortex_m4.measure_device_size", lambda _: None)
    notes = TARGETS["c99"].write(Kit(EXPORTS), tmp_path).notes
    assert sum("gcc-arm-none-eabi" in note for note in notes) == 1


@pytest.mark.parametrize("name", TARGETS)
def test_files_say_nothing_of_this_machine(written, name):
    for path in files_below(written[1] / name):
        assert str(PROJECT_ROOT).encode() not in path.read_bytes()


def test_unknown_target_names_the_nearest():
    result = CliRunner().invoke(app, ["embed", "--target", "raspberry", "--exports", str(EXPORTS)])
    assert "did you mean raspberry_pi?" in str(result.exception)


def test_bundle_renames_names_that_two_modules_have():
    imports, code = bundle_preparation()
    assert "pipeline" not in imports
    assigned = re.findall(r"^(_[A-Z_]+|def \w+|class \w+)", code, re.MULTILINE)
    assert len(assigned) == len(set(assigned)) > 40


def test_context_has_every_parameter_of_the_preparation():
    kit = Kit(EXPORTS)
    assert kit.parameters.items() <= kit.context.items()
    assert kit.context["max_padded"] == 180


def test_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years")
    with pytest.raises(UsageError, match=r"holds files that this target does not write, as thesis\.txt; next: "):
        write_into(tmp_path, partial(TARGETS["c99"].write, Kit(EXPORTS)))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_folder_of_the_same_target_is_written_again(tmp_path):
    first = write_into(tmp_path, partial(TARGETS["web"].write, Kit(EXPORTS)))
    assert write_into(tmp_path, partial(TARGETS["web"].write, Kit(EXPORTS))).files == first.files
