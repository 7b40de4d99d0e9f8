"""What a runtime is: an engine that loads an artifact and answers for images."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.config import TimingConfig
from pipeline.contract import ModelContract
from pipeline.formats.base import EXACT, Format, Tolerance
from pipeline.runtimes.trace import Trace
from pipeline.timing import RawTiming


class Runner(Protocol):
    """One loaded artifact in one engine. Whoever loads it closes it."""

    @property
    def load_s(self) -> float:
        """Seconds from the file to a model that is ready; starting the engine's process is not counted."""

    @property
    def device(self) -> str:
        """What it says that it runs on, as in "Chromium 147, WebGL by SwiftShader"; empty for the processor."""

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Answers for images.

        Args:
            images: uint8 (N, height, width, channels), raw values of the contract.

        Returns:
            float32 (N, labels), probabilities; integer outputs are dequantised by the file's own scale.

        Raises:
            EngineError: The engine crashed, refused its input or did not answer in time.
        """

    def time(self, image: NDArray[np.uint8], config: TimingConfig) -> RawTiming:
        """Times inference of one image, uint8 (height, width, channels).

        Raises:
            EngineError: The engine crashed or did not answer in time.
        """

    def close(self) -> None:
        """Frees the engine and ends its processes; harmless when called again."""


@dataclass(frozen=True)
class Runtime:
    """An engine.

    Attributes:
        families: Families of formats that it runs, as in "tflite".
        timed: What one timed run consists of.
        load: Loads an artifact; raises EngineMissing where the engine cannot be had, ArtifactError for a damaged file.
        tolerance: Of its own arithmetic, for engines that compute in less than float32.
        output_step: Smallest difference of two probabilities that it can express, where coarser than the format's.
        max_images: Images that parity gives a slow engine beside the borderline set; None for all.
        formats: Names of the formats that it runs, where it cannot run all of its families; None for all.
        has_own_process: Whether the engine runs outside this process, so that it may run beside others.
        trace: Shows what the layers compute; None for engines that cannot or need not.
    """

    name: str
    description: str
    families: tuple[str, ...]
    timed: str
    load: Callable[[Path, ModelContract], Runner]
    max_images: int | None = None
    formats: frozenset[str] | None = None
    tolerance: Tolerance = EXACT
    output_step: float = 0.0
    has_own_process: bool = False
    trace: Trace | None = None

    def limits(self, format_: Format) -> Tolerance:
        """The format's tolerance, or the engine's own where that allows more flips.

        Always one of them as a whole: what one leaves open follows from its other limits, not from those of the other.
        """
        return max(format_.tolerance, self.tolerance, key=lambda tolerance: tolerance.max_flip_fraction)
