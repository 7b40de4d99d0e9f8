"""Looks into a trained network and leaves pictures, their raw data, and a page that shows them."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.charts.edges import draw_edges
from pipeline.charts.layers import draw_feature_maps, draw_kernels
from pipeline.charts.typical import draw_typical
from pipeline.contract import ModelContract
from pipeline.files import to_json, write_atomically
from pipeline.formats.keras_file import check_shapes, load_keras
from pipeline.inference import predict_in_batches
from pipeline.inspection.edges import VERTICAL_EDGE, vertical_edges
from pipeline.inspection.layers import LayerArray, LeftOut, feature_maps_of, kernels_of
from pipeline.inspection.typical import TypicalImage, answers_to, inverted_images, typical_images
from pipeline.progress import Progress

TYPICAL_DATA, RECORD, PAGE = "typical.npz", "inspection.json", "index.html"


@dataclass(frozen=True)
class Picture:
    """What is looked at: `image` is what the network sees, uint8 (height, width, channels); `grey` all of it."""

    name: str
    image: NDArray[np.uint8]
    grey: NDArray[np.uint8]


@dataclass(frozen=True)
class Sheet:
    """One picture file below the folder, and what it shows in a sentence."""

    part: str
    title: str
    sentence: str
    file: str


@dataclass(frozen=True)
class Inspection:
    """What was found and where it is shown.

    Attributes:
        name: Of the network.
        picture: Whose feature maps are shown, with the network's answer and its probability.
        typical: The network's answers to the images it finds most typical.
        inverted: The same for those of the back-query by inversion; empty for networks that are not all sigmoids.
        left_out: Layers that are not drawn, by the part that they would be in.
        folder: Where the files are.
    """

    name: str
    num_parameters: int
    picture: str
    answer: str
    probability: float
    typical: tuple[TypicalImage, ...]
    inverted: tuple[TypicalImage, ...]
    sheets: tuple[Sheet, ...]
    left_out: dict[str, list[LeftOut]]
    folder: str


def inspect_network(
    name: str, path: Path, contract: ModelContract, picture: Picture, folder: Path, progress: Progress
) -> Inspection:
    """Draws everything that there is to see of a network.

    Args:
        name: What to call it.
        path: Its Keras file.
        contract: What it promises.
        picture: Whose feature maps and edges are drawn.
        folder: Receives the files.
        progress: Told after each of five steps.

    Raises:
        ArtifactError: The Keras file is missing, damaged or of another contract.
        StorageError: A file cannot be written.
    """
    model = load_keras(path)
    check_shapes(model, contract, path)
    progress.start("inspect", 5)
    progress.update(0, "typical images")
    images = typical_images(model, contract)
    typical = answers_to(model, images, contract)
    sheets = [_typical_sheet(typical, images, contract, folder)]
    _save_images(images, typical, folder)
    progress.update(1, "inversion")
    inverted: tuple[TypicalImage, ...] = ()
    if (reversed_images := inverted_images(model, contract)) is not None:
        inverted = answers_to(model, reversed_images, contract)
        sheets.append(_inverted_sheet(inverted, reversed_images, contract, folder))
    progress.update(2, "kernels")
    kernels, without_kernels = kernels_of(model, contract)
    sheets += [_kernel_sheet(kernel, folder) for kernel in kernels]
    progress.update(3, "feature maps")
    maps, without_maps = feature_maps_of(path, picture.image)
    sheets += [_map_sheet(one, folder) for one in maps]
    progress.update(4, "edges")
    sheets.append(_edge_sheet(picture, folder))
    progress.update(5)
    probabilities = predict_in_batches(model, picture.image[np.newaxis])[0]
    inspection = Inspection(
        name=f"{model.name} ({name})",
        num_parameters=model.count_params(),
        picture=picture.name,
        answer=contract.labels[int(probabilities.argmax())],
        probability=float(probabilities.max()),
        typical=typical,
        inverted=inverted,
        sheets=tuple(sheets),
        left_out={"kernels": without_kernels, "features": without_maps},
        folder=str(folder),
    )
    write_atomically(folder / RECORD, to_json(inspection))
    return inspection


def _save_images(images: NDArray[np.uint8], answers: tuple[TypicalImage, ...], folder: Path) -> None:
    """The raw images, uint8 (labels, height, width, channels), with their labels and the network's answers."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        images=images,
        labels=np.array([answer.label for answer in answers]),
        answers=np.array([answer.answer for answer in answers]),
        probabilities=np.array([answer.probability for answer in answers], np.float32),
    )
    write_atomically(folder / TYPICAL_DATA, buffer.getvalue())


def _typical_sheet(
    answers: tuple[TypicalImage, ...], images: NDArray[np.uint8], contract: ModelContract, folder: Path
) -> Sheet:
    draw_typical("Typical images, by gradient ascent", answers, images, contract.labels, folder / "typical.svg")
    sentence = (
        "For each label, the image with the least ink that makes this network sure; found from a grey blob by "
        f"following the gradient. {_count_right(answers)}"
    )
    return Sheet("typical", "Typical images", sentence, "typical.svg")


def _inverted_sheet(
    answers: tuple[TypicalImage, ...], images: NDArray[np.uint8], contract: ModelContract, folder: Path
) -> Sheet:
    draw_typical("The network run backwards", answers, images, contract.labels, folder / "inverted.svg")
    sentence = (
        "From the answer back to the image, layer by layer: the logit undoes the sigmoid, the transposed weights stand "
        f"in for the inverse of the layer (Rashid 2016). {_count_right(answers)}"
    )
    return Sheet("typical", "The network run backwards", sentence, "inverted.svg")


def _count_right(answers: tuple[TypicalImage, ...]) -> str:
    num_right = sum(answer.is_right for answer in answers)
    return f"Asked about them, the network gives {num_right} of {len(answers)} the label they are meant for."


def _kernel_sheet(kernel: LayerArray, folder: Path) -> Sheet:
    file = f"kernels/{kernel.layer}.png"
    draw_kernels(kernel.layer, kernel.values, folder / file)
    if kernel.values.ndim == 2:
        sentence = "How much each unit makes of every value of the layer before."
    elif kernel.values.shape[2] == 1:
        sentence = "What each unit looks for in the picture: it answers where bright lies on red and dark on blue."
    else:
        sentence = "A column is one kernel: what it looks for in every channel of the layer before."
    return Sheet("kernels", kernel.layer, sentence, file)


def _map_sheet(maps: LayerArray, folder: Path) -> Sheet:
    file = f"features/{maps.layer}.png"
    draw_feature_maps(maps.layer, maps.values, folder / file)
    what = "Where each channel has found what it looks for." if maps.values.ndim == 3 else "How much each unit answers."
    return Sheet("features", maps.layer, what, file)


def _edge_sheet(picture: Picture, folder: Path) -> Sheet:
    draw_edges(picture.grey, VERTICAL_EDGE, vertical_edges(picture.grey), folder / "edges.png")
    sentence = (
        "The kernel of every first lesson: red where the picture is brighter on the left than on the right, blue the "
        "other way round, white where nothing changes from left to right."
    )
    return Sheet("edges", "Vertical edges", sentence, "edges.png")
