"""evaluate: how often answers for labelled pictures are right."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.choice import require_filled
from pipeline.commands.options import ExportsOption, JsonOption
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS
from pipeline.console import plain_output, print_json, print_table, show_progress

if TYPE_CHECKING:
    from pipeline.evaluate import Evaluation

_CONTACT_SHEET = DEFAULT_BUILD_DIR / "evaluate" / "mistakes.png"
_MAX_LISTED = 20


def evaluate(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|MANIFEST.csv",
            help="LABEL/picture.png or SOURCE/LABEL/picture.png below the folder; or a table with the columns path "
            "(from its own folder on), label and, if there are several sources, source or source_repo.",
        ),
    ],
    exports: ExportsOption = DEFAULT_EXPORTS,
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE.png", help="Where the mistakes are drawn.")
    ] = _CONTACT_SHEET,
    as_json: JsonOption = False,
) -> None:
    """Measure the accuracy on labelled pictures, source by source.

    Shows the mean over sources, the confusion matrix and the mistakes, too.
    A picture without an answer counts as wrong. Exit code: 0 measured, 1 a picture cannot be read, 2 wrong usage.
    """
    from pipeline.evaluate import evaluate as measure
    from pipeline.evaluate import evaluation_as_json, read_labelled
    from pipeline.predict import Predictor

    if output.suffix.lower() != ".png":
        raise typer.BadParameter(f"--output: expected a name that ends in .png, found {output}")
    require_filled(exports)
    predictor = Predictor(exports)
    pictures = read_labelled(path, predictor.contract.labels)
    with show_progress() as progress:
        evaluation = measure(pictures, predictor, progress)
    plain_output()
    if as_json:
        print_json(evaluation_as_json(evaluation))
    else:
        _print(evaluation)
    _draw(evaluation, output)
    if evaluation.num_unreadable:
        print(f"{evaluation.num_unreadable:,} of {len(pictures):,} cannot be read", file=sys.stderr)
        sys.exit(1)


def _print(evaluation: "Evaluation") -> None:
    from pipeline.evaluate import describe_wrong
    from pipeline.evaluation_tables import accuracy_table, confusion_table

    print_table(accuracy_table(evaluation))
    print("\nlabel in rows, answer in columns:")
    print_table(confusion_table(evaluation))
    if evaluation.wrong:
        print()
    for wrong in evaluation.wrong[:_MAX_LISTED]:
        print(describe_wrong(wrong))
    if len(evaluation.wrong) > _MAX_LISTED:
        print(f"… and {len(evaluation.wrong) - _MAX_LISTED:,} more; --json lists all")


def _draw(evaluation: "Evaluation", output: Path) -> None:
    if not evaluation.wrong:
        return
    from pipeline.charts.wrong_answers import draw_wrong_answers

    if draw_wrong_answers(evaluation.wrong, output):
        print(f"mistakes drawn: {output}", file=sys.stderr)
