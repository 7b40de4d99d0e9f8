"""The whole build: the stages in order; the exports folder is replaced as a whole, and only if the gate was passed."""

from contextlib import AbstractContextManager

from pipeline.build_config import BuildConfig
from pipeline.build_stages import REPORT, RESULTS, Build
from pipeline.files import write_atomically
from pipeline.progress import Progress
from pipeline.release import beside, prepare_exports
from pipeline.report import render_markdown
from pipeline.results import Results, read_results
from pipeline.stages import forget, lock


def build_all(config: BuildConfig, progress: Progress) -> Results:
    """Runs every stage that is not up to date.

    Returns:
        All results if the gate was passed and the exports folder holds the verified files; the parity rows alone if
        not: `is_same_everywhere` tells.

    Raises:
        PipelineError: A stage cannot do its work; what is finished is kept for the next call.
    """
    build = Build(config, progress)
    with _build_lock(config), lock(beside(config.exports, "lock"), config.exports):
        prepare_exports(config.exports)
        build.run(("train", "export", "parity"))
        results = read_results(build.parity_json)
        if not results.is_same_everywhere:
            forget(build.stages["parity"], build.stamps)
            write_atomically(config.run_dir / REPORT, render_markdown(results).encode())
            return results
        build.run(("benchmark", "report", "release"))
        return read_results(config.run_dir / RESULTS)


def run_until(config: BuildConfig, last: str, progress: Progress) -> Build:
    """Runs the stages up to and including the named one, as far as they are not up to date.

    Returns:
        The build, which knows where the stages left their files.

    Raises:
        PipelineError: As `build_all`.
    """
    build = Build(config, progress)
    names = list(build.stages)
    with _build_lock(config):
        build.run(names[: names.index(last) + 1])
    return build


def _build_lock(config: BuildConfig) -> AbstractContextManager[None]:
    return lock(config.build_dir / ".lock", config.build_dir)
