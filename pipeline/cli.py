"""The command line: which commands there are."""

from typing import Annotated

import typer

from pipeline import __version__
from pipeline.commands.build import build_all, export, train
from pipeline.commands.data import describe_data, fetch_data
from pipeline.commands.embed import embed
from pipeline.commands.evaluate import evaluate
from pipeline.commands.help import ChoosingCommand
from pipeline.commands.inspect import inspect
from pipeline.commands.machine import doctor, setup
from pipeline.commands.measure import benchmark, parity, report
from pipeline.commands.predict import predict
from pipeline.commands.site import serve, site
from pipeline.commands.verify import verify
from pipeline.ending import run_program
from pipeline.hints import as_called

app = typer.Typer(
    name="pipeline",
    help="Train a small image classifier, export it everywhere, and prove that it is still the same model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="The data set: fetch and verify it, or show what is there.", no_args_is_help=True)


def _example(arguments: str) -> str:
    return as_called(f"Example: pipeline {arguments}")


app.command("build-all", cls=ChoosingCommand, epilog=_example("build-all --profile quick"))(build_all)
app.command("train", epilog=_example("train --arch edge --seed 1"))(train)
app.command("export", epilog=_example("export --arch edge --seed 1"))(export)
app.command("parity", cls=ChoosingCommand, epilog=_example("parity --format tflite/int8 --runtime litert"))(parity)
app.command("benchmark", cls=ChoosingCommand, epilog=_example("benchmark --runtime litert --json"))(benchmark)
app.command("report", epilog=_example("report --json"))(report)
app.command("predict", epilog=_example("predict digit.png --json"))(predict)
app.command("evaluate", epilog=_example("evaluate labelled/manifest.csv"))(evaluate)
app.command("inspect", epilog=_example("inspect digit.png --arch mlp-200"))(inspect)
app.command("embed", epilog=_example("embed --target raspberry_pi --output classify"))(embed)
app.command("verify", epilog=_example("verify exports --runtime litert"))(verify)
app.command("site", epilog=_example("site --output public"))(site)
app.command("serve", epilog=_example("serve --open"))(serve)
app.command("setup", epilog=_example("setup"))(setup)
app.command("doctor", epilog=_example("doctor"))(doctor)
app.add_typer(data_app, name="data")
data_app.command("fetch", epilog=_example("data fetch --data-dir ~/mnist"))(fetch_data)
data_app.command("info", epilog=_example("data info --json"))(describe_data)


def main() -> None:
    """Entry point of the console script."""
    run_program(app)


@app.callback(invoke_without_command=True)
def _global_options(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        print(__version__)
        raise typer.Exit
