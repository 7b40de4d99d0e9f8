import errno
import gzip
import os

import msgspec
import pytest

from pipeline.errors import StorageError
from pipeline.files import files_below, gzip_bytes, raw_bytes, read_bytes, sha256_of_tree, to_json, write_atomically


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_write_atomically_makes_the_folder_and_leaves_one_file(tmp_path):
    path = tmp_path / "new" / "file"
    write_atomically(path, b"content")
    assert path.read_bytes() == b"content"
    assert _names(path.parent) == ["file"]


def test_write_atomically_replaces_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"something longer")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_write_atomically_on_a_full_disk_keeps_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="the disk is full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["file"]


def test_write_atomically_where_a_folder_is_says_so(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(StorageError, match="a folder is in the place of a file"):
        write_atomically(tmp_path / "file", b"content")


def test_read_bytes_of_a_missing_file_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="no such file or folder"):
        read_bytes(tmp_path / "missing")


def test_files_below_is_sorted_and_without_folders(tmp_path):
    for name in ("b/2", "a", "b/1"):
        write_atomically(tmp_path / name, b"")
    assert files_below(tmp_path) == [tmp_path / "a", tmp_path / "b/1", tmp_path / "b/2"]


def test_sha256_of_tree_does_not_depend_on_the_place_or_the_order_of_writing(tmp_path):
    for name in ("one/tree/a", "one/tree/b", "two/tree/b", "two/tree/a"):
        write_atomically(tmp_path / name, name[-1:].encode())
    assert sha256_of_tree([tmp_path / "one/tree"]) == sha256_of_tree([tmp_path / "two/tree"])


@pytest.mark.parametrize(
    "files",
    [
        {"a": b"12", "b": b"4"},
        {"a": b"123", "b": b""},
        {"a": b"12", "c": b"3"},
        {"a": b"12", "sub/b": b"3"},
        {"a": b"12"},
        {"a": b"12", "b": b"3", "c": b""},
    ],
    ids=["content", "byte moved", "name", "folder", "missing", "extra"],
)
def test_sha256_of_tree_depends_on_names_and_contents(tmp_path, files):
    for name, content in {"one/tree/a": b"12", "one/tree/b": b"3"}.items():
        write_atomically(tmp_path / name, content)
    for name, content in files.items():
        write_atomically(tmp_path / "two/tree" / name, content)
    assert sha256_of_tree([tmp_path / "one/tree"]) != sha256_of_tree([tmp_path / "two/tree"])


def test_sha256_of_tree_tells_an_empty_file_from_a_missing_one(tmp_path):
    before = sha256_of_tree([tmp_path / "file"])
    (tmp_path / "file").touch()
    assert sha256_of_tree([tmp_path / "file"]) != before


def test_sizes_of_a_folder_are_sums_over_its_files(tmp_path):
    contents = [b"a" * 1000, b"b" * 2000]
    for index, content in enumerate(contents):
        write_atomically(tmp_path / f"sub/{index}", content)
    assert raw_bytes(tmp_path) == 3000
    assert gzip_bytes(tmp_path) == sum(len(gzip.compress(content, 9, mtime=0)) for content in contents)


def test_to_json_puts_lists_of_numbers_on_one_line():
    assert to_json({"values": [1, -2.5, 3e-7], "names": ["a"]}) == (
        b'{\n "values": [ 1, -2.5, 3e-7 ],\n "names": [\n  "a"\n ]\n}\n'
    )


def test_to_json_is_decoded_to_the_same_value():
    value = {"empty": [], "nested": [[1, 2], [3, 4]], "text": "a – [b]", "none": None}
    assert msgspec.json.decode(to_json(value)) == value
