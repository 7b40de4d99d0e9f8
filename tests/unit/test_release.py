import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.files import write_atomically
from pipeline.manifest import MANIFEST, read_manifest, verify
from pipeline.release import prepare_exports, release


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _snapshot(folder):
    """Every file below a folder: its path and its content."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def artifacts(tmp_path):
    """A folder of two new artifacts, of which the second is below a folder."""
    folder = tmp_path / "artifacts"
    write_atomically(folder / "model", b"new model")
    write_atomically(folder / "tflite/int8", b"new int8")
    return folder


@pytest.fixture
def exports(tmp_path):
    """A folder that an earlier build released, alone in its parent folder."""
    folder = tmp_path / "place" / "exports"
    write_atomically(tmp_path / "earlier" / "model", b"old model")
    write_atomically(tmp_path / "earlier" / "old-format", b"old format")
    prepare_exports(folder)
    release(tmp_path / "earlier", (), {"seed": 1}, folder)
    return folder


def test_release_makes_a_folder_that_its_manifest_describes(artifacts, tmp_path):
    exports = tmp_path / "place" / "exports"
    prepare_exports(exports)
    release(artifacts, (), {"seed": 2}, exports)
    verify(exports)
    assert read_manifest(exports).provenance == {"seed": 2}


def test_release_replaces_the_whole_folder(artifacts, exports):
    prepare_exports(exports)
    release(artifacts, (), {}, exports)
    assert sorted(_snapshot(exports)) == [MANIFEST, "model", "tflite/int8"]
    assert (exports / "model").read_bytes() == b"new model"
    assert _names(exports.parent) == ["exports"]


def test_release_puts_extra_files_beside_the_artifacts(artifacts, exports, tmp_path):
    write_atomically(tmp_path / "run/results.json", b"{}")
    release(artifacts, (tmp_path / "run/results.json",), {}, exports)
    assert (exports / "results.json").read_bytes() == b"{}"
    verify(exports)


def test_release_without_an_extra_file_keeps_the_old_folder(artifacts, exports, tmp_path):
    before = _snapshot(exports)
    with pytest.raises(StorageError, match=r"cannot read .*missing"):
        release(artifacts, (tmp_path / "missing",), {}, exports)
    assert _snapshot(exports) == before
    assert _names(exports.parent) == ["exports"]


def test_release_on_a_full_disk_keeps_the_old_folder(artifacts, exports, monkeypatch):
    before = _snapshot(exports)

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="the disk is full"):
        release(artifacts, (), {}, exports)
    assert _snapshot(exports) == before
    assert _names(exports.parent) == ["exports"]


def test_release_whose_second_rename_fails_puts_the_old_folder_back(artifacts, exports, monkeypatch):
    before = _snapshot(exports)
    rename = Path.rename
    refusals = [OSError(errno.EIO, "Input/output error")]

    def rename_later(path, target):
        if target == exports and refusals:
            raise refusals.pop()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_later)
    with pytest.raises(StorageError, match="Input/output error"):
        release(artifacts, (), {}, exports)
    assert _snapshot(exports) == before


def test_prepare_exports_of_a_new_place_leaves_nothing_but_the_parent(tmp_path):
    prepare_exports(tmp_path / "place" / "exports")
    assert _names(tmp_path / "place") == []


def test_prepare_exports_keeps_what_a_build_wrote(exports):
    before = _snapshot(exports)
    prepare_exports(exports)
    assert _snapshot(exports) == before


@pytest.mark.parametrize("name", ["notes.txt", "tflite/notes.txt"])
def test_prepare_exports_refuses_a_foreign_file_and_loses_nothing(exports, name):
    write_atomically(exports / name, b"mine")
    before = _snapshot(exports)
    with pytest.raises(StorageError, match=f"holds {name}, which no build wrote"):
        prepare_exports(exports)
    assert _snapshot(exports) == before


def test_prepare_exports_refuses_a_folder_without_a_manifest(tmp_path):
    for name in ("a", "b", "c"):
        write_atomically(tmp_path / "home" / name, b"mine")
    with pytest.raises(StorageError, match="holds a and 2 more, which no build wrote"):
        prepare_exports(tmp_path / "home")
    assert sorted(_snapshot(tmp_path / "home")) == ["a", "b", "c"]


def test_prepare_exports_takes_an_empty_folder(tmp_path):
    (tmp_path / "exports").mkdir()
    prepare_exports(tmp_path / "exports")
    assert _names(tmp_path) == ["exports"]


def test_prepare_exports_with_a_damaged_manifest_says_so(exports):
    (exports / MANIFEST).write_bytes(b"damaged")
    with pytest.raises(StorageError, match="next: move the folder away, or choose another --exports"):
        prepare_exports(exports)


def test_prepare_exports_refuses_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "exports").write_bytes(b"mine")
    with pytest.raises(StorageError, match="a file is in the place of a folder"):
        prepare_exports(tmp_path / "exports")
    assert (tmp_path / "exports").read_bytes() == b"mine"


def test_prepare_exports_below_a_file_is_a_storage_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot write"):
        prepare_exports(tmp_path / "file" / "exports")


# write_atomically renames too, but never onto the exports folder.
KILLED_BEFORE_THE_SECOND_RENAME = """
import os, signal, sys
from pathlib import Path
from pipeline.release import release

artifacts, exports = map(Path, sys.argv[1:])
rename = Path.rename

def rename_or_die(path, target):
    if Path(target) == exports:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)

Path.rename = Path.replace = rename_or_die
release(artifacts, (), {}, exports)
"""


def test_prepare_exports_after_a_kill_between_the_renames_brings_the_old_folder_back(artifacts, exports):
    before = _snapshot(exports)
    command = [sys.executable, "-c", KILLED_BEFORE_THE_SECOND_RENAME, artifacts, exports]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], check=False).returncode == -signal.SIGKILL
    assert not exports.exists()
    prepare_exports(exports)
    assert _snapshot(exports) == before
    assert _names(exports.parent) == ["exports"]
