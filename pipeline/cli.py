"""The command line: parses, calls one function, prints. The only file that exits; console.py alone prints with it.

Exit codes: 0 done; 1 something the user can act on, or not the same model; 2 wrong usage; 130 interrupted.
Heavy modules are imported inside the commands, so that --help answers at once.
"""

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pipeline import __version__
from pipeline.cli_options import (
    ArchOption,
    BuildDirOption,
    BuildExportsOption,
    DataDirOption,
    ExportsOption,
    FormatOption,
    JsonOption,
    MissingOption,
    ProfileOption,
    RuntimeOption,
    SeedOption,
)
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_DATASET, DEFAULT_EXPORTS, DEFAULT_PROFILE
from pipeline.console import print_json, print_results, print_table, show_progress
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.build_config import BuildConfig
    from pipeline.contract import ModelContract
    from pipeline.formats.base import Format
    from pipeline.runtimes.base import Runtime

app = typer.Typer(
    name="pipeline",
    help="Train a small image classifier, export it everywhere, and prove that it is still the same model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="The data set: fetch and verify it, or show what is there.", no_args_is_help=True)
app.add_typer(data_app, name="data")


class _Interrupted(BaseException):
    """Ctrl-C or a request to end; not a KeyboardInterrupt, which the command-line library would answer itself."""

    def __init__(self, number: int) -> None:
        self.number = number


def _interrupt(number: int, _frame: object) -> NoReturn:
    raise _Interrupted(number)


def main() -> None:
    """Entry point of the console script."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except PipelineError as error:
        _fail(f"error: {error}", 1)
    except _Interrupted as interruption:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # ends the line in which the terminal shows ^C
        _fail("interrupted: finished work is kept, the same command goes on from there", 128 + interruption.number)
    except BrokenPipeError:
        # The reader of our output has left, as `head` does; what Python still holds must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _global_options(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command("build-all", epilog="Example: pipeline build-all --profile quick")
def build_all(
    profile: ProfileOption = DEFAULT_PROFILE,
    arch: ArchOption = None,
    seed: SeedOption = 0,
    data_dir: DataDirOption = None,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
    exports: BuildExportsOption = None,
    allow_missing: MissingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train, export, run every file in its engines, compare, time, and release what is the same model."""
    from pipeline.build import build_all
    from pipeline.report import first_trouble

    config = _build_config(profile, arch, seed, data_dir, build_dir, exports, allow_missing)
    with show_progress() as progress:
        results = build_all(config, progress)
    print_results(results, as_json)
    if not results.is_same_everywhere:
        raise PipelineError(
            f"{first_trouble(results)}; {config.exports} was not changed; next: read {config.run_dir / 'report.md'}"
        )


@app.command(epilog="Example: pipeline train --arch edge --seed 1")
def train(
    profile: ProfileOption = DEFAULT_PROFILE,
    arch: ArchOption = None,
    seed: SeedOption = 0,
    data_dir: DataDirOption = None,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
) -> None:
    """Train a network, or go on where a training was stopped."""
    from pipeline.build import run_until

    config = _build_config(profile, arch, seed, data_dir, build_dir)
    with show_progress() as progress:
        run_until(config, "train", progress)
    print(f"model: {config.run_dir / 'model.keras'}; next: pipeline export with the same options")


@app.command(epilog="Example: pipeline export --arch edge --seed 1")
def export(
    profile: ProfileOption = DEFAULT_PROFILE,
    arch: ArchOption = None,
    seed: SeedOption = 0,
    data_dir: DataDirOption = None,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
) -> None:
    """Make every artifact from the trained network (trains it first where it is missing)."""
    from pipeline.build import run_until

    config = _build_config(profile, arch, seed, data_dir, build_dir)
    with show_progress() as progress:
        run_until(config, "export", progress)
    print(
        f"artifacts, not yet verified: {config.run_dir / 'artifacts'}; next: pipeline build-all with the same options"
    )


@app.command(epilog="Example: pipeline parity --format tflite/int8 --runtime litert")
def parity(
    exports: ExportsOption = DEFAULT_EXPORTS,
    formats: FormatOption = None,
    runtimes: RuntimeOption = None,
    allow_missing: MissingOption = None,
    data_dir: DataDirOption = None,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
    as_json: JsonOption = False,
) -> None:
    """Compare every artifact in every engine with the Keras model on all test images; exit 1 if one differs."""
    from pipeline.config import SplitConfig
    from pipeline.data.datasets import DATASETS
    from pipeline.data.sources import fetch, load
    from pipeline.data.splits import split
    from pipeline.environment import describe_environment
    from pipeline.parity import run_parity
    from pipeline.report import first_trouble
    from pipeline.results import SCHEMA_VERSION, Results

    chosen = _choose(formats, runtimes)
    missing = _check_runtimes(allow_missing)
    contract = _verified_contract(exports)
    dataset = DATASETS[DEFAULT_DATASET]
    with show_progress() as progress:
        test = split(load(dataset, fetch(dataset, build_dir, data_dir)), SplitConfig()).test
        rows = run_parity(exports, contract, test, progress, *chosen, allow_missing=missing)
    results = Results(SCHEMA_VERSION, describe_environment(), parity=rows)
    print_results(results, as_json)
    if not results.is_same_everywhere:
        raise PipelineError(first_trouble(results))


@app.command(epilog="Example: pipeline benchmark --runtime litert --json")
def benchmark(
    exports: ExportsOption = DEFAULT_EXPORTS,
    formats: FormatOption = None,
    runtimes: RuntimeOption = None,
    profile: ProfileOption = DEFAULT_PROFILE,
    as_json: JsonOption = False,
) -> None:
    """Time one image in every engine: median, p90, p99, and how far two halves of the measurement differ."""
    from pipeline.benchmark import measure_sizes, run_benchmark
    from pipeline.build_config import get_profile
    from pipeline.environment import describe_environment
    from pipeline.export import read_golden_images
    from pipeline.report import timing_table
    from pipeline.results import SCHEMA_VERSION, Results

    chosen = _choose(formats, runtimes)
    timing = get_profile(profile).timing
    contract = _verified_contract(exports)
    with show_progress() as progress:
        rows = run_benchmark(exports, contract, read_golden_images(exports, contract)[0], timing, progress, *chosen)
    results = Results(SCHEMA_VERSION, describe_environment(), timings=rows, sizes=measure_sizes(exports))
    if as_json:
        print_json(results)
    else:
        print_table(timing_table(results.timings))


@app.command(epilog="Example: pipeline report --json")
def report(
    exports: ExportsOption = DEFAULT_EXPORTS,
    readme: Annotated[Path | None, typer.Option("--readme", help="Also write the table into this README.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if the README is out of date.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the results of the last release."""
    from pipeline.files import read_bytes, write_atomically
    from pipeline.report import render_readme
    from pipeline.results import read_results

    results = read_results(exports / "results.json")
    if check and readme is None:
        raise typer.BadParameter("--check needs --readme")
    if readme is not None:
        before = read_bytes(readme).decode()
        after = render_readme(results, before)
        if check and after != before:
            raise PipelineError(f"{readme} does not show {exports / 'results.json'}; next: make readme")
        if not check:
            write_atomically(readme, after.encode())
    print_results(results, as_json)


@app.command(epilog="Example: pipeline predict digit.png --json")
def predict(
    paths: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Picture files, one symbol on each.")],
    exports: ExportsOption = DEFAULT_EXPORTS,
    as_json: JsonOption = False,
) -> None:
    """Say what is on a picture; exit 1 if one cannot be read."""
    from pipeline.predict import predict_files

    predictions = []
    for prediction in predict_files(paths, exports):
        predictions.append(prediction)
        if as_json:
            continue
        if prediction.label is not None:
            print(f"{prediction.path}: {prediction.label}  {prediction.probability:.1%}")
        else:
            where = "" if prediction.path in prediction.reason else f"{prediction.path}: "
            print(f"error: {where}{prediction.reason}", file=sys.stderr)
    if as_json:
        print_json(predictions)
    if any(prediction.label is None for prediction in predictions):
        sys.exit(1)


@app.command(epilog="Example: pipeline setup")
def setup() -> None:
    """Install the JavaScript packages that the engines need; other commands do so by themselves."""
    from pipeline.node import install_packages

    print("JavaScript packages: " + ("installed" if install_packages() else "as locked"))


@app.command(epilog="Example: pipeline doctor")
def doctor(
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR, exports: ExportsOption = DEFAULT_EXPORTS, as_json: JsonOption = False
) -> None:
    """Look at everything that a build needs, and say how to mend what is amiss."""
    from pipeline.doctor import examine

    findings = []
    for finding in examine(build_dir, exports):
        findings.append(finding)
        if not as_json:
            print(f"{'ok     ' if finding.is_ok else 'TROUBLE'}  {finding.name}: {finding.detail}")
            if not finding.is_ok:
                print(f"         mend it: {finding.fix}")
    if as_json:
        print_json(findings)
    num_troubles = sum(not finding.is_ok for finding in findings)
    if num_troubles:
        raise PipelineError(f"{num_troubles} of {len(findings)} things need mending; the commands are above")


@data_app.command("fetch", epilog="Example: pipeline data fetch --data-dir ~/mnist")
def data_fetch(data_dir: DataDirOption = None, build_dir: BuildDirOption = DEFAULT_BUILD_DIR) -> None:
    """Find the data set, verify it, and keep a copy in the cache."""
    from pipeline.data.datasets import DATASETS
    from pipeline.data.sources import fetch

    print(f"verified: {fetch(DATASETS[DEFAULT_DATASET], build_dir, data_dir)}")


@data_app.command("info", epilog="Example: pipeline data info --json")
def data_info(
    data_dir: DataDirOption = None, build_dir: BuildDirOption = DEFAULT_BUILD_DIR, as_json: JsonOption = False
) -> None:
    """Show the parts of the data set and how many images of each label they hold."""
    from pipeline.config import SplitConfig
    from pipeline.data.datasets import DATASETS
    from pipeline.data.sources import fetch, load
    from pipeline.data.splits import split
    from pipeline.report import Table

    dataset = DATASETS[DEFAULT_DATASET]
    splits = split(load(dataset, fetch(dataset, build_dir, data_dir)), SplitConfig())
    labels = dataset.contract.labels
    counts = {
        name: [int((subset.labels == index).sum()) for index in range(len(labels))]
        for name, subset in vars(splits).items()
    }
    if as_json:
        print_json({"name": dataset.name, "licence": dataset.licence, "labels": labels, "images": counts})
        return
    rows = tuple((name, f"{sum(numbers):,}", *map(str, numbers)) for name, numbers in counts.items())
    print_table(Table(("part", "images", *labels), rows, first_number=1))
    print(dataset.licence)


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
        allow_missing=_check_runtimes(allow_missing),
    )


def _choose(formats: list[str] | None, runtimes: list[str] | None) -> "tuple[list[Format], list[Runtime]]":
    from pipeline.runtimes import pairs

    chosen = _choose_formats(formats), _choose_runtimes(runtimes)
    if not pairs(*chosen):
        families = sorted({family for runtime in chosen[1] for family in runtime.families})
        raise PipelineError(f"none of the chosen engines runs the chosen formats; they run {', '.join(families)}")
    return chosen


def _choose_formats(names: list[str] | None) -> "list[Format]":
    from pipeline.formats import FORMATS, get_format

    return [get_format(name) for name in names] if names else list(FORMATS.values())


def _choose_runtimes(names: list[str] | None) -> "list[Runtime]":
    from pipeline.runtimes import RUNTIMES, get_runtime

    return [get_runtime(name) for name in names] if names else list(RUNTIMES.values())


def _check_runtimes(names: list[str] | None) -> frozenset[str]:
    return frozenset(runtime.name for runtime in _choose_runtimes(names)) if names else frozenset()


def _verified_contract(exports: Path) -> "ModelContract":
    from pipeline.contract import read_contract
    from pipeline.manifest import verify

    verify(exports)
    return read_contract(exports)


def _fail(message: str, code: int) -> NoReturn:
    # Engines put line breaks into their messages; ours are one line.
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(code)
