import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline import pictures
from pipeline.errors import PipelineError, StorageError
from pipeline.pictures import find_pictures, printable, read_picture


def names(folder, *paths):
    return [str(file.path.relative_to(folder)) for file in find_pictures(paths or [folder])]


def touch(folder, *files):
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_pictures_of_a_folder_are_all_below_it_by_name(tmp_path):
    touch(tmp_path, "b.png", "a/2.JPG", "a/1.tiff", "notes.txt", ".hidden.png", ".git/x.png", "manifest.csv")
    assert names(tmp_path) == ["a/1.tiff", "a/2.JPG", "b.png"]


def test_a_file_that_is_named_is_taken_whatever_its_name(tmp_path):
    touch(tmp_path, "scan")
    assert names(tmp_path, tmp_path / "scan", tmp_path / "missing") == ["scan", "missing"]


def test_a_folder_without_pictures_is_an_entry_that_says_so(tmp_path):
    touch(tmp_path, "notes.txt")
    (file,) = find_pictures([tmp_path])
    assert file.path == tmp_path
    assert file.reason.startswith("expected pictures in this folder, found none (.apng")


def test_links_are_followed_and_loops_of_folders_are_harmless(tmp_path):
    touch(tmp_path, "a/1.png")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "z.png").symlink_to(tmp_path / "a" / "1.png")
    assert names(tmp_path) == ["a/1.png", "z.png"]


def test_a_link_to_itself_and_a_pipe_are_entries_with_a_reason(tmp_path):
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    loop, pipe = find_pictures([tmp_path])
    assert loop.reason == "cannot be read: Too many levels of symbolic links"
    assert pipe.reason == "cannot be read: expected a file, found a device or a pipe"


def test_a_name_that_is_too_long_is_a_missing_file(tmp_path):
    (file,) = find_pictures([tmp_path / ("x" * 300)])
    with pytest.raises(StorageError, match="cannot be read: File name too long"):
        read_picture(file.path)


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"picture")))
    (file,) = find_pictures([Path("-")])
    assert read_picture(file.path) == b"picture"


def test_a_file_without_end_is_not_read_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 1_000)
    with pytest.raises(PipelineError, match="expected at most 1,000 bytes, found more"):
        read_picture(Path("/dev/zero"))
    (tmp_path / "large.png").write_bytes(bytes(1_001))
    with pytest.raises(PipelineError, match="expected at most 1,000 bytes, found 1,001"):
        read_picture(tmp_path / "large.png")


def test_a_name_is_printed_on_one_line_whatever_is_in_it():
    assert printable(Path("sieben/7.png")) == "sieben/7.png"
    assert printable(Path(os.fsdecode(b"7\n\x1b[31m\xff\xc3\xbc.png"))) == "7\\n\\x1b[31m\\xffü.png"
