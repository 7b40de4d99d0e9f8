"""parity, benchmark, report: what is known of released artifacts."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.choice import choose, choose_missing, require_filled, verified_contract
from pipeline.commands.explain import explain_format
from pipeline.commands.options import (
    BrowserOption,
    BuildDirOption,
    DataDirOption,
    ExplainOption,
    ExportsOption,
    FormatOption,
    JsonOption,
    JUnitOption,
    MissingOption,
    ProfileOption,
    RuntimeOption,
    SelfTestOption,
)
from pipeline.commands.self_test import self_test
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_DATASET, DEFAULT_EXPORTS, DEFAULT_PROFILE
from pipeline.console import print_json, print_results, print_table, show_progress
from pipeline.errors import PipelineError


def parity(
    exports: ExportsOption = DEFAULT_EXPORTS,
    formats: FormatOption = None,
    runtimes: RuntimeOption = None,
    allow_missing: MissingOption = None,
    browser: BrowserOption = None,
    data_dir: DataDirOption = None,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
    is_self_test: SelfTestOption = False,
    explained: ExplainOption = None,
    junit: JUnitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare every file in every engine with the Keras model.

    On all test images; a slow engine gets some of them.

    Exit code: 0 the same model everywhere, 1 not the same, 2 wrong usage.
    """
    from pipeline.browser import use_browser
    from pipeline.config import SplitConfig
    from pipeline.data.datasets import DATASETS
    from pipeline.data.splits import load_splits
    from pipeline.environment import describe_environment
    from pipeline.junit import write_junit
    from pipeline.parity import run_parity
    from pipeline.results import SCHEMA_VERSION, Results
    from pipeline.wording import first_trouble

    use_browser(browser)
    if is_self_test:
        if formats or runtimes or allow_missing or explained or junit:
            raise typer.BadParameter("--self-test chooses formats and engines itself")
        self_test(exports, data_dir, build_dir, as_json)
        return
    if explained:
        if formats or allow_missing or junit or len(runtimes or ()) > 1:
            raise typer.BadParameter("--explain takes one format, and one engine at most")
        explain_format(explained, runtimes[0] if runtimes else None, exports, data_dir, build_dir, as_json)
        return
    chosen = choose(formats, runtimes)
    missing = choose_missing(allow_missing)
    contract = verified_contract(exports)
    dataset = DATASETS[DEFAULT_DATASET]
    with show_progress() as progress:
        test = load_splits(dataset, SplitConfig(), build_dir, data_dir).test
        rows = run_parity(exports, contract, test, progress, *chosen, allow_missing=missing)
    results = Results(SCHEMA_VERSION, describe_environment(), parity=rows)
    print_results(results, as_json)
    if junit:
        write_junit(rows, junit)
    if not results.is_same_everywhere:
        raise PipelineError(first_trouble(results))


def benchmark(
    exports: ExportsOption = DEFAULT_EXPORTS,
    formats: FormatOption = None,
    runtimes: RuntimeOption = None,
    profile: ProfileOption = DEFAULT_PROFILE,
    browser: BrowserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Time one image in every engine.

    Median, p90, p99, and how far two halves of the measurement differ.
    """
    from pipeline.benchmark import measure_sizes, run_benchmark
    from pipeline.browser import use_browser
    from pipeline.build_config import get_profile
    from pipeline.environment import describe_environment
    from pipeline.export import read_golden_images
    from pipeline.results import SCHEMA_VERSION, Results
    from pipeline.tables import timing_table

    use_browser(browser)
    chosen = choose(formats, runtimes)
    timing = get_profile(profile).timing
    contract = verified_contract(exports)
    with show_progress() as progress:
        rows = run_benchmark(exports, contract, read_golden_images(exports, contract)[0], timing, progress, *chosen)
    results = Results(SCHEMA_VERSION, describe_environment(), timings=rows, sizes=measure_sizes(exports))
    if as_json:
        print_json(results)
    else:
        print_table(timing_table(results.timings))


def report(
    exports: ExportsOption = DEFAULT_EXPORTS,
    readme: Annotated[
        Path | None, typer.Option("--readme", metavar="FILE", help="Also write the table into this README.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if the README is out of date.")] = False,
    devices: Annotated[
        list[Path] | None,
        typer.Option("--device", metavar="FILE", help="What the page saved on a device; may be repeated."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE.html", help="With --device: where it goes; build/report.html if not given."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the results of the last release.

    With --device also those of other devices: on the web demo's page, "Check this device" saves a file.
    """
    from pipeline.files import read_bytes, write_atomically
    from pipeline.report import render_readme
    from pipeline.results import read_results

    require_filled(exports, "results.json")
    results = read_results(exports / "results.json")
    if check and readme is None:
        raise typer.BadParameter("--check needs --readme")
    if devices:
        if readme or as_json:
            raise typer.BadParameter("--device writes a page: leave --readme and --json out")
        _report_devices(devices, exports, output or DEFAULT_BUILD_DIR / "report.html")
        return
    if output:
        raise typer.BadParameter("--output needs --device")
    if readme is not None:
        before = read_bytes(readme).decode()
        after = render_readme(results, before)
        if check and after != before:
            raise PipelineError(f"{readme} does not show {exports / 'results.json'}; next: make readme")
        if not check:
            write_atomically(readme, after.encode())
    print_results(results, as_json)


def _report_devices(paths: list[Path], exports: Path, output: Path) -> None:
    from pipeline.device_report import add_devices, devices_table, read_check
    from pipeline.files import write_atomically

    if output.resolve().is_relative_to(exports.resolve()):
        raise typer.BadParameter(
            f"--output: expected a file outside {exports}, whose files are verified, found {output}"
        )
    contract = verified_contract(exports)
    checks = [read_check(path, exports, contract.num_labels) for path in paths]
    write_atomically(output, add_devices(exports / "report.html", checks, contract.labels).encode())
    print_table(devices_table(checks))
    print(f"\nthe report with {'this device' if len(checks) == 1 else 'these devices'}: {output}")
