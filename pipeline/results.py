"""What a build found out, as plain data: the content of results.json.

Accuracies and agreements are fractions, differences of accuracy are in percentage points (pp), times are in seconds,
sizes in bytes. Nothing here is computed: parity.py and benchmark.py fill it, report.py shows it.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline.errors import ArtifactError
from pipeline.files import read_bytes, write_atomically
from pipeline.training_record import ModelInfo

SCHEMA_VERSION = 3


@dataclass(frozen=True)
class Check:
    """One thing that must hold for an artifact, whatever its answers are."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Flip:
    """A test image that gets another answer than from the reference.

    Attributes:
        id: Row number in the test file.
        label: Number of the true label, as `reference` and `candidate` are of the two answers.
        reference_margin: Highest probability of the reference minus its second highest.
        candidate_margin: The same of the artifact.
    """

    id: int
    label: int
    reference: int
    candidate: int
    reference_margin: float
    candidate_margin: float


@dataclass(frozen=True)
class Agreement:
    """A paired comparison of an artifact with the reference on the same images.

    Attributes:
        accuracy_interval: Wilson 95 % interval of the artifact's accuracy.
        accuracy_drop_pp: Accuracy of the reference minus that of the artifact, on these images.
        drop_interval_pp: 95 % interval of that drop, for paired proportions (Agresti and Min 2005).
        mcnemar_p: Exact two-sided p of McNemar's test on the images that only one of the two gets right.
        confidence_drift: Mean highest probability of the artifact minus that of the reference.
        calibration_error: Expected calibration error of the artifact over 15 bins of confidence, a fraction; on a
            part of the images, the hardest among them, it says nothing of the others.
        lost_by_label: For each label the images that only the reference gets right, minus those that only the artifact
            gets right.
    """

    num_images: int
    num_flips: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    accuracy_drop_pp: float
    drop_interval_pp: tuple[float, float]
    mcnemar_p: float
    max_probability_difference: float
    mean_probability_difference: float
    confidence_drift: float
    calibration_error: float
    lost_by_label: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """Yes or no, and why."""

    is_yes: bool
    reason: str


@dataclass(frozen=True)
class ParityRow:
    """One artifact in one engine: exported? ran? same? An answer that was not reached is None.

    Attributes:
        is_full: Whether all test images were run; the accuracy on a part of them, the hardest among them, cannot be
            compared with that on all.
        duration_s: Of loading, running and comparing, while other rows may run.
        device: What the engine says that it ran on; empty for the processor.
    """

    format: str
    runtime: str
    exported: Answer
    ran: Answer | None = None
    same: Answer | None = None
    is_reference: bool = False
    is_allowed_missing: bool = False
    is_full: bool = False
    agreement: Agreement | None = None
    borderline: Agreement | None = None
    flips: tuple[Flip, ...] = ()
    checks: tuple[Check, ...] = ()
    duration_s: float = 0.0
    device: str = ""

    @property
    def status(self) -> str:
        """same, not the same, not run, or not exported."""
        if not self.exported.is_yes:
            return "not exported"
        if self.ran is None or not self.ran.is_yes:
            return "not run"
        if self.same is None or not self.same.is_yes:
            return "not the same"
        return "reference" if self.is_reference else "same"

    @property
    def is_accepted(self) -> bool:
        """Whether the gate lets this row pass."""
        return self.status in ("same", "reference") or (self.status == "not run" and self.is_allowed_missing)

    @property
    def reason(self) -> str:
        """The reason of the last answer that was reached."""
        last = self.same or self.ran or self.exported
        return last.reason


@dataclass(frozen=True)
class TimingRow:
    """How long one artifact takes for one image in one engine.

    Attributes:
        status: ok; noisy (two halves of the measurement differ too much); invalid (too few runs); or not run.
        reason: What the status means here.
        timed: What one timed run consists of.
        load_s: From the file to a model that is ready.
        first_s: The first inference after loading.
        aa_difference: |second median − first median| / the smaller of them.
        device: What the engine says that it ran on; empty for the processor.
    """

    format: str
    runtime: str
    status: str
    reason: str
    timed: str = ""
    load_s: float = 0.0
    first_s: float = 0.0
    median_s: float = 0.0
    p90_s: float = 0.0
    p99_s: float = 0.0
    num_runs: int = 0
    aa_difference: float = 0.0
    device: str = ""


@dataclass(frozen=True)
class Size:
    """Bytes of one artifact, raw and as gzip level 9."""

    format: str
    raw_bytes: int
    gzip_bytes: int


@dataclass(frozen=True)
class Environment:
    """Where and with what a measurement was taken."""

    date: str
    cpu: str
    num_cpus: int
    governor: str
    system: str
    python: str
    versions: dict[str, str]

    @property
    def machine(self) -> str:
        """The processor and how many of it."""
        return f"{self.num_cpus} × {self.cpu}"


@dataclass(frozen=True)
class Mistake:
    """A test image that the reference gets wrong; its label may be what is wrong."""

    id: int
    label: int
    answer: int
    probabilities: tuple[float, ...]
    is_label_wrong: bool


@dataclass(frozen=True)
class Quality:
    """How good the reference is on the test images.

    Attributes:
        num_wrong_labels: Test images whose label people did not confirm.
        calibration_error: Expected calibration error over 15 bins of confidence; a fraction.
        confusion: Numbers of images; rows are labels, columns are answers.
    """

    num_images: int
    accuracy: float
    num_wrong_labels: int
    accuracy_without_wrong_labels: float
    calibration_error: float
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Results:
    """Everything that a build measured; parity and benchmark alone fill only their part."""

    schema_version: int
    environment: Environment
    model: ModelInfo | None = None
    quality: Quality | None = None
    parity: tuple[ParityRow, ...] = ()
    timings: tuple[TimingRow, ...] = ()
    sizes: tuple[Size, ...] = ()

    @property
    def is_same_everywhere(self) -> bool:
        """Whether the gate is passed: there are rows, and each is accepted."""
        return bool(self.parity) and all(row.is_accepted for row in self.parity)


def write_results(results: Results, path: Path) -> None:
    """Writes results.json, without a space: it is large, and `pipeline report --json` shows it to people.

    Raises:
        StorageError: The file cannot be written.
    """
    write_atomically(path, msgspec.json.encode(results) + b"\n")


def read_results(path: Path) -> Results:
    """Reads results.json.

    Raises:
        ArtifactError: Missing, damaged or of another schema version.
    """
    if not path.is_file():
        raise ArtifactError(f"expected results at {path}, found none; next: pipeline build-all")
    try:
        results = msgspec.json.decode(read_bytes(path), type=Results)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(f"{path} has no results: {error}; next: pipeline build-all") from error
    if results.schema_version != SCHEMA_VERSION:
        raise ArtifactError(
            f"{path}: expected schema version {SCHEMA_VERSION}, found {results.schema_version}; "
            "next: pipeline build-all"
        )
    return results
