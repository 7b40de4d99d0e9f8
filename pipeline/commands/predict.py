"""predict: answers for the user's own pictures."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.choice import require_filled
from pipeline.commands.options import ExportsOption, JsonOption
from pipeline.config import DEFAULT_EXPORTS
from pipeline.console import print_json


def predict(
    paths: Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Picture files, one symbol on each.")],
    exports: ExportsOption = DEFAULT_EXPORTS,
    as_json: JsonOption = False,
) -> None:
    """Say what is on a picture; exit 1 if one cannot be read."""
    from pipeline.predict import predict_files

    require_filled(exports)
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
