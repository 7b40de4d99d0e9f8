"""The SavedModel: for TensorFlow Serving and as the source of all further conversions.

Two signatures share the weights: `serving_default` takes any batch, `single` one image. Static and GPU delegates and
LiteRT.js refuse files with a dynamic batch, so the TFLite files come from `single`.
"""

from pathlib import Path

from pipeline.contract import ModelContract
from pipeline.errors import ArtifactError
from pipeline.files import read_bytes
from pipeline.formats.base import EXACT, ExportContext, Format
from pipeline.formats.keras_file import KERAS, load_keras
from pipeline.native_output import native_output_to
from pipeline.results import Check
from pipeline.tensorflow_setup import prepare_tensorflow

BATCH_SIGNATURE = "serving_default"
SINGLE_SIGNATURE = "single"
BATCH_SIZES = {BATCH_SIGNATURE: None, SINGLE_SIGNATURE: 1}
INPUT_NAME = "image"


def _export(context: ExportContext, destination: Path) -> None:
    model = load_keras(context.artifacts / KERAS.path)
    import keras

    # The archive finds the variables of its endpoints by itself; with archive.track(model) it would store them twice.
    archive = keras.export.ExportArchive()
    for name, batch_size in BATCH_SIZES.items():
        spec = keras.InputSpec(
            shape=(batch_size, *context.contract.input.shape),
            dtype=context.contract.input.dtype,
            name=INPUT_NAME,
        )
        archive.add_endpoint(name, lambda images: model(images, training=False), input_signature=[spec])
    with native_output_to(context.log):
        archive.write_out(str(destination), verbose=False)


def _inspect(path: Path, contract: ModelContract) -> list[Check]:
    shapes = read_signature_shapes(path)
    checks = []
    for name, batch_size in BATCH_SIZES.items():
        found, expected = shapes.get(name, []), expected_shapes(contract, batch_size)
        checks.append(Check(f"signature {name}", found == expected, f"shapes {found}, expected {expected}"))
    return checks


def read_signature_shapes(path: Path) -> dict[str, list[list[int]]]:
    """Shapes of inputs and outputs of each signature; -1 stands for any size.

    Raises:
        ArtifactError: No SavedModel, or a damaged one.
    """
    prepare_tensorflow()
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    try:
        signatures = SavedModel.FromString(read_bytes(path / "saved_model.pb")).meta_graphs[0].signature_def
    except (DecodeError, IndexError) as error:
        raise ArtifactError(f"{path}: expected a SavedModel, found none; next: pipeline export") from error
    return {
        name: [
            [dimension.size for dimension in tensor.tensor_shape.dim]
            for tensor in (*signature.inputs.values(), *signature.outputs.values())
        ]
        for name, signature in signatures.items()
    }


def expected_shapes(contract: ModelContract, batch_size: int | None) -> list[list[int]]:
    """Shapes of input and output that the contract promises; a batch of any size is -1."""
    batch = -1 if batch_size is None else batch_size
    return [[batch, *contract.input.shape], [batch, contract.num_labels]]


SAVED_MODEL = Format(
    name="saved_model",
    path="saved_model",
    description="TensorFlow SavedModel with signatures for any batch and for one image",
    tolerance=EXACT,
    export=_export,
    inspect=_inspect,
)
