"""contract.json: everything that a program has to know to use the files, without this project.

It begins with the fields of `ModelContract`, which stays as it is, because it is what a model is trained for: whoever
reads only those fields (the pipeline itself, the classifier of the web page) reads this file too. Its hash, which the
artifacts carry, is that of those fields alone.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes, to_json

CONTRACT = "contract.json"
SCHEMA = "contract.schema.json"

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_Text = Annotated[str, Meta(min_length=1)]
_MAX_DIFFERENCE = (
    "How far a probability may be from the expected one, in any engine of integers or float32; "
    "one of half floats may be farther."
)


@dataclass(frozen=True)
class Input:
    """The images that every file takes, as numbers; files with integer inputs say by which scale."""

    height: Annotated[int, Meta(ge=1, description="Rows of pixels.")]
    width: Annotated[int, Meta(ge=1, description="Columns of pixels.")]
    channels: Annotated[int, Meta(ge=1, description="1 is grey; they are the innermost dimension.")]
    dtype: Annotated[Literal["float32"], Meta(description="Of float files; see `files` for each one.")]
    value_range: Annotated[
        tuple[float, float], Meta(description="Smallest and largest value. Do not normalise: the model does.")
    ]
    polarity: Annotated[
        Literal["bright_on_dark", "dark_on_bright"], Meta(description="Which of ink and paper has the larger values.")
    ]


@dataclass(frozen=True)
class Preprocessing:
    """Where the symbol is on the image; the steps that bring it there are in `preparation`."""

    box_px: Annotated[int, Meta(ge=1, description="The symbol's longer side, in pixels.")]
    centre: Annotated[Literal["mass"], Meta(description="What of the symbol is in the middle: its centre of mass.")]


@dataclass(frozen=True)
class Output:
    """What every file answers."""

    meaning: Annotated[Literal["probabilities"], Meta(description="One for each label, in their order; they sum to 1.")]
    num_labels: Annotated[int, Meta(ge=2, description="Length of the last dimension.")]


@dataclass(frozen=True)
class PreparationStep:
    """One step from a picture to an input; all in whole numbers."""

    name: Annotated[str, Meta(description="Short name.")]
    does: Annotated[str, Meta(description="What it does, in one sentence.")]
    parameters: Annotated[
        dict[str, int | tuple[int, ...]], Meta(description="Its numbers; names end in their units: _px, _percent.")
    ]


@dataclass(frozen=True)
class Tensor:
    """An input or output of one file. A stored value stands for (value - zero_point) x scale."""

    dtype: Annotated[Literal["float32", "uint8"], Meta(description="Type of the stored values.")]
    shape: Annotated[tuple[int | None, ...], Meta(description="Sizes, the batch first; null is any.")]
    scale: Annotated[float | None, Meta(description="Of one step of an integer; null for floats.")]
    zero_point: Annotated[int | None, Meta(description="The integer that stands for 0; null for floats.")]


@dataclass(frozen=True)
class Golden:
    """Images with known answers, to test a program by."""

    images: Annotated[_Text, Meta(description="Raw bytes, uint8 (count, height, width, channels).")]
    pictures: Annotated[_Text, Meta(description="The same images as PNG; NN counts from 00.")]
    reference: Annotated[_Text, Meta(description="JSON: labels, and probabilities of the Keras model.")]
    count: Annotated[int, Meta(ge=1, description="Number of images.")]


@dataclass(frozen=True)
class ShippedFile:
    """One exported model."""

    format: Annotated[_Text, Meta(description="Its name in every table.")]
    path: Annotated[_Text, Meta(description="A file or a folder beside this contract.")]
    weights: Annotated[_Text, Meta(description="How most weights are stored.")]
    input: Annotated[Tensor, Meta(description="Its one input.")]
    output: Annotated[Tensor, Meta(description="Its one output.")]
    expected: Annotated[
        str | None,
        Meta(description="Its outputs for the golden images, raw and little-endian; null: as `golden.reference`."),
    ]
    max_difference: Annotated[float, Meta(gt=0, description=_MAX_DIFFERENCE)]
    bytes: Annotated[int, Meta(ge=1, description="Size of all its parts.")]
    sha256: Annotated[dict[str, Sha256], Meta(description="Of each part, by path beside this contract.")]


@dataclass(frozen=True)
class ExpectedNone:
    """Probabilities of the last label of `rejection`, to test a program by.

    They are for the golden images, then for each of them laid over the next one, the last over the first: of two values
    the larger; then for their negatives, which show none: 255 minus each value.
    """

    file: Annotated[_Text, Meta(description="Which of the two files or folders puts them out.")]
    expected: Annotated[_Text, Meta(description="Raw and little-endian, one value for each image.")]
    max_difference: Annotated[float, Meta(gt=0, description=_MAX_DIFFERENCE)]


@dataclass(frozen=True)
class Rejection:
    """A second, smaller model, with the same input and one label more, says whether any symbol is there.

    Where the last of its probabilities is above `max_none_probability`, the answer is none.
    """

    tflite: Annotated[_Text, Meta(description="The model as a file of integers: bytes in, bytes out (scale 1/256).")]
    tfjs: Annotated[_Text, Meta(description="The same model for TF.js, a folder.")]
    labels: Annotated[tuple[str, ...], Meta(description="Of its outputs; the last one is none of the others.")]
    max_none_probability: Annotated[
        float, Meta(ge=0, le=1, description="The highest probability of the last label at which there is an answer.")
    ]
    kept: Annotated[float, Meta(ge=0, le=1, description="Part of validation images that get an answer, at least.")]
    sha256: Annotated[dict[str, Sha256], Meta(description="Of each part, by path beside this contract.")]
    expected: Annotated[tuple[ExpectedNone, ...], Meta(description="What its files answer for known images.")] = ()


@dataclass(frozen=True)
class ShippedContract:
    """The contract between exported models of one network and the programs that use them."""

    schema_version: Annotated[int, Meta(ge=1, description="Version of this file's form.")]
    name: Annotated[_Text, Meta(description="What the network was trained for.")]
    input: Annotated[Input, Meta(description="What it takes.")]
    labels: Annotated[tuple[str, ...], Meta(description="What it tells apart, in the order of the outputs.")]
    preprocessing: Annotated[Preprocessing, Meta(description="How the symbol lies on the image.")]
    output: Annotated[Output, Meta(description="What it answers.")]
    preparation: Annotated[tuple[PreparationStep, ...], Meta(description="From any picture to the input, in order.")]
    golden: Annotated[Golden, Meta(description="Images with known answers.")]
    files: Annotated[tuple[ShippedFile, ...], Meta(description="The exported models.")]
    rejection: Annotated[Rejection, Meta(description="When there is no answer.")]

    @property
    def model(self) -> ModelContract:
        """The fields that the network was trained for."""
        return ModelContract.from_bytes(self.to_bytes())

    def file_of(self, format_: str) -> ShippedFile:
        """The file of that format.

        Raises:
            ArtifactError: The contract has none.
        """
        found = [file for file in self.files if file.format == format_]
        if not found:
            raise ArtifactError(
                f"{CONTRACT}: expected a file of format {format_}, found none; next: pipeline build-all"
            )
        return found[0]

    def to_bytes(self) -> bytes:
        """The content of contract.json: UTF-8, indented."""
        return to_json(self)


def read_shipped_contract(exports: Path) -> ShippedContract:
    """The whole contract of a release.

    Raises:
        ArtifactError: It is missing, damaged, or has the fields of `ModelContract` alone, as in an unreleased build.
    """
    path = exports / CONTRACT
    try:
        return msgspec.json.decode(read_bytes(path), type=ShippedContract)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(f"{path} is no contract of a release: {error}; next: pipeline build-all") from error


def json_schema() -> bytes:
    """The JSON Schema of contract.json, each field with its description."""
    schema = msgspec.json.schema(ShippedContract)
    definitions = schema.pop("$defs")
    root = definitions.pop("ShippedContract")
    return to_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions})
