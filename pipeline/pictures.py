"""Where the user's pictures are: files, folders and standard input, read within bounded memory."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PipelineError, storage_errors

STANDARD_INPUT = Path("-")
MAX_BYTES = 220_000_000  # 50 megapixels of 4 bytes; what else is in memory then stays below 1 GB
_SUFFIXES = frozenset(
    (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".bmp", ".dib", ".tif", ".tiff")
)


@dataclass(frozen=True)
class PictureFile:
    """A file that is to be answered; `reason` says why one that was asked for cannot be."""

    path: Path
    reason: str = ""


def find_pictures(paths: Iterable[Path]) -> Iterator[PictureFile]:
    """The files that the user means.

    Args:
        paths: Files, which are taken whatever their names are, and folders, of which all files below are taken that are
            named like pictures and not hidden, in the order of their names; links are followed, each folder once.

    Returns:
        One entry or more for each path.
    """
    for path in paths:
        if path != STANDARD_INPUT and _is_folder(path):
            found = False
            for picture in _pictures_below(path, set()):
                found = True
                yield picture
            if not found:
                yield PictureFile(path, f"expected pictures below {path}, found none ({', '.join(sorted(_SUFFIXES))})")
        else:
            yield PictureFile(path)


def read_picture(path: Path) -> bytes:
    """The content of a file, a pipe or standard input.

    Raises:
        PipelineError: Larger than 220 MB.
        StorageError: Missing, or cannot be read.
    """
    if path == STANDARD_INPUT:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with storage_errors("read", path), path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            content = b"" if size > MAX_BYTES else stream.read(MAX_BYTES + 1)
            if size > MAX_BYTES:
                raise PipelineError(f"cannot read {path}: expected at most {MAX_BYTES:,} bytes, found {size:,}")
    if len(content) > MAX_BYTES:
        raise PipelineError(f"cannot read {path}: expected at most {MAX_BYTES:,} bytes, found more")
    return content


def printable(path: Path) -> str:
    """A path in characters that every line, terminal and JSON file can hold; bytes that are no UTF-8 are escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def _pictures_below(folder: Path, seen: set[tuple[int, int]]) -> Iterator[PictureFile]:
    """Files of a folder and its sub-folders by name; `seen` holds the folders on the way, which links may lead to."""
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield PictureFile(folder, f"cannot read {folder}: {error.strerror}")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        if _is_folder(entry):
            yield from _pictures_below(path, seen)
        elif path.suffix.lower() in _SUFFIXES:
            yield PictureFile(path, _why_not_regular(path))


def _is_folder(entry: "os.DirEntry[str] | Path") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or a name that is too long
        return False


def _why_not_regular(path: Path) -> str:
    """Empty for a file; a pipe or a device in a folder would be waited for without end."""
    try:
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return f"cannot read {path}: {error.strerror}"
    return "" if is_regular else f"cannot read {path}: expected a file, found a device or a pipe"
