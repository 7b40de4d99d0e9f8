"""The images by which a device is checked: test images with their labels and what the reference answers.

Most of them are drawn evenly from the labels, in the order of the test file; the others are those that the reference is
least sure of, as the first ones alone could hardly show a difference. They choose nothing: the model is what it is.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.files import read_bytes, sha256, write_atomically
from pipeline.formats.keras_file import KERAS
from pipeline.site.cache import keep

NUM_EVEN = 400
NUM_HARD = 100


@dataclass(frozen=True)
class _Description:
    """golden.json; golden.bin holds the images, then the probabilities as float32, little-endian."""

    shape: tuple[int, ...]
    ids: list[int]
    labels: list[int]
    num_hard: int
    num_labels: int


def golden_files(exports: Path, contract: ModelContract, test: Subset, cache: Path) -> dict[str, Path]:
    """golden.bin and golden.json by their path in the site; runs the reference where nothing was kept of it.

    Args:
        exports: Folder of artifacts; holds the reference.
        contract: What the artifacts promise.
        test: The test images.
        cache: Folder for what is kept.

    Raises:
        ArtifactError: The reference is missing or damaged.
    """
    parts = (read_bytes(exports / KERAS.path), test.images.tobytes(), f"{NUM_EVEN} {NUM_HARD}".encode())
    key = sha256("".join(map(sha256, parts)).encode())

    def make(folder: Path) -> None:
        from pipeline.runtimes.keras_model import KERAS_MODEL

        probabilities = KERAS_MODEL.load(exports / KERAS.path, contract).predict(test.images)
        _write(test, probabilities, choose(test.labels, probabilities), folder)

    folder = keep(cache / f"golden-{key[:16]}", make)
    return {name: folder / name for name in ("golden.bin", "golden.json")}


def choose(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    num_even: int = NUM_EVEN,
    num_hard: int = NUM_HARD,
) -> NDArray[np.int64]:
    """Row numbers: first the even ones, then the hard ones, without those that are among the first.

    Args:
        labels: int64 (N,).
        probabilities: float32 (N, labels), of the reference.
        num_even: So many are drawn evenly from the labels.
        num_hard: So many have the lowest margin of the rest.
    """
    names = np.unique(labels)
    even = np.sort(np.concatenate([np.flatnonzero(labels == name)[: num_even // len(names)] for name in names]))
    highest = np.sort(probabilities, axis=1)
    by_margin = np.argsort(highest[:, -1] - highest[:, -2], kind="stable")
    hard = by_margin[~np.isin(by_margin, even)][:num_hard]
    return np.concatenate([even, np.sort(hard)])


def _write(test: Subset, probabilities: NDArray[np.float32], rows: NDArray[np.int64], folder: Path) -> None:
    images = test.images[rows]
    answers = probabilities[rows].astype("<f4")
    description = _Description(
        shape=images.shape,
        ids=test.ids[rows].tolist(),
        labels=test.labels[rows].tolist(),
        num_hard=NUM_HARD,
        num_labels=answers.shape[1],
    )
    write_atomically(folder / "golden.bin", images.tobytes() + answers.tobytes())
    write_atomically(folder / "golden.json", msgspec.json.encode(description))
