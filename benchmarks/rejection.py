"""Does the model say "no digit" where there is none, and how many digits does it lose by that?

    python -m benchmarks.rejection [--fashion FOLDER]

Runs the detector of exports/ in LiteRT, as `pipeline predict` does, on digits and on pictures from elsewhere than its
training's: other fonts, other faces, real clothes. Its threshold was chosen on validation digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks.non_digits import FASHION_FOLDER, LOOK_ALIKES, face, fashion_images, letter
from benchmarks.records import RejectionRecord, RejectionRow, write_record
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, SplitConfig
from pipeline.contract import ModelContract, read_contract
from pipeline.data.datasets import DATASETS
from pipeline.data.splits import load_splits
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.errors import PipelineError
from pipeline.preprocess import prepare
from pipeline.rejection import Rejector

KEPT = 0.99
NUM_DRAWN = 2_000


def main(
    fashion: Annotated[Path, typer.Option(help="Folder with Fashion-MNIST's files.")] = FASHION_FOLDER,
    exports: Annotated[Path, typer.Option(help="Folder of artifacts.")] = DEFAULT_EXPORTS,
    build_dir: Annotated[Path, typer.Option(help="Folder of the data sets.")] = DEFAULT_BUILD_DIR,
) -> None:
    """Runs digits and other pictures; writes results/rejection.json."""
    contract = read_contract(exports)
    splits = load_splits(DATASETS[contract.name], SplitConfig(), build_dir)
    digits, clothes = splits.test.images[..., 0], fashion_images(fashion)
    rng = np.random.default_rng(0)
    letters = [letter(rng) for _ in range(NUM_DRAWN)]
    clear_letters = [picture for sign, picture in letters if sign not in LOOK_ALIKES]
    pictures: dict[str, Sequence[NDArray[np.uint8]]] = {
        "Fashion-MNIST, as pictures": list(clothes),
        "drawn letters": [picture for _, picture in letters],
        f"drawn letters without {''.join(sorted(LOOK_ALIKES))}": clear_letters,
        "drawn faces": [face(rng) for _ in range(NUM_DRAWN)],
    }
    rejector = Rejector(exports, contract)
    judge = Judge(1 - rejector.rule.max_none_probability)
    validation, prepared = (
        _of_pictures(rejector, list(images), contract) for images in (splits.validation.images[..., 0], digits)
    )
    as_inputs = _of_inputs(rejector, digits)
    rows = (
        judge.of_digits("validation digits, as pictures", validation),
        judge.of_digits("test digits, as pictures", prepared),
        judge.of_digits("test digits, as inputs", as_inputs),
        judge.of_others("Fashion-MNIST, as inputs", _of_inputs(rejector, clothes), as_inputs),
        *(
            judge.of_others(kind, _of_pictures(rejector, images, contract), prepared)
            for kind, images in pictures.items()
        ),
    )
    rule = rejector.rule
    record = RejectionRecord(describe_environment(), rule.max_none_probability, rule.kept, KEPT, rows)
    print(write_record("rejection", record))


@dataclass(frozen=True)
class Judge:
    """Counts what gets an answer, by the probability that it is a digit: float (N,), 0 where there is no ink."""

    min_probability: float

    def of_digits(self, kind: str, scores: NDArray[np.float32]) -> RejectionRow:
        """How many digits are answered."""
        return RejectionRow(kind, len(scores), self._answered(scores), None, None)

    def of_others(self, kind: str, scores: NDArray[np.float32], digits: NDArray[np.float32]) -> RejectionRow:
        """How well the others are told from digits."""
        lowest = np.quantile(digits, 1 - KEPT)
        return RejectionRow(
            kind=kind,
            num_images=len(scores),
            answered=self._answered(scores),
            auroc=auroc(digits, scores),
            rejected_at_99=float(np.mean(scores < lowest)),
        )

    def _answered(self, scores: NDArray[np.float32]) -> float:
        return float(np.mean(scores >= self.min_probability))


def auroc(digits: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    """The probability that a digit scores higher than another picture; a tie counts half.

    Args:
        digits: float (N,).
        others: float (M,).

    Returns:
        0–1; the area under the receiver operating characteristic, by Mann and Whitney's rank sum.
    """
    ranks = rankdata(np.concatenate([digits, others]))[: len(digits)]
    wins = ranks.sum() - len(digits) * (len(digits) + 1) / 2
    return float(wins / (len(digits) * len(others)))


def _of_inputs(rejector: Rejector, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.array([1 - rejector.none_probability(image[..., np.newaxis]) for image in images], np.float32)


def _of_pictures(
    rejector: Rejector, pictures: Sequence[NDArray[np.uint8]], contract: ModelContract
) -> NDArray[np.float32]:
    scores = np.zeros(len(pictures), np.float32)
    for index, picture in enumerate(pictures):
        try:
            scores[index] = 1 - rejector.none_probability(prepare(picture, contract))
        except PipelineError:
            continue
    return scores


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
