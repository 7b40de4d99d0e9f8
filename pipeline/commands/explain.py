"""parity --explain: in which layer does an artifact leave the reference, and which images flip?"""

from pathlib import Path

from pipeline.commands.choice import require_filled
from pipeline.config import DEFAULT_DATASET
from pipeline.console import print_json, print_table, show_progress, with_properties
from pipeline.errors import PipelineError


def explain_format(
    name: str, runtime_name: str | None, exports: Path, data_dir: Path | None, build_dir: Path, as_json: bool
) -> None:
    """Shows the layers of one artifact beside those of the reference, and draws the images that flip.

    The artifacts need not be as they were released: what was changed is what this command is asked about.

    Raises:
        PipelineError: The artifact is not the same model, or cannot be run.
    """
    from pipeline.charts.flips import draw_flips
    from pipeline.config import SplitConfig
    from pipeline.contract import read_contract
    from pipeline.data.datasets import DATASETS
    from pipeline.data.splits import load_splits
    from pipeline.explain import explain, explanation_table, summary
    from pipeline.formats import get_format
    from pipeline.runtimes import get_runtime
    from pipeline.wording import describe_row

    format_, runtime = get_format(name), get_runtime(runtime_name) if runtime_name else None
    require_filled(exports, "contract.json")
    contract = read_contract(exports)
    with show_progress() as progress:
        test = load_splits(DATASETS[DEFAULT_DATASET], SplitConfig(), build_dir, data_dir).test
        explanation = explain(exports, contract, test, progress, format_, runtime)
    row = explanation.parity
    if as_json:
        print_json(with_properties(explanation, "first_bad"))
    else:
        print_table(explanation_table(explanation))
        print(f"\n{summary(explanation)}")
    if row.flips:
        path = build_dir / "explain" / f"{row.format}-{row.runtime}.svg".replace("/", "-")
        images = test.images_of([flip.id for flip in row.flips])
        draw_flips(f"{row.format} in {row.runtime}", row.flips, images, contract.labels, path)
        if not as_json:
            print(f"The {len(row.flips)} images that flip: {path}")
    if not as_json and row.is_accepted:
        print(describe_row(row))
    if not row.is_accepted:
        raise PipelineError(describe_row(row))
