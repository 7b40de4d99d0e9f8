import pytest

from pipeline.commands import choice
from pipeline.commands.choice import require_filled
from pipeline.config import PROFILES
from pipeline.errors import ArtifactError

QUICK = PROFILES["quick"].exports


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(choice, "PROJECT_ROOT", tmp_path / "project")


def fill(folder):
    folder.mkdir(parents=True)
    (folder / "manifest.json").touch()


def hint(folder, *name):
    with pytest.raises(ArtifactError) as caught:
        require_filled(folder, *name)
    return str(caught.value)


def test_folder_of_a_quick_build_that_was_stopped_names_the_profile():
    expected = f"expected verified artifacts in {QUICK}, found no such folder; next: pipeline build-all --profile quick"
    assert hint(QUICK) == expected


def test_mistyped_folder_names_those_that_are_filled():
    fill(PROFILES["default"].exports)
    fill(QUICK)
    assert hint(QUICK.with_name("quik")).endswith(f"; next: the same command with --exports {QUICK} or exports")


def test_mistyped_folder_where_nothing_was_built_names_the_build():
    assert hint(QUICK.with_name("quik")).endswith("found no such folder; next: pipeline build-all")


def test_caller_in_another_folder_is_shown_the_files_of_the_project(tmp_path):
    released = tmp_path / "project" / "exports"
    fill(released)
    for folder in (PROFILES["default"].exports, QUICK.with_name("quik")):
        assert hint(folder).endswith(f"found no such folder; next: the same command with --exports {released}")
    assert hint(QUICK).endswith("next: pipeline build-all --profile quick")


def test_folder_without_the_wanted_file_says_which(tmp_path):
    fill(tmp_path / "mine")
    require_filled(tmp_path / "mine")
    assert "found no results.json in it" in hint(tmp_path / "mine", "results.json")
