"""Files that are whole or absent: everything is written beside its place and renamed."""

import gzip
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import storage_errors


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file so that a reader, or a kill at any moment, sees the old file or the new one.

    Raises:
        StorageError: The folder cannot be written to or the disk is full; the old file is kept.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with storage_errors("write", path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises:
        StorageError: The file is missing or cannot be read.
    """
    with storage_errors("read", path):
        return path.read_bytes()


def files_below(path: Path) -> list[Path]:
    """The path itself if it is a file, else every file below it, in the order of their names."""
    with storage_errors("read", path):
        if path.is_file():
            return [path]
        return sorted(found for found in path.rglob("*") if found.is_file())


def sha256(content: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_tree(paths: Iterable[Path]) -> str:
    """One SHA-256 over the names and contents of files and folders; a missing one counts as such."""
    digest = hashlib.sha256()
    for root in paths:
        digest.update(f"{root.name} {root.exists()}\0".encode())
        for path in files_below(root):
            digest.update(f"{root.name}/{path.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(read_bytes(path)).digest())
    return digest.hexdigest()


def gzip_bytes(path: Path) -> int:
    """Bytes on the wire of a file or folder: each file compressed by gzip at level 9."""
    return sum(len(gzip.compress(read_bytes(file), 9, mtime=0)) for file in files_below(path))


def raw_bytes(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    return sum(file.stat().st_size for file in files_below(path))


def to_json(value: Any) -> bytes:
    """JSON for people and programs: a line for each field, lists of numbers on one line.

    Args:
        value: Dataclasses, dictionaries, lists and plain values.
    """
    text = msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
    one_line = re.sub(r"\[\n[\s\d.,eE+-]+\]", lambda numbers: re.sub(r"\s+", " ", numbers[0]), text)
    return f"{one_line}\n".encode()
