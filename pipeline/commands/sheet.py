"""predict --sheet: all symbols of a picture."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.console import JsonList, plain_output
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.pictures import PictureFile
    from pipeline.sheet import Sheet


def answer_sheets(paths: Sequence[Path], exports: Path, output: Path | None, as_json: bool) -> None:
    """Prints the lines of each picture and writes it with its answers, as NAME-answers.png in the current folder."""
    from pipeline.commands.predict import with_bar
    from pipeline.pictures import find_pictures
    from pipeline.predict import Predictor
    from pipeline.sheet import answer_sheet

    files = list(find_pictures(paths))
    outputs = _choose_outputs(files, output)
    predictor = Predictor(exports)
    stream = plain_output()
    num_unreadable = 0
    sheets = ((answer_sheet(file, predictor), place) for file, place in zip(with_bar(files), outputs, strict=False))
    if as_json:
        with JsonList(stream) as entries:
            for sheet, place in sheets:
                num_unreadable += not sheet.is_readable
                written = _write(sheet, place)
                entries.add({**sheet.as_json(), "output": written})
    else:
        for sheet, place in sheets:
            num_unreadable += not sheet.is_readable
            if not sheet.answers:
                print(f"{'' if sheet.is_readable else 'error: '}{sheet.path}: {sheet.reason}", file=sys.stderr)
                continue
            number = len(sheet.answers)
            found = "1 symbol" if number == 1 else f"{number} symbols"
            print(f"{sheet.path}: {found}, marked in {_write(sheet, place)}", file=stream)
            print("\n".join(f"  {line}" for line in sheet.lines), file=stream, flush=True)
    if num_unreadable:
        sys.exit(1)


def _write(sheet: "Sheet", place: Path) -> str | None:
    from pipeline.files import write_atomically
    from pipeline.pictures import printable
    from pipeline.sheet import draw_answers

    if not sheet.answers:
        return None
    write_atomically(place, draw_answers(sheet))
    return printable(place)


def _choose_outputs(files: "Sequence[PictureFile]", output: Path | None) -> list[Path]:
    """Where the marked pictures go: never onto one that is asked about.

    Raises:
        UsageError: One place for several pictures, or the place is one of them.
    """
    if output is not None and len(files) != 1:
        raise UsageError(f"--output takes one picture, found {len(files)}; leave it out for NAME-answers.png")
    if output is not None and output.suffix.lower() != ".png":
        raise UsageError(f"--output: expected a name that ends in .png, found {output}")
    taken = {_real(file.path) for file in files}
    outputs = []
    for file in files:
        place = output or _free_name(file.path, taken)
        if output is not None and _real(place) in taken:
            raise UsageError(f"--output: {output} is the picture itself; choose another file")
        taken.add(_real(place))
        outputs.append(place)
    return outputs


def _real(path: Path) -> Path:
    """The file behind links; a link that leads to itself stays as it is, which Path.resolve refuses."""
    return Path(os.path.realpath(path))


def _free_name(path: Path, taken: set[Path]) -> Path:
    stem = path.stem if path.stem != "-" else "sheet"
    place, number = Path(f"{stem}-answers.png"), 2
    while _real(place) in taken:
        place, number = Path(f"{stem}-answers-{number}.png"), number + 1
    return place
