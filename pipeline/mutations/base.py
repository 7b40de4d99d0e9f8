"""What a mutation is: one way to break an artifact."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutation:
    """A deliberately broken copy of a sound artifact, or a control that only looks changed.

    Attributes:
        format: Name of the format whose artifact is changed.
        apply: Changes the artifact at this path, a copy with the other artifacts of its family beside it.
        is_beyond_answers: Whether others than the engine read what is changed, such as labels or the output scale,
            or the file is simply not what it should be; then equal answers are no proof that nothing is broken.
        is_control: Whether the result is as good as the original, so that the gate has to accept it.
    """

    name: str
    description: str
    format: str
    apply: Callable[[Path], None]
    is_beyond_answers: bool = False
    is_control: bool = False
