"""Sets up everything that is missing: .venv, locked packages, this package, JavaScript packages.

Runs with the system's Python before anything is installed, so it uses the standard library alone:

    python3 pipeline/bootstrap.py

Packages are installed exactly as requirements.lock names them, hashes included: by uv, or by pip where uv cannot be
had. When nothing is missing it says nothing and takes a fraction of a second.
"""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
SUPPORTED = ((3, 10), (3, 12))
LOG = ROOT / "build" / "setup.log"
LOG_TAIL_LINES = 15
SIGN_OF_LIFE_EVERY_S = 20.0


class SetupError(Exception):
    """A step failed; the message says which and what to do."""


def main() -> int:
    """Runs the steps that are needed; returns the exit code."""
    command, node_modules = VENV / "bin" / "pipeline", ROOT / "node_modules"
    steps: tuple[tuple[str, tuple[Path, ...], Path, Callable[[], None]], ...] = (
        ("create .venv", (), PYTHON, create_venv),
        ("install Python packages (3 GB, by the lock file)", (LOCK,), PYTHON, install_packages),
        ("install this project", (ROOT / "pyproject.toml",), command, install_project),
        ("install JavaScript packages", (ROOT / "package-lock.json",), node_modules, install_javascript),
    )
    try:
        check_python()
        with one_at_a_time():
            done = [do_step(*step) for step in steps]
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}; mend it, then run the same command again", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from here", file=sys.stderr)
        return 130
    if any(done):
        print(f"setup: done; the command is {os.path.relpath(command)}, as in: {os.path.relpath(command)} --help")
    return 0


def check_python() -> None:
    """Refuses a Python that the packages do not support."""
    low, high = SUPPORTED
    if not low <= sys.version_info[:2] <= high:
        raise SetupError(
            f"expected Python {low[0]}.{low[1]} to {high[0]}.{high[1]}, found {sys.version.split()[0]}; "
            "next: install one, then make PYTHON=python3.12 and the same target"
        )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Refuses a second set-up of the same folder; the system frees the lock of a killed one."""
    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / ".setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError("another process is setting up this folder; wait for it, or end it") from None
        yield


def do_step(name: str, inputs: tuple[Path, ...], product: Path, run: Callable[[], None]) -> bool:
    """Runs a step unless it was done with the same inputs and left its product; returns whether it ran."""
    stamp = VENV / f".{run.__name__}"
    # Scripts in .venv name the folder that they were installed for, so a folder that was moved is set up anew.
    place = f"{sys.version} {ROOT}".encode()
    key = hashlib.sha256(b"".join(path.read_bytes() for path in inputs) + place).hexdigest()
    if product.exists() and stamp.exists() and stamp.read_text() == key:
        return False
    print(f"setup: {name} ... ", end="", flush=True)
    started = time.monotonic()
    run()
    stamp.write_text(key)
    print(f"{time.monotonic() - started:.0f} s", flush=True)
    return True


def create_venv() -> None:
    """Makes .venv with this Python."""
    remedy = "on Debian and Ubuntu: apt install python3-venv"
    call([sys.executable, "-m", "venv", "--clear", str(VENV)], remedy)


def install_packages() -> None:
    """Installs the lock file by uv, or by pip where uv cannot be had."""
    remedy = "check the network and the free space (4 GB), then run the same command again"
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    uv_requirement = VENV / "uv-requirement.txt"
    uv_requirement.write_text(locked_uv())
    try:
        call([*pip, "--no-deps", "-r", str(uv_requirement)], remedy)
    except SetupError:
        call([*pip, "-r", str(LOCK)], remedy)
        return
    # The system's certificates, as pip uses them: many networks have their own.
    uv = [str(VENV / "bin" / "uv"), "--system-certs", "pip", "install", "--python", str(PYTHON), "--require-hashes"]
    try:
        call([*uv, "-r", str(LOCK)], remedy)
    except SetupError:
        call([*pip, "-r", str(LOCK)], remedy)


def locked_uv() -> str:
    """The lines of the lock file that pin uv itself."""
    found = re.search(r"^uv==(?:.*\\\n)*.*$", LOCK.read_text(), re.MULTILINE)
    if found is None:
        raise SetupError(f"expected a line uv==… in {LOCK}, found none; next: make lock")
    return found[0] + "\n"


def install_project() -> None:
    """Makes the command `pipeline` available in .venv."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    call([*command, "-e", str(ROOT)], "see the log")


def install_javascript() -> None:
    """Installs what package-lock.json names, with the Node.js that came with the Python packages."""
    call([str(VENV / "bin" / "pipeline"), "setup"], "check the network, then run the same command again")


def call(command: list[str], remedy: str) -> None:
    """Runs a command with its output in the log; the end of it is shown if the command fails."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        code = wait(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT))
    if code:
        print(flush=True)
        tail = LOG.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        print(*(f"  {line}" for line in tail), sep="\n", file=sys.stderr)
        raise SetupError(f"{Path(command[0]).name} ended with code {code} (log: {os.path.relpath(LOG)}); {remedy}")


def wait(process: "subprocess.Popen[bytes]") -> int:
    """Waits for a process and shows that it still runs, as downloads may take minutes; returns its exit code."""
    started = time.monotonic()
    try:
        while True:
            try:
                return process.wait(SIGN_OF_LIFE_EVERY_S)
            except subprocess.TimeoutExpired:
                print(f"{time.monotonic() - started:.0f} s ... ", end="", flush=True)
    except BaseException:
        process.kill()
        process.wait()
        raise


if __name__ == "__main__":
    sys.exit(main())
