"""The command line: which commands there are."""

from typing import Annotated

import typer

from pipeline import __version__
from pipeline.commands.build import build_all, export, train
from pipeline.commands.data import describe_data, fetch_data
from pipeline.commands.embed import embed
from pipeline.commands.machine import doctor, setup
from pipeline.commands.measure import benchmark, parity, report
from pipeline.commands.predict import predict
from pipeline.commands.verify import verify
from pipeline.ending import run_program

app = typer.Typer(
    name="pipeline",
    help="Train a small image classifier, export it everywhere, and prove that it is still the same model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="The data set: fetch and verify it, or show what is there.", no_args_is_help=True)

app.command("build-all", epilog="Example: pipeline build-all --profile quick")(build_all)
app.command("train", epilog="Example: pipeline train --arch edge --seed 1")(train)
app.command("export", epilog="Example: pipeline export --arch edge --seed 1")(export)
app.command("parity", epilog="Example: pipeline parity --format tflite/int8 --runtime litert")(parity)
app.command("benchmark", epilog="Example: pipeline benchmark --runtime litert --json")(benchmark)
app.command("report", epilog="Example: pipeline report --json")(report)
app.command("predict", epilog="Example: pipeline predict digit.png --json")(predict)
app.command("embed", epilog="Example: pipeline embed --target raspberry_pi --output classify")(embed)
app.command("verify", epilog="Example: pipeline verify exports --runtime litert")(verify)
app.command("setup", epilog="Example: pipeline setup")(setup)
app.command("doctor", epilog="Example: pipeline doctor")(doctor)
app.add_typer(data_app, name="data")
data_app.command("fetch", epilog="Example: pipeline data fetch --data-dir ~/mnist")(fetch_data)
data_app.command("info", epilog="Example: pipeline data info --json")(describe_data)


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
