"""predict: answers for the user's own pictures."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from pipeline.commands.choice import require_filled
from pipeline.commands.options import ExportsOption, JsonOption
from pipeline.config import DEFAULT_EXPORTS
from pipeline.console import JsonList, plain_output, show_progress

if TYPE_CHECKING:
    from pipeline.pictures import PictureFile
    from pipeline.predict import Prediction

PathsArgument = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="Pictures, folders of them, or - for standard input.")
]
_MANY = 20


def predict(
    paths: PathsArgument,
    exports: ExportsOption = DEFAULT_EXPORTS,
    show: Annotated[bool, typer.Option("--show", help="Also draw what the model sees.")] = False,
    sheet: Annotated[bool, typer.Option("--sheet", help="Find and answer all symbols of a picture.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE.png", help="With --sheet: where the marked picture goes.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is on pictures, one symbol on each.

    Of a folder all files below are taken that are named like pictures (.png, .jpg, .gif, .webp, .bmp, .tif …).
    Exit code: 0 all answered, also by "no symbol here"; 1 one cannot be read; 2 wrong usage.
    """
    require_filled(exports)
    if as_json and show:
        raise typer.BadParameter("--show is for people and --json for scripts: choose one")
    if sheet:
        from pipeline.commands.sheet import answer_sheets

        if show:
            raise typer.BadParameter("--sheet draws its answers into a picture: leave --show out")
        answer_sheets(paths, exports, output, as_json)
        return
    if output:
        raise typer.BadParameter("--output needs --sheet")
    from pipeline.pictures import find_pictures
    from pipeline.predict import predict_files

    files = list(find_pictures(paths))
    stream = plain_output()
    predictions = predict_files(with_bar(files), exports)
    num_unreadable = 0
    if as_json:
        with JsonList(stream) as entries:
            for prediction in predictions:
                num_unreadable += not prediction.is_readable
                entries.add(prediction.as_json())
    else:
        for prediction in predictions:
            num_unreadable += not prediction.is_readable
            _print(prediction, show, stream)
    if num_unreadable:
        if len(files) >= _MANY:
            print(f"{num_unreadable:,} of {len(files):,} cannot be read", file=sys.stderr)
        sys.exit(1)


def with_bar(files: "Sequence[PictureFile]") -> "Iterator[PictureFile]":
    """The same files; a bar shows how far they are where results do not fill the terminal themselves."""
    if len(files) < _MANY or sys.stdout.isatty() or not sys.stderr.isatty():
        yield from files
        return
    with show_progress() as progress:
        progress.start("pictures", len(files))
        for done, file in enumerate(files):
            yield file
            progress.update(done + 1)


def _print(prediction: "Prediction", show: bool, stream: TextIO) -> None:
    if not prediction.is_readable:
        print(f"error: {prediction.path}: {prediction.reason}", file=sys.stderr)
        return
    if prediction.label is None:
        answer = f"no answer  ({prediction.reason})"
    else:
        answer = f"{prediction.label}  {prediction.probability:.1%}"
    hint = "  (several symbols? try --sheet)" if prediction.has_more else ""
    print(f"{prediction.path}: {answer}{hint}", file=stream, flush=True)
    if show and prediction.image is not None:
        from pipeline.terminal_image import draw_image

        print(draw_image(prediction.image, stream), file=stream, flush=True)
