"""Stages and their stamps: what is up to date is skipped, what was cut off is done again.

A stamp holds the hash of everything that a stage depends on (files, configuration, the code of the modules that it
imports, versions of packages) and the hash of what it wrote.
"""

import ast
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import PROJECT_ROOT
from pipeline.environment import ENGINE_PACKAGES, package_versions
from pipeline.errors import PipelineError, storage_errors
from pipeline.files import sha256, sha256_of_tree, write_atomically

# Configured values are part of a stage's `config`, and so is what a build context hands on. The others say or show
# something, or start an engine whose version is hashed, and change no artifact.
_NOT_HASHED = {
    "pipeline.build_config",
    "pipeline.build_stages.context",
    "pipeline.config",
    "pipeline.errors",
    "pipeline.native_output",
    "pipeline.node",
    "pipeline.progress",
    "pipeline.stages",
}


@dataclass(frozen=True)
class Stage:
    """One step of a build: reads files, writes files.

    Attributes:
        modules: Modules whose code, with all that it imports of this package, decides what comes out.
        inputs: Files and folders that it reads.
        outputs: Files and folders that it writes.
        config: Whatever else decides what comes out; must be JSON-serialisable.
        run: Does the work; receives the stage's key, returns a few words on what came out.
        packages: Installed packages whose versions decide what comes out.
    """

    name: str
    modules: tuple[str, ...]
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    config: dict[str, Any]
    run: Callable[[str], str]
    packages: tuple[str, ...] = ENGINE_PACKAGES

    @property
    def key(self) -> str:
        """Hash of everything that decides what the stage writes."""
        parts = {
            "config": self.config,
            "inputs": sha256_of_tree(self.inputs),
            "code": {
                path.relative_to(PROJECT_ROOT).as_posix(): _code(path.read_bytes())
                for path in source_files(self.modules)
            },
            "versions": package_versions(self.packages),
        }
        return sha256(msgspec.json.encode(parts, order="sorted"))


@dataclass(frozen=True)
class Stamp:
    """What a finished stage leaves."""

    key: str
    outputs: str


def is_current(stage: Stage, stamps: Path) -> bool:
    """Whether the stage ran with the same inputs and its outputs are still what it wrote."""
    try:
        stamp = msgspec.json.decode((stamps / f"{stage.name}.json").read_bytes(), type=Stamp)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return stamp == Stamp(stage.key, sha256_of_tree(stage.outputs))


def run_stage(stage: Stage, stamps: Path) -> str:
    """Runs a stage and stamps it; a stage that fails or is killed leaves no stamp.

    Returns:
        What the stage says of its outcome.
    """
    forget(stage, stamps)
    key = stage.key
    summary = stage.run(key)
    write_atomically(stamps / f"{stage.name}.json", msgspec.json.encode(Stamp(key, sha256_of_tree(stage.outputs))))
    return summary


def forget(stage: Stage, stamps: Path) -> None:
    """Takes a stage's stamp away, so that the next build runs it again."""
    path = stamps / f"{stage.name}.json"
    with storage_errors("write", path):
        path.unlink(missing_ok=True)


def source_files(modules: tuple[str, ...]) -> list[Path]:
    """The source of modules of this package and of all that they import from it, sorted."""
    found: dict[str, Path] = {}
    todo = list(modules)
    while todo:
        module = todo.pop()
        path = _module_path(module)
        if module in found or module in _NOT_HASHED or path is None:
            continue
        found[module] = path
        todo += _imports(path)
    return sorted(found.values())


@cache
def _code(source: bytes) -> str:
    """What a module does: its source without comments and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _module_path(module: str) -> Path | None:
    base = PROJECT_ROOT / module.replace(".", "/")
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipeline"):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@contextmanager
def lock(path: Path, guarded: Path) -> Iterator[None]:
    """Lets one process at a time into a folder; the system frees the lock of a killed one.

    Args:
        path: The lock file; it stays.
        guarded: What to call the folder in an error message.

    Raises:
        PipelineError: Another process holds the lock; the message says which and since when.
    """
    import fcntl

    with storage_errors("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        with storage_errors("lock", path):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 100, 0).decode(errors="replace").strip() or "another process"
                raise PipelineError(f"{guarded} is in use by {holder}; wait for it, or end it") from None
        # The lock holds without its text, for which a full disk may have no room.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()} since {datetime.now():%H:%M:%S}".encode(), 0)
        yield
    finally:
        os.close(descriptor)
