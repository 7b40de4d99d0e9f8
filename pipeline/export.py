"""Makes every artifact from the trained model, with the contract and golden images beside them."""

import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.config import NUM_GOLDEN
from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.errors import ArtifactError, PipelineError, storage_errors
from pipeline.files import read_bytes, write_atomically
from pipeline.formats import FORMATS
from pipeline.formats.base import ExportContext, Format
from pipeline.formats.keras_file import KERAS
from pipeline.progress import Progress
from pipeline.runtimes.keras_model import KERAS_MODEL

GOLDEN_IMAGES = Path("golden") / "images.bin"
GOLDEN_EXPECTED = Path("golden") / "expected.json"


def export_all(context: ExportContext, validation: Subset, others: Mapping[str, Path], progress: Progress) -> None:
    """Fills the folder of artifacts: every format, the contract, golden images.

    Args:
        context: What the exporters use.
        validation: Some of its images become the golden ones.
        others: Further files and folders to copy, by their place below the folder of artifacts.
        progress: Told after each format.

    Raises:
        PipelineError: A conversion fails or a file cannot be written; the old folder is kept.
    """
    with _unfinished(context) as unfinished:
        _export(unfinished, list(FORMATS.values()), progress)
        _write_contract(unfinished)
        _write_golden(unfinished, validation)
        for name, source in others.items():
            destination = unfinished.artifacts / name
            destination.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, destination)


def export_formats(context: ExportContext, formats: Sequence[Format], progress: Progress) -> None:
    """Fills the folder of artifacts with some formats alone, which may need each other: see `ExportContext`.

    Raises:
        PipelineError: As `export_all`.
    """
    with _unfinished(context) as unfinished:
        _export(unfinished, formats, progress)


@contextmanager
def _unfinished(context: ExportContext) -> Iterator[ExportContext]:
    """A folder of artifacts that is made beside its place and renamed when all is there."""
    final = context.artifacts
    unfinished = replace(context, artifacts=final.with_name(f"{final.name}.unfinished"))
    with storage_errors("write", final):
        shutil.rmtree(unfinished.artifacts, ignore_errors=True)
        unfinished.artifacts.mkdir(parents=True)
        yield unfinished
        shutil.rmtree(final, ignore_errors=True)
        unfinished.artifacts.rename(final)


def read_golden_images(artifacts: Path, contract: ModelContract) -> NDArray[np.uint8]:
    """The golden images, uint8 (N, height, width, channels).

    Raises:
        ArtifactError: Missing, or no whole number of images.
    """
    path = artifacts / GOLDEN_IMAGES
    if not path.is_file():
        raise ArtifactError(f"expected golden images at {path}, found none; next: pipeline build-all")
    pixels = np.frombuffer(read_bytes(path), np.uint8)
    if len(pixels) == 0 or len(pixels) % contract.input.num_values:
        raise ArtifactError(f"{path}: expected whole images of {contract.input.num_values} bytes, found {len(pixels)}")
    return pixels.reshape(-1, *contract.input.shape)


def _export(context: ExportContext, formats: Sequence[Format], progress: Progress) -> None:
    progress.start("export", len(formats))
    for done, format_ in enumerate(formats):
        progress.update(done, format_.name)
        _export_one(format_, context)
    progress.update(len(formats))


def _export_one(format_: Format, context: ExportContext) -> None:
    try:
        format_.export(context, context.artifacts / format_.path)
    except (PipelineError, OSError):
        raise
    except Exception as error:  # converters raise their own kinds, and RuntimeError or ValueError at will
        raise ArtifactError(
            f"exporting {format_.name} failed: {error}; the converter's log is {context.log}"
        ) from error


def _write_contract(context: ExportContext) -> None:
    write_atomically(context.artifacts / "contract.json", context.contract.to_bytes())
    labels = "".join(f"{label}\n" for label in context.contract.labels)
    write_atomically(context.artifacts / "labels.txt", labels.encode())


def _write_golden(context: ExportContext, validation: Subset) -> None:
    """Writes golden images as bytes and PNG, with what the reference answers; the same number of each label."""
    rows = _evenly_by_label(validation.labels, NUM_GOLDEN)
    images = validation.images[rows]
    runner = KERAS_MODEL.load(context.artifacts / KERAS.path, context.contract)
    expected = {
        "shape": images.shape,
        "ids": validation.ids[rows].tolist(),
        "labels": validation.labels[rows].tolist(),
        "probabilities": runner.predict(images).tolist(),
    }
    write_atomically(context.artifacts / GOLDEN_IMAGES, images.tobytes())
    write_atomically(context.artifacts / GOLDEN_EXPECTED, msgspec.json.encode(expected) + b"\n")
    for index, image in enumerate(images):
        write_atomically(context.artifacts / "golden" / f"{index:02}.png", _png(image))


def _evenly_by_label(labels: NDArray[np.int64], num_images: int) -> NDArray[np.int64]:
    """Row numbers of the first image of each label, then the second of each, and so on."""
    order = np.argsort(labels, kind="stable")
    first_of_label = np.searchsorted(labels[order], labels[order])
    rank_in_label = np.arange(len(labels)) - first_of_label
    rows: NDArray[np.int64] = order[np.lexsort((labels[order], rank_in_label))][:num_images]
    return rows


def _png(image: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image.squeeze()).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
