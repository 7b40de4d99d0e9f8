"""What the benchmarks leave: plain data in results/*.json, with the machine and the versions behind it."""

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TypeVar

import msgspec

from pipeline.errors import PipelineError
from pipeline.files import read_bytes, to_json, write_atomically
from pipeline.results import Environment, Size, TimingRow
from pipeline.shipping.handwriting import Handwriting

FOLDER = Path(__file__).parent / "results"

Record = TypeVar("Record")


@dataclass(frozen=True)
class SeedRow:
    """One training and its int8 file; accuracies and calibration errors are fractions, on the test images.

    Attributes:
        unscaled_calibration_error: What it would be without temperature scaling.
    """

    seed: int
    training_s: float
    validation_accuracy: float
    temperature: float
    accuracy: float
    accuracy_without_wrong_labels: float
    calibration_error: float
    unscaled_calibration_error: float
    int8_accuracy: float
    int8_calibration_error: float
    int8_flips: int


@dataclass(frozen=True)
class SeedsRecord:
    """Trainings of one architecture that differ in their seed alone; times and sizes are of the best on validation."""

    environment: Environment
    arch: str
    num_parameters: int
    epochs: int
    num_test_images: int
    rows: tuple[SeedRow, ...]
    timings: tuple[TimingRow, ...]
    sizes: tuple[Size, ...]


@dataclass(frozen=True)
class SourceRow:
    """One published network under its own recipe; `trouble` says what the gate finds wrong with its exports."""

    arch: str
    claim: str
    changed: str
    num_parameters: int
    epochs: int
    training_s: float
    accuracy: float
    accuracy_without_wrong_labels: float
    calibration_error: float
    trouble: tuple[str, ...]
    timings: tuple[TimingRow, ...]
    sizes: tuple[Size, ...]


@dataclass(frozen=True)
class SourcesRecord:
    """All published networks, each trained once."""

    environment: Environment
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True)
class TimeRow:
    """One training until it reached an accuracy; None where it never did."""

    name: str
    seed: int
    target: float
    reached_after_s: float | None
    final_accuracy: float
    training_s: float


@dataclass(frozen=True)
class TimeRecord:
    """How long trainings take to reach accuracies on the test images."""

    environment: Environment
    rows: tuple[TimeRow, ...]


@dataclass(frozen=True)
class PreparationsRecord(Handwriting):
    """Which preparation makes most of the same pictures; the network is the first of `files`."""

    environment: Environment


@dataclass(frozen=True)
class FolderRow:
    """One call of `pipeline predict`, from its start to its end."""

    num_files: int
    num_unreadable: int
    duration_s: float
    peak_bytes: int


@dataclass(frozen=True)
class AnswersRecord:
    """How long `pipeline predict` takes.

    Attributes:
        side_px: Width and height of the pictures.
        first_answers_s: Whole calls for one picture.
        preparations_s: From the bytes of a file to the image that the network sees, a picture each.
        folders: Whole calls for folders.
    """

    environment: Environment
    side_px: int
    first_answers_s: tuple[float, ...]
    preparations_s: tuple[float, ...]
    folders: tuple[FolderRow, ...]


@dataclass(frozen=True)
class RejectionRow:
    """How often pictures of one kind are taken for a digit; all but `num_images` are fractions.

    Attributes:
        answered: Pictures that get an answer with the shipped threshold.
        auroc: How well the detector tells test digits from these pictures; None for digits.
        rejected_at_99: Pictures rejected by a threshold that keeps 99 % of the test digits; None for digits.
    """

    kind: str
    num_images: int
    answered: float
    auroc: float | None
    rejected_at_99: float | None


@dataclass(frozen=True)
class RejectionRecord:
    """Which pictures get no answer.

    Attributes:
        kept: The part of validation digits for which the threshold was chosen.
        compared_at: The part of test digits that is kept where `rejected_at_99` is counted.
    """

    environment: Environment
    max_none_probability: float
    kept: float
    compared_at: float
    rows: tuple[RejectionRow, ...]


@dataclass(frozen=True)
class RotationRow:
    """One training with images turned by an angle; accuracies are fractions.

    Attributes:
        validation_accuracies: After each epoch.
        test_accuracy: After the last.
    """

    arch: str
    angle_deg: float
    seed: int
    validation_accuracies: tuple[float, ...]
    test_accuracy: float


@dataclass(frozen=True)
class RotationRecord:
    """Trainings that differ in the angle and in their seed."""

    environment: Environment
    rows: tuple[RotationRow, ...]


@dataclass(frozen=True)
class DamageCurve:
    """Accuracy as damage grows.

    Attributes:
        levels: Of the damage, ascending from 0.
        accuracies: Fractions of right answers, one for each level.
    """

    damage: str
    levels: tuple[float, ...]
    accuracies: tuple[float, ...]


@dataclass(frozen=True)
class DamageRow:
    """One network on damaged test images, and with weights missing.

    Attributes:
        clean_accuracy: On all test images as they are, a fraction.
        corrupted_accuracies: On all test images after each corruption of MNIST-C, fractions.
        curves: On a part of the test images.
    """

    arch: str
    seed: int
    clean_accuracy: float
    corrupted_accuracies: dict[str, float]
    curves: tuple[DamageCurve, ...]

    @property
    def mean_corruption_error(self) -> float:
        """Part of wrong answers, the mean over the corruptions of MNIST-C."""
        return 1 - fmean(self.corrupted_accuracies.values())


@dataclass(frozen=True)
class DamageRecord:
    """All networks, several trainings of some.

    Attributes:
        num_curve_images: How many test images the curves are of.
        num_draws: How often weights were dropped at each level; the curve is the mean.
        num_labels: Of which one is right.
    """

    environment: Environment
    num_test_images: int
    num_curve_images: int
    num_draws: int
    num_labels: int
    rows: tuple[DamageRow, ...]


@dataclass(frozen=True)
class EmbeddedRow:
    """One way to run the integer network on a microcontroller; None where it was not measured.

    Attributes:
        constant_bytes: Of the model: arrays, or the file.
        flash_bytes: On a Cortex-M4, constants and code.
        ram_bytes: Static, or the arena; the stack comes on top.
        mean_instructions: Of a Cortex-M4, for one image.
        max_instructions: The same, of the image that takes most.
        host_median_s: For one image on the machine of the record.
    """

    name: str
    constant_bytes: int
    flash_bytes: int | None
    ram_bytes: int
    mean_instructions: float | None
    max_instructions: float | None
    host_median_s: float


@dataclass(frozen=True)
class C99Record:
    """The generated C99 against TFLite Micro, on the golden images; `tools` are the versions of what measured."""

    environment: Environment
    tools: tuple[str, ...]
    num_images: int
    rows: tuple[EmbeddedRow, ...]


@dataclass(frozen=True)
class WebDemoRecord:
    """The web demo in Chromium, as a first visitor meets it.

    Attributes:
        browser: Its version.
        wire_bytes: What is loaded until the first answer, by path, as sent: compressed, with the headers of answers.
        first_answers_s: From the navigation to the first answer on the screen; each visit with empty caches.
        answers_s: One for each answer of the default engine, preparation included, result read.
        preparations_s: Of drawings of 400 × 400 pixels on white, without the networks.
        grainy_preparations_s: The same on paper as photographs show it, of which no two neighbouring pixels are alike.
        num_growth_answers: How many answers the growths are over.
        tensors: Growth of their number.
        heap_bytes: Growth of the JavaScript heap, garbage collected.
        wasm_bytes: Growth of the memory of WebAssembly.
        frames_s: Between frames, while a line is drawn on a processor slowed down by `slowdown`.
    """

    environment: Environment
    browser: str
    wire_bytes: dict[str, int]
    first_answers_s: tuple[float, ...]
    answers_s: tuple[float, ...]
    preparations_s: tuple[float, ...]
    grainy_preparations_s: tuple[float, ...]
    num_growth_answers: int
    tensors: int
    heap_bytes: int
    wasm_bytes: int
    frames_s: tuple[float, ...]
    slowdown: float


def best_on_validation(rows: tuple[SeedRow, ...]) -> SeedRow:
    """The training to release, so that no test image chooses; the first of several."""
    return max(rows, key=lambda row: row.validation_accuracy)


@dataclass(frozen=True)
class LighthouseRecord:
    """What Lighthouse says of the web demo.

    Attributes:
        scores: 0–1 of each category, one for each run.
    """

    environment: Environment
    version: str
    scores: dict[str, tuple[float, ...]]


def write_record(name: str, record: object) -> Path:
    """Writes results/<name>.json."""
    path = FOLDER / f"{name}.json"
    write_atomically(path, to_json(record))
    return path


def read_record(name: str, kind: type[Record]) -> Record | None:
    """Reads results/<name>.json; None if that was not measured yet.

    Raises:
        PipelineError: The file is damaged, or was written by another version.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(read_bytes(path), type=kind)
    except msgspec.DecodeError as error:
        program = name.split("-")[0]
        raise PipelineError(f"{path}: {error}; next: .venv/bin/python -m benchmarks.{program}") from error
