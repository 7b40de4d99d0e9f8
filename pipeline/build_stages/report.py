"""The sixth stage: all results in one file, as a report and as charts."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.build_stages.context import BuildContext
from pipeline.charts.report import CHARTS, MEASURED_ARCHITECTURES, draw_charts
from pipeline.data.splits import Subset
from pipeline.files import read_bytes, write_atomically
from pipeline.formats.keras_file import load_keras
from pipeline.html_report import Chart, render_html
from pipeline.inspection.typical import typical_images
from pipeline.pages import TEMPLATES
from pipeline.report import render_markdown
from pipeline.results import Results, read_results, write_results
from pipeline.stages import Stage
from pipeline.train import read_log


def report_stage(context: BuildContext) -> Stage:
    """Writes results.json, report.html, report.md and charts/."""
    return Stage(
        name="report",
        modules=(__name__,),
        packages=("jinja2", "keras", "matplotlib", "tensorflow"),
        inputs=(
            *(context.model, context.parity_json, context.benchmark_json, context.training_log),
            *(MEASURED_ARCHITECTURES, TEMPLATES / "report.html.j2", TEMPLATES / "table.html.j2"),
        ),
        outputs=(context.results_json, context.report_md, context.report_html, context.charts),
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
    write_atomically(context.report_md, render_markdown(results).encode())
    charts = [Chart(title, read_bytes(context.charts / f"{name}.svg").decode()) for name, title in CHARTS.items()]
    typical = typical_images(load_keras(context.model), context.config.dataset.contract)
    page = render_html(results, charts, flipped_images(results, context.splits.test), typical)
    write_atomically(context.report_html, page.encode())
    return f"{context.results_json.name}, {context.report_html.name}, {context.report_md.name} and charts"


def flipped_images(results: Results, test: Subset) -> dict[int, NDArray[np.uint8]]:
    """Every image that flips anywhere, uint8 (height, width, channels), by its row number in the test file."""
    ids = sorted({flip.id for row in results.parity for flip in row.flips})
    return dict(zip(ids, test.images_of(ids), strict=True))
