"""The SavedModel: for TensorFlow Serving and as the source of all further conversions.

Two signatures share the weights: `serving_default` takes any batch, `single` one image. Static and GPU delegates and
LiteRT.js refuse files with a dynamic batch, so the TFLite files come from `single`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.contract import ModelContract
from pipeline.formats.base import EXACT, ExportContext, Format
from pipeline.formats.keras_file import KERAS, load_keras
from pipeline.native_output import native_output_to
from pipeline.results import Check

if TYPE_CHECKING:
    pass

BATCH_SIGNATURE = "serving_default"
SINGLE_SIGNATURE = "single"
INPUT_NAME = "image"


def _export(context: ExportContext, destination: Path) -> None:
    model = load_keras(context.artifacts / KERAS.path)
    import keras

    archive = keras.export.ExportArchive()
    archive.track(model)
    for name, batch_size in ((BATCH_SIGNATURE, None), (SINGLE_SIGNATURE, 1)):
        spec = keras.InputSpec(
            shape=(batch_size, *context.contract.input.shape),
            dtype=context.contract.input.dtype,
            name=INPUT_NAME,
        )
        archive.add_endpoint(name, lambda images: model(images, training=False), input_signature=[spec])
    with native_output_to(context.log):
        archive.write_out(str(destination), verbose=False)


def _inspect(path: Path, contract: ModelContract) -> list[Check]:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved_model = SavedModel.FromString((path / "saved_model.pb").read_bytes())
    signatures = saved_model.meta_graphs[0].signature_def
    checks = []
    for name, batch_size in ((BATCH_SIGNATURE, -1), (SINGLE_SIGNATURE, 1)):
        found: list[list[int]] = []
        if name in signatures:
            tensors = [*signatures[name].inputs.values(), *signatures[name].outputs.values()]
            found = [[dimension.size for dimension in tensor.tensor_shape.dim] for tensor in tensors]
        expected = [[batch_size, *contract.input.shape], [batch_size, contract.num_labels]]
        checks.append(Check(f"signature {name}", found == expected, f"shapes {found}, expected {expected}"))
    return checks


SAVED_MODEL = Format(
    name="saved_model",
    path="saved_model",
    description="TensorFlow SavedModel with signatures for any batch and for one image",
    tolerance=EXACT,
    export=_export,
    inspect=_inspect,
)
