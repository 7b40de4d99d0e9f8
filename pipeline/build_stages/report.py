"""The fifth stage: all results in one file, as a report and as charts."""

from dataclasses import replace

from pipeline.build_stages.context import BuildContext
from pipeline.charts.report import CHARTS, MEASURED_ARCHITECTURES, draw_charts
from pipeline.files import write_atomically
from pipeline.report import render_markdown
from pipeline.results import read_results, write_results
from pipeline.stages import Stage
from pipeline.train import read_log


def report_stage(context: BuildContext) -> Stage:
    """Writes results.json, report.md and charts/."""
    return Stage(
        name="report",
        modules=(__name__,),
        packages=("matplotlib",),
        inputs=(context.parity_json, context.benchmark_json, context.training_log, MEASURED_ARCHITECTURES),
        outputs=(context.results_json, context.report_md, context.charts),
        config=context.data_key,
        run=lambda _: _run(context),
    )


def _run(context: BuildContext) -> str:
    measured = read_results(context.benchmark_json)
    results = replace(
        read_results(context.parity_json),
        environment=measured.environment,
        timings=measured.timings,
        sizes=measured.sizes,
    )
    write_results(results, context.results_json)
    draw_charts(results, read_log(context.training_log), context.splits.test, context.charts)
    write_atomically(context.report_md, render_markdown(results, CHARTS).encode())
    return f"{context.results_json.name}, {context.report_md.name} and charts"
