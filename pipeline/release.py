"""Puts verified files into the exports folder: all of them or none."""

import os
import shutil
from pathlib import Path
from typing import Any

from pipeline.errors import StorageError, storage_errors
from pipeline.files import files_below, read_bytes, write_atomically
from pipeline.manifest import MANIFEST, read_manifest, write_manifest


def prepare_exports(exports: Path) -> None:
    """Makes sure, before hours of work, that a release can replace the folder without losing anything.

    Also brings back the old folder if a release was killed between its two renames.

    Raises:
        StorageError: The place cannot be written to, or holds files that no build wrote.
        ArtifactError: Its manifest is damaged.
    """
    old = _beside(exports, "old")
    with storage_errors("write", exports):
        exports.parent.mkdir(parents=True, exist_ok=True)
        if old.exists() and not exports.exists():
            old.rename(exports)
        for leftover in (old, _beside(exports, "new")):
            shutil.rmtree(leftover, ignore_errors=True)
        _beside(exports, "new").mkdir()
        _beside(exports, "new").rmdir()
    if not exports.exists():
        return
    if not exports.is_dir():
        raise StorageError(
            f"cannot write {exports}: a file is in the place of a folder; next: choose another --exports"
        )
    if not os.access(exports, os.W_OK):
        raise StorageError(f"cannot write {exports}: permission denied; next: choose another --exports")
    _refuse_foreign_files(exports)


def release(artifacts: Path, extra_files: tuple[Path, ...], provenance: dict[str, Any], exports: Path) -> None:
    """Copies the artifacts beside the exports folder, describes them in a manifest and swaps the folders.

    Args:
        artifacts: The folder of artifacts.
        extra_files: Files to put beside them.
        provenance: For the manifest.
        exports: The folder to replace; see `prepare_exports`.

    Raises:
        StorageError: Something cannot be written; the old folder is kept.
    """
    new, old = _beside(exports, "new"), _beside(exports, "old")
    shutil.rmtree(new, ignore_errors=True)
    try:
        for path in files_below(artifacts):
            write_atomically(new / path.relative_to(artifacts), read_bytes(path))
        for path in extra_files:
            write_atomically(new / path.name, read_bytes(path))
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
            raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(exports: Path, suffix: str) -> Path:
    return exports.with_name(f".{exports.name}.{suffix}")


def _refuse_foreign_files(exports: Path) -> None:
    found = [path.relative_to(exports).as_posix() for path in files_below(exports)]
    known = set(read_manifest(exports).files) | {MANIFEST} if MANIFEST in found else set()
    foreign = [name for name in found if name not in known]
    if foreign:
        others = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise StorageError(
            f"{exports} holds {foreign[0]}{others}, which no build wrote; "
            "next: move it away, or choose another --exports"
        )
