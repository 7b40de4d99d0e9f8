"""Golden images in the engines of this machine: what each released file answers, against what it has to answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError, EngineMissing, PipelineError
from pipeline.export import GOLDEN_EXPECTED, read_golden_images
from pipeline.files import read_bytes
from pipeline.formats.base import Format
from pipeline.progress import Progress
from pipeline.rejection import with_none
from pipeline.runtimes import pairs
from pipeline.runtimes.base import Runtime
from pipeline.shipping.contract import ShippedContract, ShippedFile, read_shipped_contract
from pipeline.shipping.golden import engine_limit, restore, stored_dtype
from pipeline.shipping.golden_detector import DETECTOR_FILES, detector_images, expected_none

Status = Literal["ok", "failed", "not run"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and what came of it.

    Attributes:
        engine: The runtime that it was run in; empty for what was read alone.
    """

    subject: str
    status: Status
    detail: str
    engine: str = ""


@dataclass(frozen=True)
class _Case:
    """A file in an engine, and what it has to answer.

    Attributes:
        outputs: Which of them are compared.
        expected: float32 (N, number of those outputs).
        limit: How far they may be from what is expected.
        threshold: Where a decision follows from the outputs: above it, there is no answer.
    """

    file: str
    name: str
    runtime: Runtime
    contract: ModelContract
    images: NDArray[np.uint8]
    outputs: slice
    expected: NDArray[np.float32]
    limit: float
    threshold: float | None = None

    @property
    def subject(self) -> str:
        return f"{self.name} in {self.runtime.name}"


def run_golden(
    exports: Path, progress: Progress, formats: Iterable[Format], runtimes: Iterable[Runtime]
) -> list[Finding]:
    """Runs the golden images in the engines that are there, and compares with what is expected."""
    shipped, formats, runtimes = read_shipped_contract(exports), list(formats), list(runtimes)
    images, findings = read_golden_images(exports, shipped.model), []
    cases = _classifier_cases(exports, shipped, images, pairs(formats, runtimes))
    cases += _detector_cases(exports, shipped, detector_images(images), formats, runtimes)
    progress.start("golden images", len(cases))
    for done, case in enumerate(cases):
        progress.update(done, case.subject)
        findings.append(_run(exports, case))
    progress.update(len(cases))
    return findings


def _classifier_cases(
    exports: Path, shipped: ShippedContract, images: NDArray[np.uint8], chosen: list[tuple[Format, Runtime]]
) -> list[_Case]:
    cases = []
    for format_, runtime in chosen:
        file, contract = shipped.file_of(format_.name), shipped.model
        expected = expected_probabilities(exports, file, contract)
        # The reference's probabilities are floats, whatever the file puts out.
        limit = engine_limit(runtime, file.output.dtype if file.expected else "float32", file.max_difference)
        cases.append(_Case(format_.path, format_.name, runtime, contract, images, slice(None), expected, limit))
    return cases


def _detector_cases(
    exports: Path,
    shipped: ShippedContract,
    images: NDArray[np.uint8],
    formats: list[Format],
    runtimes: list[Runtime],
) -> list[_Case]:
    contract = with_none(shipped.model)
    threshold = shipped.rejection.max_none_probability
    none = slice(-1, None)
    cases = []
    for entry in shipped.rejection.expected:
        expected = expected_none(exports, entry, shipped.golden.count)
        chosen = [format_ for format_ in formats if format_.name == DETECTOR_FILES[entry.file].name]
        for format_, runtime in pairs(chosen, runtimes):
            limit = engine_limit(runtime, stored_dtype(format_, exports / entry.file), entry.max_difference)
            cases.append(_Case(entry.file, entry.file, runtime, contract, images, none, expected, limit, threshold))
    return cases


def _run(exports: Path, case: _Case) -> Finding:
    runtime = case.runtime
    try:
        runner = runtime.load(exports / case.file, case.contract)
        try:
            found = runner.predict(case.images)[:, case.outputs]
        finally:
            runner.close()
    except EngineMissing as error:
        return Finding(case.subject, "not run", str(error), runtime.name)
    except PipelineError as error:
        return Finding(case.subject, "failed", str(error), runtime.name)
    difference = float(np.abs(found - case.expected).max())
    detail = f"|Δp| {difference:.2g} at most, limit {case.limit:.2g}{_decisions(case, found)}"
    return Finding(case.subject, "ok" if difference <= case.limit else "failed", detail, runtime.name)


def _decisions(case: _Case, found: NDArray[np.float32]) -> str:
    """In words, how many decisions differ of those that no difference within the limit could change."""
    if case.threshold is None:
        return ""
    is_clear = np.abs(case.expected - case.threshold) > case.limit
    is_other = (found > case.threshold) != (case.expected > case.threshold)
    return f"; {(is_clear & is_other).sum()} of {is_clear.sum()} clear decisions differ"


def expected_probabilities(exports: Path, file: ShippedFile, contract: ModelContract) -> NDArray[np.float32]:
    """What a file answers for the golden images, float32 (N, labels).

    Raises:
        ArtifactError: What is there is something else.
    """
    try:
        if file.expected is not None:
            return restore(read_bytes(exports / file.expected), file.output.dtype, contract.num_labels)
        reference = msgspec.json.decode(read_bytes(exports / GOLDEN_EXPECTED))
        return np.array(reference["probabilities"], np.float32).reshape(-1, contract.num_labels)
    except (ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
        raise ArtifactError(
            f"{file.expected or GOLDEN_EXPECTED}: expected probabilities, found none: {error}"
        ) from error
