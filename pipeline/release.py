"""Puts verified files into the exports folder: all of them or none."""

import os
import shutil
from pathlib import Path
from typing import Any

from pipeline.errors import ArtifactError, StorageError, storage_errors
from pipeline.files import files_below, read_bytes, write_atomically
from pipeline.manifest import MANIFEST, read_manifest, write_manifest


def beside(exports: Path, suffix: str) -> Path:
    """A path of ours next to the exports folder, on the same file system.

    Raises:
        StorageError: The folder has no name, as "/" and "." have none.
    """
    if not exports.name:
        raise StorageError(f"cannot replace the folder {exports}; next: choose another --exports")
    return exports.with_name(f".{exports.name}.{suffix}")


def prepare_exports(exports: Path) -> None:
    """Makes sure, before hours of work, that a release can replace the folder without losing anything.

    Also brings back the old folder if a release was killed between its two renames.

    Raises:
        StorageError: The place cannot be written to, holds files that no build wrote, or a damaged manifest.
    """
    old = beside(exports, "old")
    with storage_errors("write", exports):
        exports.parent.mkdir(parents=True, exist_ok=True)
        if old.exists() and not exports.exists():
            old.rename(exports)
        for leftover in (old, beside(exports, "new")):
            shutil.rmtree(leftover, ignore_errors=True)
        beside(exports, "new").mkdir()
        beside(exports, "new").rmdir()
    if not exports.exists():
        return
    if exports.is_symlink():
        raise StorageError(f"cannot replace {exports}: it is a link; next: give the folder that it leads to")
    if not exports.is_dir():
        raise StorageError(
            f"cannot write {exports}: a file is in the place of a folder; next: choose another --exports"
        )
    if not os.access(exports, os.W_OK):
        raise StorageError(f"cannot write {exports}: permission denied; next: choose another --exports")
    _refuse_foreign_files(exports)


def release(artifacts: Path, extras: tuple[Path, ...], provenance: dict[str, Any], exports: Path) -> None:
    """Copies the artifacts beside the exports folder, describes them in a manifest and swaps the folders.

    Args:
        artifacts: The folder of artifacts.
        extras: Files and folders to put beside them.
        provenance: For the manifest.
        exports: The folder to replace; see `prepare_exports`.

    Raises:
        StorageError: Something cannot be written; the old folder is kept.
    """
    new, old = beside(exports, "new"), beside(exports, "old")
    shutil.rmtree(new, ignore_errors=True)
    try:
        for path in files_below(artifacts):
            write_atomically(new / path.relative_to(artifacts), read_bytes(path))
        for extra in extras:
            for path in files_below(extra) or [extra]:  # reading one that is not there says so
                write_atomically(new / path.relative_to(extra.parent), read_bytes(path))
        write_manifest(new, provenance)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    with storage_errors("write", exports):
        if exports.exists():
            exports.rename(old)
        try:
            new.rename(exports)
        except OSError:
            if old.exists():
                old.rename(exports)
            shutil.rmtree(new, ignore_errors=True)
            raise
    shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign_files(exports: Path) -> None:
    found = [path.relative_to(exports).as_posix() for path in files_below(exports)]
    try:
        known = set(read_manifest(exports).files) | {MANIFEST} if MANIFEST in found else set()
    except ArtifactError as error:
        raise StorageError(
            f"{exports / MANIFEST} is damaged, so no one can tell which files are yours; "
            "next: move the folder away, or choose another --exports"
        ) from error
    foreign = [name for name in found if name not in known]
    if foreign:
        others = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise StorageError(
            f"{exports} holds {foreign[0]}{others}, which no build wrote; "
            "next: move it away, or choose another --exports"
        )
