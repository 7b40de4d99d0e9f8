"""What every exported artifact promises about its input and output.

Nothing outside a data set and its contract knows that the pictures are 28 × 28, that there are ten labels or that
they are digits: every other module asks the contract.
"""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Literal

import msgspec

from pipeline.errors import ArtifactError
from pipeline.files import read_bytes, sha256, to_json

SCHEMA_VERSION = 1
_MAX_SIDE_PX = 1024


@dataclass(frozen=True)
class InputSpec:
    """The images that a model takes: `dtype`, shape (N, height, width, channels), linear in `value_range`."""

    height: int
    width: int
    channels: int
    dtype: Literal["float32"]
    value_range: tuple[float, float]
    polarity: Literal["bright_on_dark", "dark_on_bright"]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return (self.height, self.width, self.channels)

    @property
    def num_values(self) -> int:
        """Numbers in one image."""
        return prod(self.shape)


@dataclass(frozen=True)
class Preprocessing:
    """How any picture becomes an input: its ink fits a square box, centred by mass, as in LeCun et al. 1998."""

    box_px: int
    centre: Literal["mass"]


@dataclass(frozen=True)
class ModelContract:
    """The promise of all artifacts of one model.

    Output: float32 (N, len(labels)) probabilities that sum to 1; fully quantised files scale it as their own
    tensors say.
    """

    schema_version: int
    name: str
    input: InputSpec
    labels: tuple[str, ...]
    preprocessing: Preprocessing

    def __post_init__(self) -> None:
        if self.schema_version != SCHEMA_VERSION:
            raise ValueError(f"schema_version: expected {SCHEMA_VERSION}, received {self.schema_version}")
        if not all(0 < size <= _MAX_SIDE_PX for size in self.input.shape):
            raise ValueError(f"input shape: expected sizes of 1 to {_MAX_SIDE_PX}, received {self.input.shape}")
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels: expected two or more different ones, received {self.labels}")
        if not 0 < self.preprocessing.box_px <= min(self.input.height, self.input.width):
            raise ValueError(f"box_px: expected 1 to the image's side, received {self.preprocessing.box_px}")
        low, high = self.input.value_range
        if not low < high:
            raise ValueError(f"value_range: expected low < high, received {self.input.value_range}")

    @property
    def num_labels(self) -> int:
        """Number of classes."""
        return len(self.labels)

    @property
    def sha256(self) -> str:
        """Identity of the contract: SHA-256 of its canonical JSON."""
        return sha256(msgspec.json.encode(self, order="sorted"))

    def to_bytes(self) -> bytes:
        """The content of contract.json: UTF-8, indented."""
        return to_json(self)

    @staticmethod
    def from_bytes(content: bytes, origin: str = "contract.json") -> "ModelContract":
        """Reads what `to_bytes` wrote.

        Args:
            content: Arbitrary bytes.
            origin: What to call them in an error message.

        Raises:
            ArtifactError: The bytes are no JSON, or a field is missing, of another type or out of range.
        """
        try:
            return msgspec.json.decode(content, type=ModelContract)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ArtifactError(
                f"{origin} is not a model contract: {error}; restore it, or run: pipeline build-all"
            ) from error


def read_contract(exports: Path) -> ModelContract:
    """The contract of a folder of artifacts.

    Raises:
        ArtifactError: The folder has no contract, or a damaged one.
    """
    path = exports / "contract.json"
    if not path.is_file():
        raise ArtifactError(f"expected {path}, found none; next: pipeline build-all")
    return ModelContract.from_bytes(read_bytes(path), str(path))
