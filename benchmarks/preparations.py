"""What the preparation of a picture is worth: the same network behind four that tutorials use, and behind ours.

    python -m benchmarks.preparations FOLDER|MANIFEST.csv [--record "what the pictures are"]

Takes what `pipeline evaluate` takes and prints accuracies per source. The detector is asked for the last column alone;
no answer counts as wrong.
"""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from benchmarks.records import PreparationsRecord, write_record
from pipeline.config import DEFAULT_EXPORTS, PROJECT_ROOT
from pipeline.contract import ModelContract
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.errors import PipelineError, UsageError
from pipeline.evaluate import Evaluation, LabelledPicture, evaluate, judge, read_labelled
from pipeline.pictures import printable, read_picture
from pipeline.predict import Prediction, Predictor
from pipeline.preprocess import decode, prepare
from pipeline.progress import Silent
from pipeline.shipping.handwriting import OURS, REJECTING, HandwritingRow, accuracies_table, hash_files
from pipeline.tables import markdown_table


def resized(content: bytes) -> NDArray[np.uint8]:
    """Grey, resized."""
    return np.asarray(_open(content).resize((28, 28)))


def inverted(content: bytes) -> NDArray[np.uint8]:
    """Grey, resized, inverted."""
    return np.bitwise_not(resized(content))


def fixed_threshold(content: bytes) -> NDArray[np.uint8]:
    """Black where darker than 127, inverted, resized."""
    return _resize(np.asarray(_open(content)) <= 127)


def otsu_cropped(content: bytes) -> NDArray[np.uint8]:
    """Otsu's threshold, inverted, cropped to the ink, resized without its aspect."""
    grey = np.asarray(_open(content))
    ink = grey <= _otsu(grey)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return _resize(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else ink)


PREPARATIONS: dict[str, Callable[[bytes], NDArray[np.uint8]]] = {
    "resize": resized,
    "resize, invert": inverted,
    "threshold 127": fixed_threshold,
    "Otsu, crop": otsu_cropped,
}


def main(
    path: Annotated[Path, typer.Argument(metavar="FOLDER|MANIFEST.csv")],
    exports: Annotated[Path, typer.Option("--exports")] = DEFAULT_EXPORTS,
    described: Annotated[
        str | None,
        typer.Option(
            "--record", help='Also write results/preparations.json; what the pictures are, in words that follow "on".'
        ),
    ] = None,
) -> None:
    """Prints a table of accuracies: a row for each source, a column for each preparation."""
    predictor = Predictor(exports)
    pictures = read_labelled(path, predictor.contract.labels)
    measured = {name: _evaluate(pictures, predictor, PREPARATIONS[name]) for name in PREPARATIONS}
    measured[OURS] = _evaluate(pictures, predictor, lambda content: _ours(content, predictor.contract))
    measured[REJECTING] = evaluate(pictures, predictor, Silent())
    rows = tuple(
        HandwritingRow(
            source.source,
            source.num_pictures,
            {name: evaluation.sources[index].accuracy for name, evaluation in measured.items()},
        )
        for index, source in enumerate(measured[OURS].sources)
    )
    means = {name: evaluation.mean_accuracy for name, evaluation in measured.items()}
    record = PreparationsRecord(hash_files(exports), described or "", rows, means, describe_environment())
    print(markdown_table(accuracies_table(record, list(means))))
    if described:
        if exports.resolve() != (PROJECT_ROOT / DEFAULT_EXPORTS).resolve():
            raise UsageError(f"--record is for the released files: expected {DEFAULT_EXPORTS}, found {exports}")
        print(write_record("preparations", record))


def _evaluate(
    pictures: list[LabelledPicture], predictor: Predictor, prepare_: Callable[[bytes], NDArray[np.uint8]]
) -> Evaluation:
    predictions = [_answer(picture, predictor, prepare_) for picture in pictures]
    return judge(pictures, predictions, predictor.contract.labels)


def _answer(
    picture: LabelledPicture, predictor: Predictor, prepare_: Callable[[bytes], NDArray[np.uint8]]
) -> Prediction:
    name = printable(picture.file.path)
    try:
        image = prepare_(read_picture(picture.file.path))
    except PipelineError as error:
        return Prediction(name, None, None, {}, str(error), "", is_readable=False, image=None)
    answer = predictor.answer_image(name, image.reshape(predictor.contract.input.shape))
    return replace(answer, label=max(answer.probabilities, key=answer.probabilities.__getitem__))


def _ours(content: bytes, contract: ModelContract) -> NDArray[np.uint8]:
    return prepare(decode(content), contract)


def _open(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content)).convert("L")
    except Exception as error:  # Pillow's readers raise anything from struct.error to IndexError on damaged files.
        raise PipelineError(f"cannot be read: {error}") from error


def _resize(ink: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(ink.astype(np.uint8) * 255).resize((28, 28)))


def _otsu(grey: NDArray[np.uint8]) -> int:
    """The level that parts dark from light with most variance between the two (Otsu 1979)."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(float)
    num_dark = counts.cumsum()
    mass_dark = (counts * np.arange(256)).cumsum()
    num_light = grey.size - num_dark
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mass_dark[-1] * num_dark / grey.size - mass_dark) ** 2 / (num_dark * num_light)
    return int(np.nan_to_num(between, posinf=0.0).argmax())


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
