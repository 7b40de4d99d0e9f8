"""Can the gate say no? Broken copies of sound artifacts go through it, and it has to reject every one.

A gate that accepts everything looks exactly like one whose artifacts are all sound. So each mistake that exporters and
people are known to make is made on purpose, and judged by the same code as any artifact; untouched copies have to pass.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.formats import FORMATS
from pipeline.formats.base import Format
from pipeline.formats.keras_file import KERAS
from pipeline.mutations import MUTATIONS
from pipeline.mutations.base import Mutation
from pipeline.parity import Reference, judge, run_reference, run_row
from pipeline.progress import Progress
from pipeline.results import ParityRow
from pipeline.runtimes import RUNTIMES, pairs
from pipeline.runtimes.base import Runtime
from pipeline.tables import Table

# Beside the borderline set; there are many mutants.
_MAX_IMAGES = 1_000
_MAX_DETAIL_LENGTH = 80


@dataclass(frozen=True)
class MutantRow:
    """What the gate made of one mutant, or of one control.

    Attributes:
        verdict: rejected; accepted; equivalent, where all answers are those of the original to the last bit; or
            refused, where an engine did not take what it should have run: that says nothing of the gate.
        caught_by: The checks that failed; "inspection" of the file, "engine" that refused it; "comparison" of the
            answers with those of the reference.
        detail: The reason of the gate, or the proof that nothing was changed.
    """

    name: str
    description: str
    format: str
    is_control: bool
    verdict: str
    caught_by: tuple[str, ...]
    detail: str

    @property
    def is_right(self) -> bool:
        """Whether the gate did as it should."""
        return self.verdict == "accepted" if self.is_control else self.verdict in ("rejected", "equivalent")


def run_self_test(
    artifacts: Path,
    contract: ModelContract,
    test: Subset,
    progress: Progress,
    mutations: Sequence[Mutation] = MUTATIONS,
    max_images: int = _MAX_IMAGES,
) -> tuple[MutantRow, ...]:
    """Breaks artifacts and lets the gate judge them.

    Args:
        artifacts: The folder of sound artifacts; it is not changed.
        contract: What they promise.
        test: The images to compare on.
        progress: Told after each mutant.
        mutations: What to break.
        max_images: Images for each mutant beside the borderline set.

    Raises:
        ArtifactError: The reference itself is missing or damaged.
    """
    progress.start("self-test", len(mutations))
    reference = run_reference(artifacts, contract, test)
    rows: list[MutantRow] = []
    for mutation in mutations:
        progress.update(len(rows), f"{mutation.format}: {mutation.name}")
        rows.append(_run_mutant(artifacts, contract, reference, mutation, max_images))
    progress.update(len(rows))
    return tuple(rows)


def summary(rows: Sequence[MutantRow]) -> str:
    """One line: how many mutants and controls there are, and what became of them."""
    mutants = [row for row in rows if not row.is_control]
    controls = [row for row in rows if row.is_control]
    counts = {verdict: sum(row.verdict == verdict for row in mutants) for verdict in ("rejected", "equivalent")}
    survived = len(mutants) - sum(counts.values())
    wrong = f", {survived} SURVIVED" if survived else ""
    accepted = sum(row.is_right for row in controls)
    by_answers = sum("comparison" in row.caught_by for row in mutants)
    kinds = len({row.name for row in mutants})
    return (
        f"{len(mutants)} mutants of {kinds} kinds: {counts['rejected']} rejected ({by_answers} by their answers too), "
        f"{counts['equivalent']} equivalent{wrong}; "
        f"{accepted} of {len(controls)} controls accepted"
    )


def first_wrong(rows: Sequence[MutantRow]) -> str:
    """Where the gate went wrong first, and how often it did so later; empty if it never did."""
    wrong = [row for row in rows if not row.is_right]
    if not wrong:
        return ""
    others = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    where = f"{wrong[0].format}, {wrong[0].name}: {wrong[0].detail}{others}"
    if wrong[0].is_control:
        return f"the gate rejects a sound artifact: {where}; is it sound? next: pipeline parity"
    return f"the gate accepts a broken artifact: {where}"


def self_test_table(rows: Sequence[MutantRow]) -> Table:
    """One line for each mutant, the controls last."""
    cells = tuple(
        (
            f"control: {row.name}" if row.is_control else row.name,
            row.format,
            row.verdict if row.is_right else {"accepted": "SURVIVED"}.get(row.verdict, f"{row.verdict} WRONGLY"),
            _first_and_others(row.caught_by),
            shorten(row.detail, _MAX_DETAIL_LENGTH, placeholder=" …"),
        )
        for row in rows
    )
    headings = ("mutant", "format", "verdict", "caught by", "detail")
    return Table(headings, cells, first_number=len(headings), least_important=("detail",))


def _first_and_others(names: Sequence[str]) -> str:
    if not names:
        return "–"
    return f"{names[0]} (and {len(names) - 1} more)" if len(names) > 1 else names[0]


def _run_mutant(
    artifacts: Path, contract: ModelContract, reference: Reference, mutation: Mutation, max_images: int
) -> MutantRow:
    format_ = FORMATS[mutation.format]
    _, first_engine = pairs([format_], RUNTIMES.values())[0]
    runtime = replace(first_engine, max_images=max_images)
    with TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        # Some checks compare with the float32 artifact of the family and with the Keras file.
        for part in (format_.family, KERAS.family):
            shutil.copytree(artifacts / part, folder / part)
        mutation.apply(folder / format_.path)
        row = run_row(folder, contract, reference, format_, runtime)
        verdict, detail = ("accepted" if row.is_accepted else "rejected"), row.reason
        if not (mutation.is_control or mutation.is_beyond_answers):
            if row.status in ("not exported", "not run"):
                verdict = "refused"
            elif row.is_accepted:
                images = reference.test.images
                original = _predict(runtime, artifacts / format_.path, contract, images)
                if np.array_equal(original, _predict(runtime, folder / format_.path, contract, images)):
                    verdict = "equivalent"
                    detail = f"{runtime.name}: all probabilities of {len(images):,} images are the original's"
    return MutantRow(
        name=mutation.name,
        description=mutation.description,
        format=mutation.format,
        is_control=mutation.is_control,
        verdict=verdict,
        caught_by=_caught_by(row, format_, len(reference.test)),
        detail=detail.replace(f"{folder}/", ""),
    )


def _predict(runtime: Runtime, path: Path, contract: ModelContract, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    runner = runtime.load(path, contract)
    try:
        return runner.predict(images)
    finally:
        runner.close()


def _caught_by(row: ParityRow, format_: Format, num_test_images: int) -> tuple[str, ...]:
    if not row.exported.is_yes:
        return ("inspection",)
    checks = [check.name for check in row.checks if not check.passed]
    if row.ran is None or not row.ran.is_yes:
        checks.append("engine")
    if row.agreement and not judge(row.agreement, (), format_.tolerance, num_test_images).is_yes:
        checks.append("comparison")
    return tuple(checks)
