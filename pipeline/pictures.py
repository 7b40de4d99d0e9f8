"""Where the user's pictures are: files, folders and standard input, read within bounded memory."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PipelineError, StorageError

STANDARD_INPUT = Path("-")
MAX_BYTES = 220_000_000  # 50 megapixels of 4 bytes; what else is in memory then stays below 1 GB
_SUFFIXES = frozenset(
    (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".bmp", ".dib", ".tif", ".tiff")
)


@dataclass(frozen=True)
class PictureFile:
    """A file that is to be answered; `reason` says why one that was asked for cannot be, without its name."""

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
            for picture in pictures_below(path):
                found = True
                yield picture
            if not found:
                reason = f"expected pictures in this folder, found none ({', '.join(sorted(_SUFFIXES))})"
                yield PictureFile(path, reason)
        else:
            yield PictureFile(path)


def pictures_below(folder: Path) -> Iterator[PictureFile]:
    """The files of a folder, as `find_pictures` takes them; one that cannot be read is an entry with its reason."""
    return _pictures_below(folder, set())


def read_picture(path: Path) -> bytes:
    """The content of a file, a pipe or standard input.

    Raises:
        PipelineError: Larger than 220 MB. Like the next one it says why, without the name.
        StorageError: Missing, or cannot be read.
    """
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if path == STANDARD_INPUT else _read_file(path)
    except OSError as error:
        raise StorageError(_why(error)) from error
    if len(content) > MAX_BYTES:
        raise PipelineError(f"cannot be read: expected at most {MAX_BYTES:,} bytes, found more")
    return content


def printable(path: Path | str) -> str:
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
        yield PictureFile(folder, _why(error))
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
        return _why(error)
    return "" if is_regular else "cannot be read: expected a file, found a device or a pipe"


def _read_file(path: Path) -> bytes:
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > MAX_BYTES:
            raise PipelineError(f"cannot be read: expected at most {MAX_BYTES:,} bytes, found {size:,}")
        return stream.read(MAX_BYTES + 1)


def _why(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}"
