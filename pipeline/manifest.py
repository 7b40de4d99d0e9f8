"""What is in a folder of artifacts, byte for byte, and where it comes from: manifest.json."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import ArtifactError
from pipeline.files import files_below, read_bytes, sha256, to_json, write_atomically
from pipeline.hints import build_command

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1
_NO_SHA256 = "0" * 64


@dataclass(frozen=True)
class FileEntry:
    """One file: its size and its SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """All files of a folder except the manifest itself.

    Attributes:
        provenance: How the artifacts came to be: data, split ids, recipe, seed, versions, machine, date.
        files: By path below the folder, with forward slashes.
        sha256: Of manifest.json itself, with zeros in place of these 64 digits.
    """

    schema_version: int
    provenance: dict[str, Any]
    files: dict[str, FileEntry]
    sha256: str = ""


def write_manifest(folder: Path, provenance: dict[str, Any]) -> None:
    """Describes every file below the folder.

    Raises:
        StorageError: A file cannot be read, or the manifest cannot be written.
    """
    files = {
        path.relative_to(folder).as_posix(): _entry(path)
        for path in files_below(folder)
        if path.relative_to(folder) != Path(MANIFEST)
    }
    content = to_json(Manifest(SCHEMA_VERSION, provenance, files, _NO_SHA256))
    write_atomically(folder / MANIFEST, content.replace(_NO_SHA256.encode(), sha256(content).encode()))


def read_manifest(folder: Path) -> Manifest:
    """Reads a folder's manifest.

    Raises:
        ArtifactError: Missing, damaged or of another schema version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(f"expected {path}, found none; next: {build_command(folder)}")
    try:
        manifest = msgspec.json.decode(read_bytes(path), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(f"{path} is no manifest: {error}; next: {build_command(folder)}") from error
    if manifest.schema_version != SCHEMA_VERSION:
        raise ArtifactError(f"{path}: expected schema version {SCHEMA_VERSION}, found {manifest.schema_version}")
    return manifest


def verify(folder: Path, path: str = "") -> None:
    """Compares the files below a folder with its manifest.

    Args:
        folder: Holds the manifest.
        path: Only this file, or the files below this folder; all if empty.

    Raises:
        ArtifactError: A file was changed, is missing or is not in the manifest; the message names the first.
    """
    troubles = find_changes(folder, path)
    if troubles:
        others = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
        raise ArtifactError(f"{folder}: {troubles[0]}{others}; next: restore it, or run: {build_command(folder)}")


def find_changes(folder: Path, path: str = "") -> list[str]:
    """What is not as the manifest says, in alphabetical order; arguments as of `verify`.

    Raises:
        ArtifactError: The manifest is missing or no manifest.
    """
    manifest = read_manifest(folder)
    expected = {
        name: entry for name, entry in manifest.files.items() if not path or name == path or name.startswith(f"{path}/")
    }
    found = {file.relative_to(folder).as_posix() for file in files_below(folder / path)} - {MANIFEST}
    troubles = [f"{name} is missing" for name in expected.keys() - found]
    troubles += [f"{name} is not in the manifest" for name in found - expected.keys()]
    troubles += [
        f"{name} was changed after it was built"
        for name in expected.keys() & found
        if _entry(folder / name) != expected[name]
    ]
    if not _is_untouched(read_bytes(folder / MANIFEST), manifest.sha256):
        troubles.append(f"{MANIFEST} was changed after it was built")
    return sorted(troubles)


def _is_untouched(content: bytes, own_sha256: str) -> bool:
    digits = own_sha256.encode()
    return len(digits) == len(_NO_SHA256) and sha256(content.replace(digits, _NO_SHA256.encode())) == own_sha256


def _entry(path: Path) -> FileEntry:
    content = read_bytes(path)
    return FileEntry(len(content), sha256(content))
