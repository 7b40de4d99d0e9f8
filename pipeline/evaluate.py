"""How often the answers for labelled pictures are right, source by source."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from pipeline.errors import DataError, storage_errors
from pipeline.files import read_bytes
from pipeline.pictures import PictureFile, pictures_below, printable
from pipeline.predict import Prediction, Predictor
from pipeline.progress import Progress

NO_ANSWER = "none"
_PATH, _LABEL, _SOURCES = "path", "label", ("source", "source_repo")
_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class LabelledPicture:
    """A file, what is on it, and where it comes from."""

    file: PictureFile
    label: str
    source: str


@dataclass(frozen=True)
class SourceAccuracy:
    """How many pictures of one source are right; a picture without an answer is not.

    Attributes:
        interval: 95 % confidence interval of the accuracy, a fraction, by Wilson's method.
    """

    source: str
    num_pictures: int
    num_right: int
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class WrongAnswer:
    """A picture with another answer than its label, or none."""

    picture: LabelledPicture
    prediction: Prediction


@dataclass(frozen=True)
class Evaluation:
    """What was measured on labelled pictures.

    Attributes:
        mean_accuracy: Mean over sources, so that a large one counts no more than a small one.
        overall: All pictures as one source.
        labels: Rows of the confusion matrix, and its columns, after which one more counts pictures without an answer.
        confusion: Numbers of pictures, (labels, labels + 1).
        wrong: In the order of the pictures.
    """

    sources: tuple[SourceAccuracy, ...]
    mean_accuracy: float
    overall: SourceAccuracy
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    num_unreadable: int
    wrong: tuple[WrongAnswer, ...]


def read_labelled(path: Path, labels: Sequence[str]) -> list[LabelledPicture]:
    """The labelled pictures of a manifest or a folder.

    Args:
        path: A CSV file with the columns path (from the file's folder on), label and, if there are several sources,
            source or source_repo; or a folder with one sub-folder for each label, or one for each source that has
            these. Other columns and files are ignored.
        labels: Those of the contract.

    Raises:
        DataError: A column is missing, a label is not one of the model's, or there are no pictures.
        StorageError: The path cannot be read.
    """
    with storage_errors("read", path):
        pictures = _from_folder(path, labels) if path.is_dir() else _from_manifest(path, labels)
    if not pictures:
        raise DataError(f"expected labelled pictures in {path}, found none")
    return pictures


def evaluate(pictures: Sequence[LabelledPicture], predictor: Predictor, progress: Progress) -> Evaluation:
    """Answers for all pictures, and how they compare with the labels."""
    progress.start("pictures", len(pictures))
    predictions = []
    for done, picture in enumerate(pictures):
        predictions.append(predictor.answer_file(picture.file))
        progress.update(done + 1)
    return judge(pictures, predictions, predictor.contract.labels)


def judge(
    pictures: Sequence[LabelledPicture], predictions: Sequence[Prediction], labels: tuple[str, ...]
) -> Evaluation:
    """Counts right and wrong answers.

    Args:
        pictures: What was asked.
        predictions: One for each picture, in the same order.
        labels: Those of the contract.
    """
    right_by_source: dict[str, list[bool]] = {}
    confusion = [[0] * (len(labels) + 1) for _ in labels]
    for picture, prediction in zip(pictures, predictions, strict=True):
        right_by_source.setdefault(picture.source, []).append(prediction.label == picture.label)
        column = len(labels) if prediction.label is None else labels.index(prediction.label)
        confusion[labels.index(picture.label)][column] += 1
    sources = tuple(_accuracy(source, are_right) for source, are_right in sorted(right_by_source.items()))
    return Evaluation(
        sources=sources,
        mean_accuracy=sum(source.accuracy for source in sources) / len(sources),
        overall=_accuracy("all", [is_right for are_right in right_by_source.values() for is_right in are_right]),
        labels=labels,
        confusion=tuple(map(tuple, confusion)),
        num_unreadable=sum(not prediction.is_readable for prediction in predictions),
        wrong=tuple(
            WrongAnswer(picture, prediction)
            for picture, prediction in zip(pictures, predictions, strict=True)
            if prediction.label != picture.label
        ),
    )


def wilson_interval(num_right: int, num_pictures: int) -> tuple[float, float]:
    """95 % confidence interval of a proportion (Wilson 1927), as fractions."""
    share, shift = num_right / num_pictures, _Z_95 * _Z_95 / num_pictures
    centre = share + shift / 2
    half = _Z_95 * sqrt(share * (1 - share) / num_pictures + shift / (4 * num_pictures))
    return max(0.0, (centre - half) / (1 + shift)), min(1.0, (centre + half) / (1 + shift))


def _accuracy(source: str, are_right: Sequence[bool]) -> SourceAccuracy:
    num_right, num_pictures = sum(are_right), len(are_right)
    interval = wilson_interval(num_right, num_pictures)
    return SourceAccuracy(source, num_pictures, num_right, num_right / num_pictures, interval)


def _from_manifest(path: Path, labels: Sequence[str]) -> list[LabelledPicture]:
    try:
        rows = csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8-sig")), strict=True)
        columns = rows.fieldnames or []
        missing = [name for name in (_PATH, _LABEL) if name not in columns]
        if missing:
            raise DataError(f"{path}: expected the columns path and label, found none called {missing[0]}")
        source = next((name for name in _SOURCES if name in columns), None)
        return [
            LabelledPicture(
                PictureFile(path.parent / _file_name(row[_PATH], f"{path}, line {rows.line_num}")),
                _known(row[_LABEL], labels, f"{path}, line {rows.line_num}"),
                printable((row[source] if source else None) or path.stem),
            )
            for row in rows
            if row[_PATH] or row[_LABEL]
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path}: expected a folder or a CSV file in UTF-8 ({error}); for one picture: pipeline predict {path}"
        ) from error


def _from_folder(folder: Path, labels: Sequence[str]) -> list[LabelledPicture]:
    names = [path.name for path in _folders_in(folder)]
    if any(name in labels for name in names):
        return [*_of_source(folder, folder.name, labels)]
    sources = [path for path in _folders_in(folder) if any(inner.name in labels for inner in _folders_in(path))]
    if not sources:
        raise DataError(
            f"{folder}: expected sub-folders called {', '.join(labels)}, or one for each source that has these, found "
            f"{', '.join(map(printable, names)) or 'none'}"
        )
    return [picture for source in sources for picture in _of_source(source, source.name, labels)]


def _folders_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _of_source(folder: Path, source: str, labels: Sequence[str]) -> Iterable[LabelledPicture]:
    for path in _folders_in(folder):
        if path.name in labels:
            for file in pictures_below(path):
                yield LabelledPicture(file, path.name, printable(source))


def _file_name(path: str | None, where: str) -> str:
    if not path or "\0" in path:
        raise DataError(f"{where}: expected a path, found {printable(path or 'none')}")
    return path


def _known(label: str | None, labels: Sequence[str], where: str) -> str:
    text = (label or "").strip()
    if text not in labels:
        raise DataError(f"{where}: expected a label of {', '.join(labels)}, found {text or 'none'}")
    return text


def evaluation_as_json(evaluation: Evaluation) -> dict[str, object]:
    """What scripts get: everything but the images."""
    wrong = [
        {"label": wrong.picture.label, "source": wrong.picture.source, "answer": wrong.prediction.as_json()}
        for wrong in evaluation.wrong
    ]
    return {
        "mean_accuracy": evaluation.mean_accuracy,
        "overall": evaluation.overall,
        "sources": evaluation.sources,
        "labels": evaluation.labels,
        "confusion": evaluation.confusion,
        "num_unreadable": evaluation.num_unreadable,
        "wrong": wrong,
    }


def describe_wrong(wrong: WrongAnswer) -> str:
    """One line about a mistake."""
    answer, path = wrong.prediction, printable(wrong.picture.file.path)
    if not answer.is_readable:
        return f"{path}: {wrong.picture.label} → {answer.reason}"
    return f"{path}: {wrong.picture.label} → {answer.label or f'{NO_ANSWER} ({answer.reason})'}"
