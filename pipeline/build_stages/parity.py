"""The fourth stage: is every artifact the same model in every engine, and how good is it?"""

from pipeline.browser import browser_identity
from pipeline.build_stages.context import JAVASCRIPT, BuildContext
from pipeline.config import NUM_BORDERLINE
from pipeline.environment import describe_environment, describe_machine
from pipeline.parity import run_parity
from pipeline.quality import assess_reference
from pipeline.results import SCHEMA_VERSION, Results, write_results
from pipeline.stages import Stage


def parity_stage(context: BuildContext) -> Stage:
    """Compares the artifacts on all test images."""
    return Stage(
        name="parity",
        modules=(__name__,),
        inputs=(context.artifacts, context.training_json, *JAVASCRIPT),
        outputs=(context.parity_json,),
        config={
            **context.data_key,
            "machine": describe_machine(),
            "browser": browser_identity(),
            "wrong_test_labels": context.config.dataset.wrong_test_labels,
            "num_borderline": NUM_BORDERLINE,
            "slow_images_scale": context.config.profile.slow_images_scale,
            "allow_missing": sorted(context.config.allow_missing),
        },
        run=lambda _: _run(context),
    )


def _run(context: BuildContext) -> str:
    dataset, test = context.config.dataset, context.splits.test
    config = context.config
    rows = run_parity(
        context.artifacts,
        dataset.contract,
        test,
        context.progress,
        allow_missing=config.allow_missing,
        slow_images_scale=config.profile.slow_images_scale,
    )
    quality = assess_reference(context.artifacts, dataset.contract, test, dataset.wrong_test_labels)
    results = Results(SCHEMA_VERSION, describe_environment(), context.training.model, quality, rows)
    write_results(results, context.parity_json)
    return f"{sum(row.is_accepted for row in rows)} of {len(rows)} rows are accepted"
