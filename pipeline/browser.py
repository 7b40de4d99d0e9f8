"""Which Chromium runs the browser rows: the user's, an installed one, or the copy in an npm package. No download."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline.config import PROJECT_ROOT
from pipeline.errors import EngineMissing, storage_errors
from pipeline.files import read_bytes
from pipeline.node import NODE_MODULES, node_binary, node_module

BROWSER_VARIABLE = "SAME_MODEL_BROWSER"
_COMMANDS = ("chromium", "chromium-browser", "google-chrome")
_PACKAGE = "@sparticuz/chromium"
_UNPACK = PROJECT_ROOT / "pipeline" / "runtimes" / "js" / "unpack_chromium.mjs"
_VERSION_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Browser:
    """A Chromium.

    Attributes:
        libraries: Folder of shared libraries that come with it, for systems that lack them.
    """

    executable: Path
    libraries: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables to add to the environment that it is started in."""
        return {"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries else {}


def use_browser(path: Path | None) -> None:
    """Makes this process and its children run the user's Chromium; None changes nothing."""
    if path is not None:
        os.environ[BROWSER_VARIABLE] = str(path)


def chosen_browser() -> Path | None:
    """The Chromium that the user names or, if none, an installed one; None stands for the copy from npm."""
    named = os.environ.get(BROWSER_VARIABLE)
    if named:
        return Path(named)
    installed = next(filter(None, map(shutil.which, _COMMANDS)), None)
    return Path(installed) if installed else None


def find_browser() -> Browser:
    """The Chromium to run; the copy from npm is unpacked when it is first asked for.

    Raises:
        EngineMissing: The named file is no program, or there is no copy.
    """
    path = chosen_browser()
    if path is None:
        return _npm_copy()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise EngineMissing(
            f"expected a Chromium at {path}, found no program; "
            f"next: name another with --browser, or unset {BROWSER_VARIABLE} to run the copy from npm"
        )
    return Browser(path.absolute())


def browser_version(browser: Browser) -> str:
    """What the program says of itself, as in "Chromium 147.0.7727.0".

    Raises:
        EngineMissing: It cannot be started.
    """
    command = [str(browser.executable), "--version"]
    environment = {**os.environ, **browser.environment}
    try:
        answer = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=_VERSION_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        raise _cannot_start(browser, error.stderr.strip() or f"ended with code {error.returncode}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _cannot_start(browser, str(error)) from error
    return answer.stdout.strip()


def browser_identity() -> str:
    """What results in browsers depend on: its version, or why there is none."""
    try:
        return browser_version(find_browser())
    except EngineMissing as error:
        return str(error)


def _cannot_start(browser: Browser, reason: str) -> EngineMissing:
    return EngineMissing(f"cannot start {browser.executable}: {reason}; next: name another Chromium with --browser")


def _npm_copy() -> Browser:
    package = node_module(_PACKAGE)
    version: str = msgspec.json.decode(read_bytes(package / "package.json"))["version"]
    folder = NODE_MODULES / f".chromium-{version}"
    if not folder.is_dir():
        _unpack(folder)
    return Browser(folder / "chromium", folder / "al2023" / "lib")


def _unpack(folder: Path) -> None:
    with storage_errors("write", folder), tempfile.TemporaryDirectory(dir=folder.parent) as parent:
        # The package unpacks into the folder for temporary files, where a half-done copy would stay for ever.
        beside = Path(parent) / "new"
        beside.mkdir()
        try:
            environment = {**os.environ, "TMPDIR": str(beside)}
            subprocess.run([node_binary(), _UNPACK], env=environment, check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            last_lines = " ".join(error.stderr.decode(errors="replace").strip().splitlines()[-3:])
            raise EngineMissing(f"cannot unpack {_PACKAGE}: {last_lines}; next: make setup") from error
        try:
            beside.rename(folder)
        except OSError:
            if not folder.is_dir():  # another process was faster
                raise
