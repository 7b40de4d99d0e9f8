"""Folders from templates: what a target is, and what every template may say."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.contract import ModelContract
from pipeline.embed.render import TEMPLATES, render
from pipeline.errors import ArtifactError, UsageError, storage_errors
from pipeline.files import files_below, read_bytes, write_atomically
from pipeline.shipping.contract import CONTRACT, Rejection, ShippedContract, ShippedFile, read_shipped_contract

INT8 = "tflite/int8"
DETECTOR = "rejection.tflite"
_TEMPLATE = ".j2"
_LEVELS = 256


@dataclass(frozen=True)
class Kit:
    """A verified release from which folders are made."""

    exports: Path

    @cached_property
    def shipped(self) -> ShippedContract:
        """What contract.json says."""
        return read_shipped_contract(self.exports)

    @property
    def contract(self) -> ModelContract:
        """Its part that the network was trained for."""
        return self.shipped.model

    @property
    def int8(self) -> ShippedFile:
        """The file that every small device runs."""
        return self.shipped.file_of(INT8)

    @property
    def rejection(self) -> Rejection:
        """When there is no answer."""
        return self.shipped.rejection

    @property
    def detector_contract(self) -> ModelContract:
        """What the detector promises: one label more, which is none of the others."""
        from pipeline.rejection import with_none

        return with_none(self.contract)

    @cached_property
    def max_none_stored(self) -> int:
        """The rule in whole numbers: the largest output byte of the detector at which there is an answer.

        Raises:
            ArtifactError: A byte is no probability of 1/256 to one of the networks.
        """
        self._require_levels()
        threshold = self.rejection.max_none_probability
        return max(byte for byte in range(_LEVELS) if byte / _LEVELS <= threshold)

    def _require_levels(self) -> None:
        """What every template relies on, of the classifier and of the detector."""
        from pipeline.formats.tflite_file import read_tflite

        for path in (self.int8.path, self.rejection.tflite):
            output = read_tflite(self.exports / path).outputs[0]
            found = output.dtype, output.scale, output.zero_point
            if found != ("uint8", 1 / _LEVELS, 0):
                raise ArtifactError(
                    f"{path}: expected an output of uint8 with scale 1/{_LEVELS} and zero point 0, "
                    f"found {found}; next: pipeline build-all"
                )

    @property
    def parameters(self) -> dict[str, Any]:
        """All numbers of the preparation by name."""
        return {name: value for step in self.shipped.preparation for name, value in step.parameters.items()}

    @property
    def context(self) -> dict[str, Any]:
        """What every template may use.

        Raises:
            ArtifactError: A byte is no probability of 1/256 to one of the networks.
        """
        parameters, contract = self.parameters, self.contract
        side = parameters["max_side_px"]
        radius = max(2, side // parameters["strokes_per_side"] // 2)
        padded = side + 2 * max(1, radius // 2)
        return {
            **parameters,
            "contract": contract,
            "labels": contract.labels,
            "max_side": side,
            "max_padded": padded,
            # preparation_memory: three masks, a queue of twice their size, and a larger mask.
            "preparation_bytes": 5 * side**2 + padded**2,
            "model_sha256": self.int8.sha256[self.int8.path],
            "model_bytes": self.int8.bytes,
            "output_scale": self.int8.output.scale,
            "detector_sha256": self.rejection.sha256[self.rejection.tflite],
            "detector_bytes": (self.exports / self.rejection.tflite).stat().st_size,
            "max_none_probability": self.rejection.max_none_probability,
            "max_none_stored": self.max_none_stored,
            "none_label": self.rejection.labels[-1],
            "num_golden": self.shipped.golden.count,
        }


@dataclass(frozen=True)
class Written:
    """What a target wrote: its files, and what else is worth knowing."""

    files: tuple[Path, ...]
    facts: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A kind of device. `write` fills a folder that a user copies as it is."""

    name: str
    description: str
    write: Callable[[Kit, Path], Written]


def write_into(folder: Path, write: Callable[[Path], Written]) -> Written:
    """Writes a target's folder, unless it holds files of something else.

    Raises:
        UsageError: It does; nothing was written.
        StorageError: The folder cannot be read or written to.
    """
    present = {path.relative_to(folder) for path in files_below(folder)} if folder.is_dir() else set()
    if present:
        with tempfile.TemporaryDirectory() as beside:
            own = {path.relative_to(beside) for path in write(Path(beside)).files}
        foreign = sorted(present - own)
        if foreign:
            raise UsageError(
                f"{folder} holds files that this target does not write, as {foreign[0]}; "
                "next: name a new folder with --output"
            )
    return write(folder)


def write_templates(target: str, kit: Kit, folder: Path, **context: Any) -> list[Path]:
    """Renders the target's templates into a folder, at the same places; other files are copied.

    Raises:
        StorageError: The folder cannot be written to.
    """
    written, root = [], TEMPLATES / target
    for source in sorted(path for path in root.rglob("*") if path.is_file()):
        place = folder / source.relative_to(root)
        if source.suffix == _TEMPLATE:
            place = place.with_suffix("")
            name = source.relative_to(TEMPLATES).as_posix()
            write_atomically(place, render(name, **{**kit.context, **context}).encode())
        else:
            write_atomically(place, read_bytes(source))
        written.append(place)
    return written


def write_shared(names: tuple[str, ...], kit: Kit, folder: Path) -> list[Path]:
    """Renders templates that several targets share."""
    for name in names:
        write_atomically(folder / name, render(f"shared/{name}{_TEMPLATE}", **kit.context).encode())
    return [folder / name for name in names]


def copy_exports(kit: Kit, places: Mapping[str, Path]) -> list[Path]:
    """Copies files of the release.

    Args:
        kit: Has the release.
        places: Where each goes, by its path below the exports.
    """
    for name, place in places.items():
        with storage_errors("write", place):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kit.exports / name, place)
    return list(places.values())


def copy_model(kit: Kit, folder: Path) -> list[Path]:
    """The integer files of the classifier and the detector, and their contract."""
    models = {kit.int8.path: folder / "int8.tflite", kit.rejection.tflite: folder / DETECTOR}
    return copy_exports(kit, {**models, CONTRACT: folder / CONTRACT})
