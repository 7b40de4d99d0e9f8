import os
import subprocess

import pytest

from pipeline import browser
from pipeline.browser import BROWSER_VARIABLE, Browser, browser_version, chosen_browser, find_browser, use_browser
from pipeline.errors import EngineMissing


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The only folder on PATH; nothing is named and nothing is unpacked."""
    monkeypatch.delenv(BROWSER_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "NODE_MODULES", tmp_path)
    return tmp_path


def program(path, script="echo Chromium 1.2.3"):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_browser_that_is_named_is_chosen_before_an_installed_one(folder, monkeypatch):
    program(folder / "chromium")
    named = program(folder / "mine")
    monkeypatch.setenv(BROWSER_VARIABLE, str(named))
    assert find_browser() == Browser(named)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_browser_that_is_installed_is_chosen_before_the_copy_from_npm(folder, name):
    installed = program(folder / name)
    assert find_browser() == Browser(installed)


def test_browser_of_the_first_known_name_is_chosen(folder):
    program(folder / "google-chrome")
    first = program(folder / "chromium")
    assert chosen_browser() == first


def test_no_browser_is_named_by_an_empty_variable(folder, monkeypatch):
    monkeypatch.setenv(BROWSER_VARIABLE, "")
    assert chosen_browser() is None


def test_use_browser_names_it_for_this_process_and_its_children(folder, monkeypatch):
    monkeypatch.setenv(BROWSER_VARIABLE, "/before")
    use_browser(None)
    assert os.environ[BROWSER_VARIABLE] == "/before"
    use_browser(folder / "mine")
    assert chosen_browser() == folder / "mine"


@pytest.mark.parametrize("kind", ["nothing", "folder", "text"])
def test_named_browser_that_is_no_program_is_engine_missing(folder, monkeypatch, kind):
    path = folder / "mine"
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("hello")
    monkeypatch.setenv(BROWSER_VARIABLE, str(path))
    with pytest.raises(EngineMissing, match=rf"expected a Chromium at {path}, found no program; next: .*--browser"):
        find_browser()


@pytest.fixture
def package(folder, monkeypatch):
    """An installed npm package without its content; unpacking it makes an empty program."""
    home = folder / "@sparticuz" / "chromium"
    home.mkdir(parents=True)
    (home / "package.json").write_text('{"version": "147.0.2"}')
    monkeypatch.setattr(browser, "node_module", folder.joinpath)
    monkeypatch.setattr(browser, "node_binary", lambda: folder / "node")
    unpack = '[ -z "$(ls -A "$TMPDIR")" ] && echo x > "$TMPDIR/chromium" && echo once >> "${0%/*}/calls"'
    program(folder / "node", f"PATH=/bin:/usr/bin\n{unpack}")
    return folder


def test_copy_from_npm_is_unpacked_once_and_brings_its_libraries(package):
    copy = package / ".chromium-147.0.2"
    for _ in range(2):
        found = find_browser()
        assert found == Browser(copy / "chromium", copy / "al2023" / "lib")
    assert found.environment == {"LD_LIBRARY_PATH": str(copy / "al2023" / "lib")}
    assert (package / "calls").read_text() == "once\n"


def test_copy_from_npm_that_cannot_be_unpacked_leaves_nothing(package):
    program(package / "node", "echo x > $TMPDIR/chromium\necho disk full >&2\nexit 1")
    with pytest.raises(EngineMissing, match=r"cannot unpack @sparticuz/chromium: disk full; next: make setup"):
        find_browser()
    assert sorted(path.name for path in package.iterdir()) == ["@sparticuz", "node"]


def test_version_is_what_the_program_says(folder):
    assert browser_version(Browser(program(folder / "chromium"))) == "Chromium 1.2.3"


def test_version_of_a_program_that_cannot_start_says_why(folder):
    broken = program(folder / "chromium", "echo libnss3.so: cannot open >&2; exit 127")
    with pytest.raises(EngineMissing, match=r"libnss3\.so: cannot open; next: "):
        browser_version(Browser(broken))


def test_version_of_a_program_that_hangs_is_engine_missing(folder, monkeypatch):
    monkeypatch.setattr(browser, "_VERSION_TIMEOUT_S", 0.2)
    hanging = program(folder / "chromium", "exec /bin/sleep 60")
    with pytest.raises(EngineMissing, match="timed out"):
        browser_version(Browser(hanging))


def test_version_is_asked_with_the_libraries_of_the_browser(folder):
    shows = program(folder / "chromium", 'echo "$LD_LIBRARY_PATH"')
    assert browser_version(Browser(shows, folder / "lib")) == str(folder / "lib")
    assert subprocess.run([shows], capture_output=True, text=True, check=True).stdout.strip() != str(folder / "lib")
