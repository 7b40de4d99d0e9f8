"""Folders that are made once and kept."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import storage_errors


def keep(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder; made beside its place and renamed where it is missing.

    Args:
        folder: Its name says what is in it, so that what is there is never out of date.
        make: Makes a folder with that content at the path that it is given.

    Raises:
        StorageError: It cannot be written to.
    """
    if not folder.is_dir():
        with storage_errors("write", folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as parent:
                new = Path(parent) / "new"
                make(new)
                try:
                    new.rename(folder)
                except OSError:
                    if not folder.is_dir():  # another process was faster
                        raise
    return folder
