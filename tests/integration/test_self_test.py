"""The gate's own test on a quick build: broken copies of its artifacts are rejected, sound ones are accepted."""

import pytest

from pipeline import parity
from pipeline.config import SplitConfig
from pipeline.contract import read_contract
from pipeline.data.datasets import MNIST
from pipeline.data.splits import load_splits
from pipeline.mutations import MUTATIONS
from pipeline.progress import Silent
from pipeline.results import Answer
from pipeline.self_test import first_wrong, run_self_test

IDS = [f"{mutation.format}-{mutation.name}" for mutation in MUTATIONS]
# Beside the borderline set; nearly every flip is in there.
MAX_IMAGES = 200
# Whatever else catches them: a comparison that misses one of these compares nothing.
SEEN_IN_ANSWERS = {
    *("weights dropped", "no /255", "two labels swapped", "all biases lost"),
    *("softmax taken twice", "polarity inverted", "image transposed"),
}


@pytest.fixture(scope="module")
def run(quick_build):
    """Runs some mutations on the artifacts of the quick build."""
    contract = read_contract(quick_build.exports)
    test = load_splits(MNIST, SplitConfig(), quick_build.build_dir, None).test

    def run_on_quick_build(mutations):
        return run_self_test(quick_build.exports, contract, test, Silent(), mutations, MAX_IMAGES)

    return run_on_quick_build


@pytest.fixture(scope="module")
def rows(run):
    return {(row.format, row.name): row for row in run(MUTATIONS)}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=IDS)
def test_gate_rejects_mutants_and_accepts_controls(rows, mutation):
    row = rows[mutation.format, mutation.name]
    assert row.is_right, f"{row.verdict}: {row.detail}"
    if mutation.name in SEEN_IN_ANSWERS:
        assert "comparison" in row.caught_by


def test_gate_that_says_yes_to_everything_fails_its_test(run, monkeypatch):
    monkeypatch.setattr(parity, "judge", lambda *_: Answer(True, "yes"))
    mutants = [mutation for mutation in MUTATIONS if mutation.name in ("two labels swapped", "softmax left out")]
    found = run(mutants)
    assert len(found) == 8
    assert not any(row.is_right for row in found)
    assert first_wrong(found).endswith("(and 7 more)")
