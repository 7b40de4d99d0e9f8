"""What a training leaves beside the model: who it is, and which images it did not learn from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelInfo:
    """The network that all artifacts are made from.

    Attributes:
        temperature: What its logits were divided by after the training; 1 where the recipe has no temperature scaling.
    """

    contract: str
    labels: tuple[str, ...]
    arch: str
    num_parameters: int
    profile: str
    seed: int
    epochs: int
    training_s: float
    validation_accuracy: float
    temperature: float


@dataclass(frozen=True)
class TrainingRecord:
    """The content of training.json; ids are row numbers in the training file."""

    model: ModelInfo
    validation_ids: list[int]
    calibration_ids: list[int]
