"""embed: folders that a user copies to a device as they are."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.choice import verified_contract
from pipeline.commands.options import ExportsOption, JsonOption
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS
from pipeline.console import print_json
from pipeline.embed.targets import TARGETS
from pipeline.errors import look_up

_TARGET_HELP = "; ".join(f"{name}: {target.description}" for name, target in TARGETS.items())


def embed(
    target: Annotated[
        str | None, typer.Option("--target", metavar="TARGET", help=f"Only this one. {_TARGET_HELP}.")
    ] = None,
    exports: ExportsOption = DEFAULT_EXPORTS,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FOLDER",
            help="Folder for the files, or without --target for a folder of each; build/embed.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write folders for devices: model, code, how to use them."""
    from pipeline.embed.kit import Kit, write_into

    root = output or DEFAULT_BUILD_DIR / "embed"
    folders = {name: root / name for name in TARGETS}
    if target is not None:
        look_up("target", target, TARGETS)
        folders = {target: output or folders[target]}
    verified_contract(exports)
    kit = Kit(exports)
    written = {name: write_into(folder, partial(TARGETS[name].write, kit)) for name, folder in folders.items()}
    if as_json:
        print_json({name: {"files": list(map(str, files.files)), **files.facts} for name, files in written.items()})
        return
    for name, files in written.items():
        print(f"{name}: {len(files.files)} files; begin with {folders[name] / 'README.md'}")
        for note in files.notes:
            print(f"  {note}")
