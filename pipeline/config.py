"""The default numbers, all of them: the only place where a constant of the method may be changed."""

from dataclasses import dataclass, field
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_EXPORTS = Path("exports")
DEFAULT_BUILD_DIR = Path("build")
DEFAULT_PROFILE = "default"
DEFAULT_DATASET = "mnist"


@dataclass(frozen=True)
class SplitConfig:
    """What is cut from the training files; its seed is apart from a training's, so that runs stay comparable."""

    num_validation: int = 5_000
    num_calibration: int = 500
    seed: int = 0


@dataclass(frozen=True)
class Augmentation:
    """A random affine map for each training image; each amount is drawn evenly between minus and plus its value.

    The amounts shrink linearly over the training to `final_strength` times their value: small nets underfit strong
    augmentation, and the images that they will be asked about are not augmented.
    """

    rotation_deg: float = 15.0
    scale: float = 0.12
    shear: float = 0.2
    shift_px: float = 2.5
    final_strength: float = 0.5


@dataclass(frozen=True)
class Recipe:
    """How an architecture is trained: AdamW, warm-up and cosine decay, exponential moving average of the weights.

    Attributes:
        warm_up_fraction: Part of all steps in which the learning rate rises to its peak.
        ema_fraction: Time constant of the moving average, as a part of all steps.
    """

    epochs: int
    batch_size: int = 128
    peak_learning_rate: float = 6e-3
    warm_up_fraction: float = 0.2
    beta_1: float = 0.9
    beta_2: float = 0.999
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    ema_fraction: float = 0.05
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True)
class TimingConfig:
    """How long a row is timed. A sample is a batch of calls that takes at least `min_sample_s`."""

    warm_up_runs: int = 5
    warm_up_s: float = 0.5
    min_runs: int = 1_024
    min_s: float = 1.0
    max_s: float = 20.0
    min_sample_s: float = 100e-6
    noisy_above: float = 0.10


@dataclass(frozen=True)
class Profile:
    """How much work a build does.

    Attributes:
        arch: The architecture that is built unless the user names one.
        epochs_scale: Multiplies the epochs of the architecture's recipe.
        num_train_images: Leading images of the training split; None for all.
        num_test_images: Leading test images; None for all.
        min_validation_accuracy: A training that ends below it has failed.
        exports: Where the verified files go unless the user names a folder.
    """

    name: str
    arch: str
    epochs_scale: float
    num_train_images: int | None
    num_test_images: int | None
    min_validation_accuracy: float
    exports: Path
    timing: TimingConfig


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="quick",
            arch="nano",
            epochs_scale=0.1,
            num_train_images=None,
            num_test_images=None,
            min_validation_accuracy=0.97,
            exports=DEFAULT_BUILD_DIR / "quick-exports",
            timing=TimingConfig(warm_up_s=0.02, min_runs=200, min_s=0.05, max_s=3.0),
        ),
        Profile("default", "edge", 1.0, None, None, 0.99, DEFAULT_EXPORTS, TimingConfig()),
        Profile("full", "edge", 3.0, None, None, 0.99, DEFAULT_EXPORTS, TimingConfig(min_s=3.0)),
    )
}

NUM_BORDERLINE = 500
NUM_GOLDEN = 32
ENGINE_TIMEOUT_S = 120.0
