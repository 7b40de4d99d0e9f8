"""The fifth stage: how fast and how large is every artifact?"""

from dataclasses import asdict

from pipeline.benchmark import measure_sizes, run_benchmark
from pipeline.browser import browser_identity
from pipeline.build_stages.context import JAVASCRIPT, BuildContext
from pipeline.environment import describe_environment, describe_machine
from pipeline.export import read_golden_images
from pipeline.results import SCHEMA_VERSION, Results, write_results
from pipeline.stages import Stage


def benchmark_stage(context: BuildContext) -> Stage:
    """Times the artifacts in every engine."""
    return Stage(
        name="benchmark",
        modules=(__name__,),
        inputs=(context.artifacts, *JAVASCRIPT),
        outputs=(context.benchmark_json,),
        config={
            **asdict(context.config.profile.timing),
            "machine": describe_machine(),
            "browser": browser_identity(),
        },
        run=lambda _: _run(context),
    )


def _run(context: BuildContext) -> str:
    config, contract = context.config, context.config.dataset.contract
    image = read_golden_images(context.artifacts, contract)[0]
    rows = run_benchmark(context.artifacts, contract, image, config.profile.timing, context.progress)
    results = Results(SCHEMA_VERSION, describe_environment(), timings=rows, sizes=measure_sizes(context.artifacts))
    write_results(results, context.benchmark_json)
    return f"{len(rows)} rows timed"
