"""Where does an artifact leave the reference? Its layers beside those of the reference, on the same images.

The measures are those of quantisation debuggers: the ratio of signal to noise, and the root mean square of the
difference in steps of the tensor (rounding alone makes 0.29 of them). A fault may hit one channel of many, so the
worst channel of each layer decides.
"""

from dataclasses import dataclass
from math import log10, prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.errors import UsageError
from pipeline.formats.base import Format
from pipeline.formats.keras_file import KERAS
from pipeline.parity import run_reference, run_row
from pipeline.progress import Progress
from pipeline.results import ParityRow
from pipeline.runtimes import RUNTIMES, pairs
from pipeline.runtimes.base import Runtime
from pipeline.runtimes.keras_model import trace_reference
from pipeline.runtimes.trace import LayerValues, Trace
from pipeline.tables import Table

_NUM_TRACED = 200
# The range of a tensor of floats over this counts as its step.
_NUM_STEPS = 255


@dataclass(frozen=True)
class LayerRow:
    """How far a layer of an artifact is from the same layer of the reference.

    Attributes:
        shape: Of its values for one image.
        snr_db: Power of the reference's values over that of the difference, in decibels; None where either is zero or
            the shapes differ.
        error_steps: Root mean square of the difference, in steps: of the quantised tensor or, of floats, a 255th of the
            reference's range. None where the shapes differ.
        worst_error_steps: The same for the channel where it is largest.
        worst_channel: The number of that channel.
        is_bad: Whether that is more than the format's arithmetic explains, or the shapes differ.
    """

    layer: str
    shape: tuple[int, ...]
    snr_db: float | None
    error_steps: float | None
    worst_error_steps: float | None
    worst_channel: int | None
    is_bad: bool


@dataclass(frozen=True)
class Explanation:
    """One artifact in one engine, and its layers.

    Attributes:
        parity: The verdict of the gate, with the images that flip.
        traced_in: The engine whose layers were read; the same file may run in others that keep theirs to themselves.
        num_images: The first so many test images went through the layers.
        num_layers: Of the reference; what a converter fuses has one layer left of several.
        max_error_steps: Above it a layer is bad.
    """

    parity: ParityRow
    traced_in: str
    num_images: int
    num_layers: int
    max_error_steps: float
    layers: tuple[LayerRow, ...]

    @property
    def first_bad(self) -> LayerRow | None:
        """Where to look; the layers after it compute with what it made wrong."""
        return next((row for row in self.layers if row.is_bad), None)


def explain(
    artifacts: Path, contract: ModelContract, test: Subset, progress: Progress, format_: Format, runtime: Runtime | None
) -> Explanation:
    """Judges one artifact and compares its layers with those of the reference.

    Args:
        artifacts: The folder of artifacts; holds the Keras file.
        contract: What they promise.
        test: The images.
        progress: Told after each of three steps.
        format_: Of the artifact.
        runtime: The engine whose verdict and flips to show; the first that runs the format if None.

    Raises:
        UsageError: No engine shows the layers of this format, or the engine does not run it.
        ArtifactError: The reference or the artifact is missing or damaged.
        EngineError: The engine is missing or crashed.
    """
    tracer, trace = _find_tracer(format_)
    engines = [engine for _, engine in pairs([format_], RUNTIMES.values())]
    judged_in = runtime or engines[0]
    if judged_in not in engines:
        raise UsageError(
            f"{judged_in.name} does not run {format_.name}; choose from {', '.join(e.name for e in engines)}"
        )
    progress.start("explain", 3)
    progress.update(0, f"{format_.name} in {judged_in.name}")
    row = run_row(artifacts, contract, run_reference(artifacts, contract, test), format_, judged_in)
    images = test.images[:_NUM_TRACED]
    progress.update(1, "layers of the reference")
    expected = trace_reference(artifacts / KERAS.path, images)
    progress.update(2, f"layers in {tracer.name}")
    found = trace(artifacts / format_.path, contract, images, list(expected))
    progress.update(3)
    limit = format_.tolerance.max_layer_error_steps
    layers = tuple(compare_layer(layer, expected[layer], values, limit) for layer, values in found.items())
    return Explanation(row, tracer.name, len(images), len(expected), limit, layers)


def summary(explanation: Explanation) -> str:
    """In words: where to look."""
    bad, limit = explanation.first_bad, f"{explanation.max_error_steps:g} steps"
    source = (
        f"Layers as {explanation.traced_in} computes them, {len(explanation.layers)} of the reference's "
        f"{explanation.num_layers}, for {explanation.num_images} images. SNR, the ratio of signal to noise: the higher "
        "the better. A step is what an integer of the layer stands for, or a 255th of the range of its floats. "
    )
    return source + _finding(explanation, bad, limit)


def _finding(explanation: Explanation, bad: LayerRow | None, limit: str) -> str:
    if bad is None and not explanation.parity.is_accepted:
        return (
            f"None is off by more than {limit}: look at how {explanation.parity.runtime} computes, at how its output "
            "is read, and at the failed checks."
        )
    if bad is None:
        return f"None is off by more than {limit}, which the arithmetic of the format explains."
    if bad.worst_error_steps is None:
        return f"First bad layer: {bad.layer}, which has values of another shape than the reference."
    return (
        f"First bad layer: {bad.layer}. Its channel {bad.worst_channel} is off by {bad.worst_error_steps:.3g} steps, "
        f"at most {limit}: look at the numbers of that layer and at what it is given. "
        "Those after it compute with what it made."
    )


def explanation_table(explanation: Explanation) -> Table:
    """One line for each layer, in the order of execution."""
    cells = tuple(
        (
            row.layer,
            "×".join(map(str, row.shape)),
            "bad" if row.is_bad else "same",
            "–" if row.snr_db is None else f"{row.snr_db:.1f}",
            *("–" if value is None else f"{value:.2g}" for value in (row.error_steps, row.worst_error_steps)),
            "–" if row.worst_channel is None else str(row.worst_channel),
        )
        for row in explanation.layers
    )
    headings = ("layer", "shape", "verdict", "SNR, dB", "error, steps", "worst channel's", "channel")
    return Table(headings, cells, first_number=3, least_important=("channel", "shape"))


def compare_layer(layer: str, expected: NDArray[np.float32], found: LayerValues, max_error_steps: float) -> LayerRow:
    """Compares what one layer computes.

    Args:
        layer: Its name.
        expected: float32 (N, ..., channels) of the reference.
        found: Of the artifact.
        max_error_steps: Above it the layer is bad.
    """
    shape = expected.shape[1:]
    if prod(found.values.shape) != prod(expected.shape):
        return LayerRow(layer, found.values.shape[1:], None, None, None, None, is_bad=True)
    signal = expected.astype(np.float64).reshape(-1, expected.shape[-1])
    noise = found.values.astype(np.float64).reshape(signal.shape) - signal
    step = found.step or float(np.ptp(signal)) / _NUM_STEPS or 1.0
    errors = np.sqrt((noise**2).mean(axis=0)) / step
    worst = int(errors.argmax())
    signal_power, noise_power = float((signal**2).sum()), float((noise**2).sum())
    return LayerRow(
        layer=layer,
        shape=shape,
        snr_db=10 * log10(signal_power / noise_power) if signal_power and noise_power else None,
        error_steps=float(np.sqrt((errors**2).mean())),
        worst_error_steps=float(errors[worst]),
        worst_channel=worst,
        # Written so that NaN is bad.
        is_bad=not errors[worst] <= max_error_steps,
    )


def _find_tracer(format_: Format) -> tuple[Runtime, Trace]:
    for _, runtime in pairs([format_], RUNTIMES.values()):
        if runtime.trace is not None:
            return runtime, runtime.trace
    raise UsageError(f"no engine shows the layers of {format_.name}; choose a format of tflite/ or tfjs/")
