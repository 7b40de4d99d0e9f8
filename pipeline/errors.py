"""What a user can act on.

PipelineError             expected, found and the next command; `cli.py` prints it as one line, exit 1
├── UsageError            a name or a choice that does not exist; exit 2
├── DataError             a data set is missing, damaged or of another kind
├── ArtifactError         an exported file is missing, damaged or breaks the contract
├── EngineError           an engine is missing, crashed or did not answer in time
│   ├── EngineMissing     the engine cannot be had on this machine
│   └── EngineRefusal     the engine is well and refuses what it was given
└── StorageError          a file or folder cannot be read or written

A wrong call from code is a ValueError or TypeError, never one of these.
"""

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

Entry = TypeVar("Entry")


class PipelineError(Exception):
    """A failure whose message tells the user what was expected, what was found and what to do next."""


class UsageError(PipelineError):
    """A name or a choice that does not exist."""


class DataError(PipelineError):
    """A data set is missing, damaged or of another kind."""


class ArtifactError(PipelineError):
    """An exported file is missing, damaged or breaks the contract."""


class EngineError(PipelineError):
    """An engine crashed, refused its input or did not answer in time."""


class EngineMissing(EngineError):
    """An engine cannot be had on this machine."""


class EngineRefusal(EngineError):
    """An engine is well and refuses what it was given."""


class StorageError(PipelineError):
    """A file or folder cannot be read or written."""


_REMEDIES = {
    errno.ENOSPC: "the disk is full: free some space and run the same command again",
    errno.EDQUOT: "the disk quota is used up: free some space and run the same command again",
    errno.EACCES: "permission denied: choose a folder that you may write to",
    errno.EPERM: "not permitted: choose a folder that you may write to",
    errno.EROFS: "the file system is read-only: choose another folder",
    errno.ENOENT: "no such file or folder",
    errno.EEXIST: "a file is in the place of a folder",
    errno.EISDIR: "a folder is in the place of a file",
    errno.ENOTDIR: "a file is in the place of a folder",
}


@contextmanager
def storage_errors(doing: str, path: Path) -> Iterator[None]:
    """Turns an OSError of the body into a StorageError that names the path and the remedy.

    Args:
        doing: What is being done, as in "write" or "read".
        path: The file or folder that the user knows; the error's own file name wins if it has one.

    Raises:
        StorageError: In place of any OSError.
    """
    try:
        yield
    except OSError as error:
        reason = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
        raise StorageError(f"cannot {doing} {error.filename or path}: {reason}") from error


def look_up(kind: str, name: str, registry: Mapping[str, Entry]) -> Entry:
    """The entry of that name.

    Args:
        kind: What the registry holds, as in "format".
        name: What the user typed.
        registry: All entries by name.

    Raises:
        UsageError: No such entry; the message names the nearest.
    """
    if name not in registry:
        raise unknown_name(kind, name, registry)
    return registry[name]


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """The error for a name that no registry holds, with the nearest one that it does hold."""
    names = sorted(known)
    by_last_part = [candidate for candidate in names if candidate.rpartition("/")[2] == name]
    nearest = by_last_part or get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"did you mean {nearest[0]}?" if nearest else f"choose from {', '.join(names)}"
    return UsageError(f"unknown {kind} {name!r}: {hint}")
