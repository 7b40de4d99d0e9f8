"""build-all, train, export: stages of a build."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.choice import choose_missing
from pipeline.commands.options import (
    ArchOption,
    BrowserOption,
    BuildDirOption,
    BuildExportsOption,
    DataDirOption,
    JsonOption,
    MissingOption,
    ProfileOption,
    SeedOption,
)
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, DEFAULT_PROFILE
from pipeline.console import print_results, print_table, show_progress
from pipeline.ending import work_is_kept
from pipeline.errors import PipelineError
from pipeline.hints import as_called

if TYPE_CHECKING:
    from pipeline.build_config import BuildConfig
    from pipeline.build_stages.context import BuildContext
    from pipeline.results import Results


@work_is_kept()
def build_all(
    profile: ProfileOption = DEFAULT_PROFILE,
    arch: ArchOption = None,
    seed: SeedOption = 0,
    data_dir: DataDirOption = None,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
    exports: BuildExportsOption = None,
    allow_missing: MissingOption = None,
    browser: BrowserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train, export, compare, time; release what is the same model.

    Every file is run in its engines and compared with the Keras model image by image.
    """
    from pipeline.browser import use_browser
    from pipeline.build import build_all
    from pipeline.wording import first_trouble

    use_browser(browser)
    config = _build_config(profile, arch, seed, data_dir, build_dir, exports, allow_missing)
    with show_progress() as progress:
        results = build_all(config, progress)
    if as_json or not results.is_same_everywhere:
        print_results(results, as_json)
    else:
        _print_release(results, config)
    if not results.is_same_everywhere:
        raise PipelineError(
            f"{first_trouble(results)}; {config.exports} was not changed; next: read {config.run_dir / 'report.html'}, "
            f"then pipeline parity --explain FORMAT --exports {config.run_dir / 'artifacts'}"
        )


@work_is_kept()
def train(
    profile: ProfileOption = DEFAULT_PROFILE,
    arch: ArchOption = None,
    seed: SeedOption = 0,
    data_dir: DataDirOption = None,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
) -> None:
    """Train a network, or go on where a training was stopped."""
    build = _run_until("train", _build_config(profile, arch, seed, data_dir, build_dir))
    print(f"model: {build.model}; next: {as_called('pipeline export with the same options')}")


@work_is_kept()
def export(
    profile: ProfileOption = DEFAULT_PROFILE,
    arch: ArchOption = None,
    seed: SeedOption = 0,
    data_dir: DataDirOption = None,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
) -> None:
    """Make every artifact from the trained network.

    Trains it first where it is missing.
    """
    build = _run_until("export", _build_config(profile, arch, seed, data_dir, build_dir))
    hint = as_called("pipeline build-all with the same options")
    print(f"artifacts, not yet verified: {build.artifacts}; next: {hint}")


def _print_release(results: "Results", config: "BuildConfig") -> None:
    """The formats, the verdict, and what to look at next."""
    from pipeline.tables import formats_table
    from pipeline.wording import describe_model, verdict

    print_table(formats_table(results))
    print(f"\n{verdict(results)} {describe_model(results)}")
    if config.profile.epochs_scale < 1:
        print(f"Profile {config.profile.name} is for trying out: the network and its detector have learnt little.")
    where = "" if config.exports == DEFAULT_EXPORTS else f" --exports {config.exports}"
    print(f"Every row: {config.exports / 'report.html'}; next: {as_called(f'pipeline serve{where} --open')}")


def _run_until(last: str, config: "BuildConfig") -> "BuildContext":
    from pipeline.build import run_until

    with show_progress() as progress:
        return run_until(config, last, progress)


def _build_config(
    profile: str,
    arch: str | None,
    seed: int,
    data_dir: Path | None,
    build_dir: Path,
    exports: Path | None = None,
    allow_missing: list[str] | None = None,
) -> "BuildConfig":
    from pipeline.architectures import get_architecture
    from pipeline.build_config import BuildConfig, get_profile

    chosen = get_profile(profile)
    return BuildConfig(
        profile=chosen,
        arch=get_architecture(arch or chosen.arch).name,
        exports=exports or chosen.exports,
        seed=seed,
        data_dir=data_dir,
        build_dir=build_dir,
        allow_missing=choose_missing(allow_missing),
    )
