"""The default numbers; those of a single method stand beside it, and recipes in architectures/."""

from dataclasses import dataclass
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

    The amounts shrink linearly over the training to `final_strength` times their value, as the images that the
    network will be asked about are not augmented.

    Attributes:
        rotation_deg: Angle.
        scale: Change of width and, apart from it, of height, as a part of them.
        shear: Shift of a row by a part of its distance from the centre; of a column half as much.
        shift_px: Along either axis.
    """

    rotation_deg: float = 15.0
    scale: float = 0.12
    shear: float = 0.2
    shift_px: float = 2.5
    final_strength: float = 0.5


@dataclass(frozen=True)
class Degradation:
    """Random damage to the grey levels of training images.

    Attributes:
        share: The part of the images that is damaged when a training begins; it falls linearly to `final_share`.
        weight: How much a damaged image counts beside a clean one. Damaged images have the larger losses; counted in
            full they would outweigh the clean ones until the end.
        probability: Of each of the kinds that follow, for an image that is damaged; of the noise of each grain it is
            `noise_probability`.
        rectangle_px: Longest side of a rectangle of one grey.
        contrast: Largest part of the contrast that is taken away.
        noise: Pairs: the side of a grain in pixels, and the largest standard deviation of noise of such grains, as a
            part of white. Grains of several pixels are interpolated, which leaves 0.65 to 0.83 of the deviation. The
            coarsest noise changes the ground of a whole image.
        filtered: Largest part of an image that is replaced by the image behind a random filter of 3 × 3 weights.
        kernel_deviation: Standard deviation of these weights.
    """

    share: float = 0.5
    final_share: float = 0.1
    weight: float = 0.3
    probability: float = 0.5
    rectangle_px: float = 14.0
    contrast: float = 0.8
    noise: tuple[tuple[int, float], ...] = ((1, 0.5), (2, 0.5), (4, 0.5), (7, 0.8), (14, 0.8))
    noise_probability: float = 0.3
    filtered: float = 1.0
    kernel_deviation: float = 0.5


@dataclass(frozen=True)
class Sgd:
    """Plain stochastic gradient descent."""

    learning_rate: float


@dataclass(frozen=True)
class Adam:
    """Adam with Keras' other numbers, at a constant rate."""

    learning_rate: float = 1e-3


@dataclass(frozen=True)
class Muon:
    """Muon for the kernels of convolutions, Adam for the rest; warm-up and cosine decay to zero.

    Attributes:
        adam_ratio: Learning rate of Adam, as a part of Muon's.
        warm_up_fraction: Part of all steps in which the learning rate rises to its peak.
        weight_decay: Of the kernels of convolutions.
    """

    peak_learning_rate: float = 3e-2
    adam_ratio: float = 0.25
    warm_up_fraction: float = 0.2
    weight_decay: float = 0.02


@dataclass(frozen=True)
class Recipe:
    """How an architecture is trained; the defaults add nothing to the plainest training.

    Attributes:
        loss: A key of `pipeline.losses.LOSSES`.
        rotations_deg: The training set holds each image once for each of these angles.
        augmentation: Random maps of each batch.
        degradation: Random damage to each batch.
        label_smoothing: At the start; it falls linearly to 0.
        ema_fraction: Time constant of the moving average of the weights, as a part of all steps; 0 takes the last.
        num_shards: A batch is cut into so many parts that are computed side by side, each with its own batch
            statistics: on two cores that is faster than to share out each small operation.
        has_temperature_scaling: Whether the logits are divided by a temperature afterwards; see temperature_scaling.py.
    """

    epochs: int
    batch_size: int
    optimizer: Adam | Muon | Sgd
    loss: str = "cross_entropy"
    rotations_deg: tuple[float, ...] = (0.0,)
    augmentation: Augmentation | None = None
    degradation: Degradation | None = None
    label_smoothing: float = 0.0
    ema_fraction: float = 0.0
    num_shards: int = 1
    has_temperature_scaling: bool = False


@dataclass(frozen=True)
class TimingConfig:
    """How long a row is timed. A sample is a batch of calls that takes at least `min_sample_s`."""

    warm_up_runs: int = 5
    warm_up_s: float = 0.5
    min_runs: int = 128
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
        slow_images_scale: Multiplies the images that slow engines answer for, and the borderline set among them.
        exports: Where the verified files go unless the user names a folder.
    """

    name: str
    arch: str
    epochs_scale: float
    slow_images_scale: float
    exports: Path
    timing: TimingConfig


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="quick",
            arch="edge",
            epochs_scale=0.1,
            slow_images_scale=0.1,
            exports=DEFAULT_BUILD_DIR / "quick-exports",
            timing=TimingConfig(warm_up_s=0.02, min_runs=50, min_s=0.05, max_s=3.0),
        ),
        Profile("default", "edge", 1.0, 1.0, DEFAULT_EXPORTS, TimingConfig()),
        Profile("full", "full", 1.0, 1.0, DEFAULT_EXPORTS, TimingConfig(min_s=3.0)),
    )
}

NUM_BORDERLINE = 500
NUM_GOLDEN = 32
ENGINE_TIMEOUT_S = 120.0
