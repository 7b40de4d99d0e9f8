"""The whole build: the stages in order; the exports folder is replaced as a whole, and only if the gate was passed."""

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from pipeline.build_config import BuildConfig
from pipeline.build_stages import STAGES
from pipeline.build_stages.context import BuildContext
from pipeline.build_stages.rejection import ENGINES
from pipeline.build_stages.report import flipped_images
from pipeline.files import write_atomically
from pipeline.html_report import render_html
from pipeline.progress import Progress
from pipeline.rejection import read_rule
from pipeline.release import beside, prepare_exports
from pipeline.report import render_markdown
from pipeline.results import Results, read_results
from pipeline.stages import Stage, forget, is_current, lock, run_stage


def build_all(config: BuildConfig, progress: Progress) -> Results:
    """Runs every stage that is not up to date.

    Returns:
        All results if the gate was passed and the exports folder holds the verified files; the parity rows alone if
        not: `is_same_everywhere` tells.

    Raises:
        PipelineError: A stage cannot do its work; what is finished is kept for the next call.
    """
    context = BuildContext(config, progress)
    stages = stages_of(context)
    with _build_lock(config), lock(beside(config.exports, "lock"), config.exports):
        prepare_exports(config.exports)
        _run((stages["train"], stages["rejection"], stages["export"], stages["parity"]), context)
        results = read_results(context.parity_json)
        if results.is_same_everywhere:
            _run((stages["benchmark"], stages["report"], stages["describe"], stages["release"]), context)
            results = read_results(context.results_json)
        else:
            write_atomically(context.report_md, render_markdown(results).encode())
            page = render_html(results, [], flipped_images(results, context.splits.test))
            write_atomically(context.report_html, page.encode())
        if any(row.status != "same" and not row.is_reference for row in results.parity):
            # What did not run or differed may have had a reason that is gone by the next call.
            if lacks_an_engine(config.detector_dir):
                forget(stages["rejection"], context.stamps_of(stages["rejection"]))
            for name in ("parity", "benchmark", "describe"):
                forget(stages[name], context.stamps_of(stages[name]))
        return results


def run_until(config: BuildConfig, last: str, progress: Progress) -> BuildContext:
    """Runs the stages up to and including the named one, as far as they are not up to date.

    Returns:
        The build, which knows where the stages left their files.

    Raises:
        PipelineError: As `build_all`.
    """
    context = BuildContext(config, progress)
    stages = stages_of(context)
    names = list(stages)
    with _build_lock(config):
        _run([stages[name] for name in names[: names.index(last) + 1]], context)
    return context


def lacks_an_engine(detector_dir: Path) -> bool:
    """Whether an engine was missing when the detector of a build was compared in all of them."""
    return len(read_rule(detector_dir).engines) < len(ENGINES)


def stages_of(context: BuildContext) -> dict[str, Stage]:
    """The stages of a build by name, in order."""
    return {stage.name: stage for stage in (make_stage(context) for make_stage in STAGES)}


def _run(stages: Iterable[Stage], context: BuildContext) -> None:
    for stage in stages:
        stamps = context.stamps_of(stage)
        if is_current(stage, stamps):
            context.progress.note(f"{stage.name}: up to date")
            continue
        started = time.perf_counter()
        summary = run_stage(stage, stamps)
        context.progress.note(f"{stage.name}: {summary} ({_duration(time.perf_counter() - started)})")


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _build_lock(config: BuildConfig) -> AbstractContextManager[None]:
    return lock(config.build_dir / ".lock", config.build_dir)
