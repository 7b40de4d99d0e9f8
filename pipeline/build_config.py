"""What is to be built: the user's choices, with a profile's numbers."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.architectures import get_architecture
from pipeline.config import (
    DEFAULT_BUILD_DIR,
    DEFAULT_DATASET,
    PROFILES,
    Profile,
    Recipe,
    SplitConfig,
)
from pipeline.data.datasets import DATASETS, Dataset
from pipeline.errors import look_up


@dataclass(frozen=True)
class BuildConfig:
    """What the user chose."""

    profile: Profile
    arch: str
    exports: Path
    seed: int = 0
    dataset: Dataset = DATASETS[DEFAULT_DATASET]
    splits: SplitConfig = field(default_factory=SplitConfig)
    data_dir: Path | None = None
    build_dir: Path = DEFAULT_BUILD_DIR
    allow_missing: frozenset[str] = frozenset()

    @property
    def run_dir(self) -> Path:
        """Where checkpoints, artifacts and results of this choice lie."""
        return self.build_dir / "runs" / f"{self.arch}-{self.profile.name}-seed{self.seed}"

    @property
    def detector_dir(self) -> Path:
        """Where the detector lies, which is the same for all architectures and seeds."""
        return self.build_dir / "runs" / f"detector-{self.profile.name}"

    @property
    def recipe(self) -> Recipe:
        """The architecture's recipe with the profile's number of epochs."""
        recipe = get_architecture(self.arch).recipe
        return replace(recipe, epochs=max(1, round(recipe.epochs * self.profile.epochs_scale)))


def get_profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        UsageError: No such profile; the message names the nearest.
    """
    return look_up("profile", name, PROFILES)
