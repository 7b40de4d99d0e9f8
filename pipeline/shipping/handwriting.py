"""How a release does on other people's handwriting, where benchmarks/preparations.py measured it on the same files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline.config import PROJECT_ROOT
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes, sha256
from pipeline.rejection import RULE, TFLITE
from pipeline.tables import Table

MEASURED_HANDWRITING = PROJECT_ROOT / "benchmarks" / "results" / "preparations.json"
MEASURED_FILES = ("tflite/int8.tflite", TFLITE, RULE)
# The names of two preparations: the pipeline's own, without and with the detector.
OURS, REJECTING = "ours", "ours, with the detector"


@dataclass(frozen=True)
class HandwritingRow:
    """The pictures of one source: the part that is answered rightly behind each preparation, by its name."""

    source: str
    num_pictures: int
    accuracies: dict[str, float]


@dataclass(frozen=True)
class Handwriting:
    """One network behind several preparations of the same pictures.

    Attributes:
        files: SHA-256 of the files that were run, by their path.
        pictures: What the pictures are, in words that follow "on".
        rows: A source each. No answer counts as wrong.
        means: Of the accuracies over the sources, by the name of the preparation.
    """

    files: dict[str, str]
    pictures: str
    rows: tuple[HandwritingRow, ...]
    means: dict[str, float]


def hash_files(artifacts: Path) -> dict[str, str]:
    """SHA-256 of the files that answer for pictures, by their path."""
    return {name: sha256(read_bytes(artifacts / name)) for name in MEASURED_FILES}


def accuracies_table(measured: Handwriting, names: Sequence[str]) -> Table:
    """Accuracies in percent behind the named preparations, the mean over sources last."""
    lines = [
        (row.source, str(row.num_pictures), *(f"{row.accuracies[name]:.1%}" for name in names)) for row in measured.rows
    ]
    num_pictures = sum(row.num_pictures for row in measured.rows)
    means = (f"**{measured.means[name]:.1%}**" for name in names)
    lines.append(("**mean over sources**", str(num_pictures), *means))
    return Table(("source", "pictures", *names), tuple(lines), first_number=1)


def read_handwriting(artifacts: Path) -> Handwriting | None:
    """What was measured with these very files; None where it was measured with others, or not at all.

    Raises:
        ArtifactError: The record is damaged.
    """
    if not MEASURED_HANDWRITING.is_file():
        return None
    try:
        measured = msgspec.json.decode(read_bytes(MEASURED_HANDWRITING), type=Handwriting)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{MEASURED_HANDWRITING} has no results: {error}") from error
    return measured if measured.files == hash_files(artifacts) else None
