"""parity --self-test: does the gate reject what is broken?"""

from pathlib import Path

from pipeline.commands.choice import verified_contract
from pipeline.config import DEFAULT_DATASET
from pipeline.console import print_json, print_table, show_progress, with_properties
from pipeline.errors import PipelineError


def self_test(exports: Path, data_dir: Path | None, build_dir: Path, as_json: bool) -> None:
    """Breaks copies of the artifacts, lets the gate judge them and shows what it made of each.

    Raises:
        PipelineError: The gate accepts a broken copy or rejects a sound one.
    """
    from pipeline.config import SplitConfig
    from pipeline.data.datasets import DATASETS
    from pipeline.data.splits import load_splits
    from pipeline.self_test import first_wrong, run_self_test, self_test_table, summary

    contract = verified_contract(exports)
    with show_progress() as progress:
        test = load_splits(DATASETS[DEFAULT_DATASET], SplitConfig(), build_dir, data_dir).test
        rows = run_self_test(exports, contract, test, progress)
    if as_json:
        print_json([with_properties(row, "is_right") for row in rows])
    else:
        print_table(self_test_table(rows))
        print(f"\n{summary(rows)}")
    wrong = first_wrong(rows)
    if wrong:
        raise PipelineError(wrong)
