"""Looks at everything that a build needs and says how to mend what is amiss."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.browser import BROWSER_VARIABLE, browser_version, chosen_browser, find_browser
from pipeline.config import DEFAULT_DATASET
from pipeline.data.datasets import DATASETS
from pipeline.data.sources import cache_folder, load
from pipeline.environment import package_versions
from pipeline.errors import PipelineError
from pipeline.hints import build_command
from pipeline.manifest import verify
from pipeline.node import NODE_MODULES, are_packages_installed, node_version

_MIN_FREE_BYTES = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `fix` is the next command where it is not in order."""

    name: str
    is_ok: bool
    detail: str
    fix: str = ""


def examine(build_dir: Path, exports: Path) -> Iterator[Finding]:
    """Looks at Python, packages, Node.js, the browser, data, disk and exports, one after the other."""
    yield _python()
    # Each of these comes with the one before, so what lacks it is not looked at: one cause is told once.
    for look in (_packages, _node, _javascript_packages):
        finding = look()
        yield finding
        if not finding.is_ok:
            break
    if finding.is_ok or chosen_browser() is not None:
        yield _try("browser", _browser, f"make setup, or: export {BROWSER_VARIABLE}=PATH")
    yield _try("data", lambda: _data(build_dir), "pipeline data fetch")
    yield _disk(build_dir)
    yield _try("exports", lambda: _exports(exports), build_command(exports))


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    is_ok = (3, 10) <= sys.version_info[:2] <= (3, 12)
    return Finding("Python", is_ok, f"version {version}", "install Python 3.10 to 3.12, remove .venv, then make setup")


def _packages() -> Finding:
    versions = package_versions()
    missing = [name for name, version in versions.items() if version == "missing"]
    detail = f"missing: {', '.join(missing)}" if missing else ", ".join(f"{n} {v}" for n, v in versions.items())
    return Finding("Python packages", not missing, detail, "make setup")


def _node() -> Finding:
    return _try("Node.js", lambda: f"version {node_version()}", "make setup")


def _javascript_packages() -> Finding:
    is_ok = are_packages_installed()
    detail = "as locked" if is_ok else f"{NODE_MODULES} is not what package-lock.json names, or not there"
    return Finding("JavaScript packages", is_ok, detail, "make setup")


def _browser() -> str:
    browser = find_browser()
    return f"{browser_version(browser)} in {browser.executable}"


def _disk(build_dir: Path) -> Finding:
    folder = next(path for path in (build_dir.absolute(), *build_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{free / 2**30:.1f} GiB free, {_MIN_FREE_BYTES / 2**30:.0f} GiB wanted"
    return Finding("disk", free >= _MIN_FREE_BYTES, detail, "free some space, or choose another --build-dir")


def _data(build_dir: Path) -> str:
    folder = cache_folder(DATASETS[DEFAULT_DATASET], build_dir)
    if not folder.exists():
        return "not here yet; the first command that needs it fetches it, as pipeline data fetch does"
    load(DATASETS[DEFAULT_DATASET], folder)
    return f"verified in {folder}"


def _exports(exports: Path) -> str:
    verify(exports)
    return f"{exports} is as it was built"


def _try(name: str, look: Callable[[], str], fix: str) -> Finding:
    try:
        return Finding(name, True, look())
    except PipelineError as error:
        return Finding(name, False, str(error), fix)
