"""The options that mean the same in every command."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.architectures import ARCHITECTURES
from pipeline.config import PROFILES

ProfileOption = Annotated[
    str, typer.Option("--profile", metavar="PROFILE", help=f"How much work: {', '.join(PROFILES)}.")
]
ArchOption = Annotated[
    str | None,
    typer.Option(
        "--arch", metavar="NETWORK", help=f"Network, the profile's own if not given: {', '.join(ARCHITECTURES)}."
    ),
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="NUMBER", min=0, max=2**31 - 1, help="Seed of the training.")
]
DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", metavar="FOLDER", help="Folder with the four IDX files, raw or .gz.")
]
BuildDirOption = Annotated[
    Path, typer.Option("--build-dir", metavar="FOLDER", help="Folder for caches, checkpoints and results.")
]
ExportsOption = Annotated[Path, typer.Option("--exports", metavar="FOLDER", help="Folder of verified artifacts.")]
BuildExportsOption = Annotated[
    Path | None,
    typer.Option(
        "--exports", metavar="FOLDER", help="Folder for the verified artifacts; the profile's own if not given."
    ),
]
FormatOption = Annotated[
    list[str] | None, typer.Option("--format", metavar="FORMAT", help="Only this format; may be repeated.")
]
RuntimeOption = Annotated[
    list[str] | None, typer.Option("--runtime", metavar="ENGINE", help="Only this engine; may be repeated.")
]
MissingOption = Annotated[
    list[str] | None,
    typer.Option("--allow-missing", metavar="ENGINE", help="Engine that may be missing; may be repeated."),
]
SelfTestOption = Annotated[
    bool, typer.Option("--self-test", help="Break copies of the artifacts instead; exit 1 if one passes for sound.")
]
ExplainOption = Annotated[
    str | None,
    typer.Option("--explain", metavar="FORMAT", help="Show where one artifact leaves the reference, layer by layer."),
]
JUnitOption = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Also write the rows as a JUnit file for CI servers.")
]
BrowserOption = Annotated[
    Path | None,
    typer.Option("--browser", metavar="FILE", help="Chromium to run; an installed one or npm's if not given."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead.")]
