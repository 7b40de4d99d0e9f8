"""What an architecture is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.config import Recipe
from pipeline.contract import ModelContract

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Architecture:
    """A network family: how it is built for a contract, and how it is trained.

    Attributes:
        build: Makes an untrained model. Its first layer takes the contract's raw values and rescales them, its last
            layer is a softmax, so that no client has to normalise anything.
        min_validation_accuracy: A training that ends below it, in any profile, has failed; a fraction.
    """

    name: str
    description: str
    build: Callable[[ModelContract], "keras.Model"]
    recipe: Recipe
    min_validation_accuracy: float = 0.97
