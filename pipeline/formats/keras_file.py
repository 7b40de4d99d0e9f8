"""The Keras file: the reference that every other artifact is compared with."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes, write_atomically
from pipeline.formats.base import EXACT, ExportContext, Format
from pipeline.results import Check
from pipeline.tensorflow_setup import prepare_tensorflow

if TYPE_CHECKING:
    import keras


def load_keras(path: Path) -> "keras.Model":
    """Loads a Keras file.

    Raises:
        ArtifactError: The file is missing or damaged.
    """
    if not path.is_file():
        raise ArtifactError(f"expected a Keras file at {path}, found none; next: pipeline train")
    prepare_tensorflow()
    import keras

    try:
        model: keras.Model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{path} is not a Keras file: {error}; next: pipeline train") from error
    return model


def check_shapes(model: "keras.Model", contract: ModelContract, origin: Path) -> None:
    """Compares a model's input and output with the contract.

    Raises:
        ArtifactError: They differ.
    """
    expected = ((None, *contract.input.shape), (None, contract.num_labels))
    found = (model.input_shape, model.output_shape)
    if found != expected:
        raise ArtifactError(f"{origin}: expected input and output shapes {expected}, found {found}")


def _export(context: ExportContext, destination: Path) -> None:
    write_atomically(destination, read_bytes(context.trained_model))


def _inspect(path: Path, contract: ModelContract) -> list[Check]:
    check_shapes(load_keras(path), contract, path)
    return []


KERAS = Format(
    name="keras",
    path="keras/model.keras",
    description="Keras 3 file, the reference",
    tolerance=EXACT,
    export=_export,
    inspect=_inspect,
)
