"""The images by which a device is checked: test images with their labels and what the reference answers.

Most of them are drawn evenly from the labels, in the order of the test file; the others are those that the reference is
least sure of, as the first ones alone could hardly show a difference. They choose nothing: the model is what it is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.files import read_bytes, sha256, write_atomically
from pipeline.formats import FORMATS
from pipeline.formats.keras_file import KERAS, load_keras
from pipeline.inspection.typical import typical_images
from pipeline.results import ParityRow, read_results
from pipeline.site.cache import keep

NUM_EVEN = 400
NUM_HARD = 100


@dataclass(frozen=True, order=True)
class KnownFlip:
    """A test image that an engine answered otherwise than the reference when the files were released.

    Attributes:
        id: Row number in the test file.
        candidate: Number of the label that it answered.
    """

    id: int
    candidate: int


@dataclass(frozen=True)
class _Description:
    """golden.json; golden.bin holds the images, then the probabilities as float32, little-endian.

    Attributes:
        known_flips: By format, of which each has an entry; those of the images above.
    """

    shape: tuple[int, ...]
    ids: list[int]
    labels: list[int]
    num_hard: int
    num_labels: int
    known_flips: dict[str, list[KnownFlip]]


def golden_files(exports: Path, contract: ModelContract, test: Subset, cache: Path) -> dict[str, Path]:
    """What the reference says, by path in the site: golden.bin and golden.json, and the images it finds most typical.

    typical.bin is uint8 (labels, height, width, channels). The reference runs where nothing was kept of it.

    Args:
        exports: Folder of artifacts; holds the reference and the results.
        contract: What the artifacts promise.
        test: The test images.
        cache: Folder for what is kept.

    Raises:
        ArtifactError: The reference or the results are missing or damaged.
    """
    known = known_flips(read_results(exports / "results.json").parity)
    choice = f"{NUM_EVEN} {NUM_HARD} typical {known}".encode()
    parts = (read_bytes(exports / KERAS.path), test.images.tobytes(), choice)
    key = sha256("".join(map(sha256, parts)).encode())

    def make(folder: Path) -> None:
        from pipeline.runtimes.keras_model import KERAS_MODEL

        probabilities = KERAS_MODEL.load(exports / KERAS.path, contract).predict(test.images)
        _write(test, probabilities, choose(test.labels, probabilities), known, folder)
        typical = typical_images(load_keras(exports / KERAS.path), contract)
        write_atomically(folder / "typical.bin", typical.tobytes())

    folder = keep(cache / f"golden-{key[:16]}", make)
    return {name: folder / name for name in ("golden.bin", "golden.json", "typical.bin")}


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


def known_flips(rows: Iterable[ParityRow]) -> dict[str, list[KnownFlip]]:
    """What an engine answers otherwise than the reference, by format; empty for one whose engines do not.

    Args:
        rows: Of the release; only artifacts that passed as the same model tell what their rounding does.
    """
    known: dict[str, set[KnownFlip]] = {name: set() for name in FORMATS}
    for row in rows:
        if row.status == "same":
            known[row.format].update(KnownFlip(flip.id, flip.candidate) for flip in row.flips)
    return {name: sorted(flips) for name, flips in sorted(known.items())}


def flips_of(ids: Collection[int], known: Mapping[str, list[KnownFlip]]) -> dict[str, list[KnownFlip]]:
    """Of what is known by format, only that of these images; each format stays, if with nothing."""
    return {name: [flip for flip in flips if flip.id in ids] for name, flips in known.items()}


def _write(
    test: Subset,
    probabilities: NDArray[np.float32],
    rows: NDArray[np.int64],
    known: dict[str, list[KnownFlip]],
    folder: Path,
) -> None:
    images = test.images[rows]
    answers = probabilities[rows].astype("<f4")
    ids = test.ids[rows].tolist()
    description = _Description(
        shape=images.shape,
        ids=ids,
        labels=test.labels[rows].tolist(),
        num_hard=NUM_HARD,
        num_labels=answers.shape[1],
        known_flips=flips_of(ids, known),
    )
    write_atomically(folder / "golden.bin", images.tobytes() + answers.tobytes())
    write_atomically(folder / "golden.json", msgspec.json.encode(description))
