import hashlib

import pytest

from pipeline.errors import ArtifactError
from pipeline.manifest import MANIFEST, FileEntry, read_manifest, verify, write_manifest


@pytest.fixture
def folder(tmp_path):
    """A folder of four files and their manifest."""
    for name in ("a.bin", "sub/b.bin", "sub/c.bin", "subtle"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    write_manifest(tmp_path, {"seed": 7})
    return tmp_path


def test_manifest_holds_every_file_but_itself(folder):
    manifest = read_manifest(folder)
    assert sorted(manifest.files) == ["a.bin", "sub/b.bin", "sub/c.bin", "subtle"]
    assert manifest.files["a.bin"] == FileEntry(5, hashlib.sha256(b"a.bin").hexdigest())
    assert manifest.provenance == {"seed": 7}


def test_write_manifest_again_leaves_the_old_one_out(folder):
    write_manifest(folder, {})
    assert MANIFEST not in read_manifest(folder).files


def test_verify_of_an_untouched_folder_passes(folder):
    verify(folder)


def test_verify_names_a_changed_file(folder):
    (folder / "sub/b.bin").write_bytes(b"sub/B.bin")
    with pytest.raises(ArtifactError, match=r"sub/b\.bin was changed after it was built; next: "):
        verify(folder)


def test_verify_names_a_missing_file(folder):
    (folder / "a.bin").unlink()
    with pytest.raises(ArtifactError, match=r"a\.bin is missing; next: "):
        verify(folder)


def test_verify_names_an_extra_file(folder):
    (folder / "sub/d.bin").touch()
    with pytest.raises(ArtifactError, match=r"sub/d\.bin is not in the manifest; next: "):
        verify(folder)


def test_verify_of_two_troubles_names_one_and_counts_the_other(folder):
    (folder / "a.bin").unlink()
    (folder / "sub/c.bin").unlink()
    with pytest.raises(ArtifactError, match=r"a\.bin is missing \(and 1 more\)"):
        verify(folder)


@pytest.mark.parametrize("path", ["a.bin", "sub", "sub/c.bin"])
def test_verify_of_a_path_ignores_the_other_files(folder, path):
    (folder / "subtle").rename(folder / "extra")
    verify(folder, path)


@pytest.mark.parametrize("path", ["sub", "sub/b.bin"])
def test_verify_of_a_path_finds_what_is_wrong_there(folder, path):
    (folder / "sub/b.bin").unlink()
    with pytest.raises(ArtifactError, match=r"sub/b\.bin is missing"):
        verify(folder, path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"schema_version": 1, "provenance": {"cpu": "\xff"}}',
        b"[]",
        b"{}",
        b'{"schema_version": 1, "provenance": {}, "files": {"a": 1}}',
        b'{"unknown": ' + b"[" * 100_000,
    ],
    ids=["empty", "not UTF-8", "list", "no fields", "wrong type", "deeply nested"],
)
def test_read_manifest_of_a_damaged_one_is_an_artifact_error(folder, content):
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(ArtifactError, match="is no manifest"):
        read_manifest(folder)


def test_read_manifest_of_another_version_says_expected_and_found(folder):
    (folder / MANIFEST).write_bytes(b'{"schema_version": 2, "provenance": {}, "files": {}}')
    with pytest.raises(ArtifactError, match="expected schema version 1, found 2"):
        read_manifest(folder)


def test_read_manifest_of_a_folder_without_one_names_the_next_command(tmp_path):
    with pytest.raises(ArtifactError, match=r"manifest\.json, found none; next: pipeline build-all"):
        read_manifest(tmp_path)


def test_verify_finds_every_changed_byte_of_the_manifest(folder):
    path = folder / MANIFEST
    content = path.read_bytes()
    for index in range(len(content)):
        path.write_bytes(content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :])
        with pytest.raises(ArtifactError):
            verify(folder)
    path.write_bytes(content)
    verify(folder)
