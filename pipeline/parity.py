"""Is it still the same model? Every artifact in every engine, image by image against the Keras reference.

Accuracy alone cannot tell: two models of equal accuracy may disagree on many images. So the comparison is paired, the
images where the reference is least sure are also compared apart (a saturated digit cannot flip), and what must hold
for any answer, such as probabilities that sum to 1, is checked as well.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from pipeline.comparison import compare
from pipeline.config import NUM_BORDERLINE
from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.errors import EngineMissing, PipelineError
from pipeline.formats import FORMATS
from pipeline.formats.base import Format, Tolerance
from pipeline.formats.keras_file import KERAS
from pipeline.lanes import run_in_lanes
from pipeline.progress import Progress
from pipeline.results import Agreement, Answer, Check, Flip, ParityRow
from pipeline.runtimes import RUNTIMES, pairs
from pipeline.runtimes.base import Runtime
from pipeline.runtimes.keras_model import KERAS_MODEL

_OK = Answer(True, "")
# Whether an artifact can be read, and what was checked without running it.
Inspection = tuple[Answer, tuple[Check, ...]]


@dataclass(frozen=True)
class Reference:
    """The reference's answers for the test images; the borderline set are those of the lowest margin.

    Attributes:
        probabilities: float32 (N, labels).
        margins: float32 (N,), highest minus second highest probability.
        borderline: int64 (up to the number that was asked for,), ascending row numbers.
    """

    test: Subset
    probabilities: NDArray[np.float32]
    margins: NDArray[np.float32]
    borderline: NDArray[np.int64]


def run_parity(
    artifacts: Path,
    contract: ModelContract,
    test: Subset,
    progress: Progress,
    formats: Iterable[Format] = FORMATS.values(),
    runtimes: Iterable[Runtime] = RUNTIMES.values(),
    allow_missing: frozenset[str] = frozenset(),
    slow_images_scale: float = 1.0,
) -> tuple[ParityRow, ...]:
    """Runs every artifact in every engine on the same images and compares it with the reference.

    Args:
        artifacts: The folder of artifacts; holds the Keras file.
        contract: What the artifacts promise.
        test: The images to compare on.
        progress: Told after each row.
        formats: Which artifacts.
        runtimes: Which engines.
        allow_missing: Names of engines that may be missing on this machine.
        slow_images_scale: Multiplies the images that slow engines get and the borderline set; with less than 1 a flip
            is more likely to be missed.

    Returns:
        One row for each pair; a trouble with one is in its row and does not stop the others.

    Raises:
        ArtifactError: The reference itself is missing or damaged.
    """
    chosen = pairs(formats, runtimes)
    progress.start("parity", len(chosen))
    reference = run_reference(artifacts, contract, test, round(NUM_BORDERLINE * slow_images_scale))
    formats_run = {format_.name: format_ for format_, _ in chosen}
    inspections = {name: inspect(artifacts, contract, format_) for name, format_ in formats_run.items()}
    shown = _Shown(progress)

    def run(pair: tuple[Format, Runtime]) -> ParityRow:
        format_, runtime = pair
        if runtime.max_images is not None:
            runtime = replace(runtime, max_images=round(runtime.max_images * slow_images_scale))
        inspection, may_be_missing = inspections[format_.name], runtime.name in allow_missing
        with shown.row(f"{format_.name} in {runtime.name}"):
            started = time.perf_counter()
            row = run_row(artifacts, contract, reference, format_, runtime, inspection, may_be_missing)
            return replace(row, duration_s=time.perf_counter() - started)

    # The slow engines first: at the end, whoever is left over waits for the last one.
    slow_first = sorted(chosen, key=lambda pair: pair[1].max_images is None)
    rows = run_in_lanes(run, slow_first, lambda pair: pair[1].has_own_process)
    places = {(format_.name, runtime.name): place for place, (format_, runtime) in enumerate(chosen)}
    return tuple(sorted(rows, key=lambda row: places[row.format, row.runtime]))


class _Shown:
    """Tells how many rows are done, and the one of those at work that has been so for longest."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._lock = progress, Lock()
        self._num_done = 0
        self._at_work: list[str] = []

    @contextmanager
    def row(self, name: str) -> Iterator[None]:
        """One row, for as long as the context lasts."""
        self._change(self._at_work.append, name, 0)
        try:
            yield
        finally:
            self._change(self._at_work.remove, name, 1)

    def _change(self, change: Callable[[str], None], name: str, num_done: int) -> None:
        with self._lock:
            change(name)
            self._num_done += num_done
            self._progress.update(self._num_done, self._at_work[0] if self._at_work else "")


def make_reference(test: Subset, probabilities: NDArray[np.float32], num_borderline: int = NUM_BORDERLINE) -> Reference:
    """Finds the borderline set among the reference's answers."""
    margins = _margins(probabilities)
    borderline = np.sort(np.argsort(margins, kind="stable")[:num_borderline]).astype(np.int64)
    return Reference(test, probabilities, margins, borderline)


def check_outputs(probabilities: NDArray[np.float32], contract: ModelContract, output_step: float) -> list[Check]:
    """What must hold for the answers of any artifact, right or wrong.

    Args:
        probabilities: float32 (N, labels) of an artifact.
        contract: What the artifact promises.
        output_step: Smallest difference of two probabilities that its output can express.
    """
    is_finite = bool(np.isfinite(probabilities).all())
    worst = float(np.abs(probabilities.sum(axis=1) - 1).max()) if is_finite else float("inf")
    limit = contract.num_labels * output_step
    num_answers = len(np.unique(probabilities.argmax(axis=1)))
    return [
        Check("probabilities are finite", is_finite, "no NaN or infinity" if is_finite else "found NaN or infinity"),
        Check("probabilities sum to 1", worst <= limit, f"off by {worst:.2g} at most, limit {limit:.2g}"),
        Check("answers vary", num_answers > 1, f"{num_answers} of {contract.num_labels} labels occur"),
    ]


def judge(agreement: Agreement, checks: Iterable[Check], tolerance: Tolerance, num_test_images: int) -> Answer:
    """The verdict on one row.

    A slow engine gets some of the images, the borderline set among them: nearly all flips of a full run would be in
    there, so it is judged by the number of flips that a full run may have.

    Args:
        agreement: On the images that were run.
        checks: Static and output checks.
        tolerance: Of the format.
        num_test_images: Size of the full test set.
    """
    max_flips = ceil(tolerance.max_flip_fraction * num_test_images)
    max_lost = tolerance.max_accuracy_drop_pp * num_test_images
    lost = agreement.accuracy_drop_pp * agreement.num_images
    # Without a single flip the bound says how few images there are, not how much may be lost.
    bound = agreement.drop_interval_pp[1] * agreement.num_images / num_test_images if agreement.num_flips else 0.0
    troubles = [f"{check.name}: {check.detail}" for check in checks if not check.passed]
    if agreement.num_flips > max_flips:
        troubles.append(f"{agreement.num_flips} flips, at most {max_flips}")
    if agreement.max_probability_difference > tolerance.max_probability_difference:
        troubles.append(
            f"|Δp| up to {agreement.max_probability_difference:.2g}, at most {tolerance.max_probability_difference:.2g}"
        )
    if lost > max_lost + 1e-9:
        troubles.append(
            f"accuracy drops by {agreement.accuracy_drop_pp:.2f} pp, at most {tolerance.max_accuracy_drop_pp:.2f}"
        )
    if bound > tolerance.max_drop_bound_pp:
        troubles.append(f"the drop may be {bound:.2f} pp, at most {tolerance.max_drop_bound_pp:.2f}")
    if abs(agreement.confidence_drift) > tolerance.max_confidence_drift:
        troubles.append(
            f"confidence drifts by {agreement.confidence_drift:+.2g}, at most {tolerance.max_confidence_drift:.2g}"
        )
    if troubles:
        return Answer(False, "; ".join(troubles))
    return Answer(True, f"{agreement.num_flips} flips in {agreement.num_images:,} images")


def run_reference(
    artifacts: Path, contract: ModelContract, test: Subset, num_borderline: int = NUM_BORDERLINE
) -> Reference:
    """Runs the Keras file on all test images.

    Raises:
        ArtifactError: It is missing or damaged.
    """
    runner = KERAS_MODEL.load(artifacts / KERAS.path, contract)
    return make_reference(test, runner.predict(test.images), num_borderline)


def inspect(artifacts: Path, contract: ModelContract, format_: Format) -> Inspection:
    """Looks at one artifact without running it; not in a thread of its own, as weights are compared by Keras."""
    try:
        return _OK, tuple(format_.inspect(artifacts / format_.path, contract))
    except PipelineError as error:
        return Answer(False, str(error)), ()


def run_row(
    artifacts: Path,
    contract: ModelContract,
    reference: Reference,
    format_: Format,
    runtime: Runtime,
    inspection: Inspection | None = None,
    may_be_missing: bool = False,
) -> ParityRow:
    """Runs one artifact in one engine and compares it with the reference; any trouble is in the row.

    Args:
        artifacts: The folder of artifacts.
        contract: What they promise.
        reference: To compare with.
        format_: Which artifact.
        runtime: Which engine.
        inspection: Of the artifact, if it was inspected before.
        may_be_missing: Whether the engine may be missing on this machine.
    """
    exported, static_checks = inspection or inspect(artifacts, contract, format_)
    row = ParityRow(format_.name, runtime.name, exported=exported, is_reference=format_ is KERAS, checks=static_checks)
    if not exported.is_yes:
        return row
    path = artifacts / format_.path
    chosen = choose_images(reference, runtime)
    try:
        runner = runtime.load(path, contract)
        try:
            row = replace(row, device=runner.device)
            probabilities = runner.predict(reference.test.images[chosen])
        finally:
            runner.close()
    except EngineMissing as error:
        return replace(row, ran=Answer(False, f"missing: {error}"), is_allowed_missing=may_be_missing)
    except PipelineError as error:
        return replace(row, ran=Answer(False, str(error)))
    expected = (len(chosen), contract.num_labels)
    if probabilities.shape != expected:
        return replace(row, ran=Answer(False, f"expected outputs of shape {expected}, found {probabilities.shape}"))
    checks = [*static_checks, *check_outputs(probabilities, contract, max(format_.output_step, runtime.output_step))]
    row = replace(row, ran=_OK, checks=tuple(checks), is_full=len(chosen) == len(reference.test))
    return _compare_row(row, reference, runtime.limits(format_), chosen, probabilities)


def _compare_row(
    row: ParityRow,
    reference: Reference,
    tolerance: Tolerance,
    chosen: NDArray[np.int64],
    probabilities: NDArray[np.float32],
) -> ParityRow:
    if not np.isfinite(probabilities).all():
        return replace(row, same=Answer(False, "probabilities are not finite: found NaN or infinity"))
    labels, expected = reference.test.labels[chosen], reference.probabilities[chosen]
    agreement = compare(labels, expected, probabilities)
    is_borderline = np.isin(chosen, reference.borderline)
    return replace(
        row,
        agreement=agreement,
        borderline=compare(labels[is_borderline], expected[is_borderline], probabilities[is_borderline]),
        flips=_find_flips(reference, chosen, probabilities),
        same=judge(agreement, row.checks, tolerance, len(reference.test)),
    )


def choose_images(reference: Reference, runtime: Runtime) -> NDArray[np.int64]:
    """Row numbers of the test images that an engine gets: all, or the first ones and the borderline set."""
    num_images = len(reference.test)
    if runtime.max_images is None:
        return np.arange(num_images, dtype=np.int64)
    return np.union1d(np.arange(min(runtime.max_images, num_images), dtype=np.int64), reference.borderline)


def _margins(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Highest minus second highest probability of each image."""
    highest = np.sort(probabilities, axis=1)
    margins: NDArray[np.float32] = highest[:, -1] - highest[:, -2]
    return margins


def _find_flips(
    reference: Reference, chosen: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> tuple[Flip, ...]:
    before, after = reference.probabilities[chosen].argmax(axis=1), probabilities.argmax(axis=1)
    margins = _margins(probabilities)
    return tuple(
        Flip(
            id=int(reference.test.ids[chosen[row]]),
            label=int(reference.test.labels[chosen[row]]),
            reference=int(before[row]),
            candidate=int(after[row]),
            reference_margin=float(reference.margins[chosen[row]]),
            candidate_margin=float(margins[row]),
        )
        for row in np.flatnonzero(before != after)
    )
