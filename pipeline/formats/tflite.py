"""TFLite (LiteRT) files: float, half-precision weights, dynamic range, and full integer with two kinds of border.

Post-training quantisation by TensorFlow's converter (https://ai.google.dev/edge/litert/models/post_training_quantization),
always from the SavedModel's `single` signature: converting concrete functions of a Keras 3 model drops the weights
without a word.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.contract import ModelContract
from pipeline.files import write_atomically
from pipeline.formats.base import EXACT, HALF_PRECISION, QUANTISED, ExportContext, Format, Tolerance, check_metadata
from pipeline.formats.keras_file import KERAS
from pipeline.formats.saved_model import INPUT_NAME, SAVED_MODEL, SINGLE_SIGNATURE
from pipeline.formats.tflite_file import METADATA_NAME, TFLiteInfo, read_tflite, with_metadata
from pipeline.formats.tflite_weights import check_quantisation, read_weights
from pipeline.formats.weights import check_kernels, check_weights
from pipeline.native_output import native_output_to
from pipeline.results import Check
from pipeline.tensorflow_setup import prepare_tensorflow

if TYPE_CHECKING:
    import tensorflow as tf

MAX_INTEGER_SIZE_RATIO = 0.45
# The converter leaves smaller weights in float: quantising them would save less than it costs.
_MIN_DYNAMIC_RANGE_ELEMENTS = 1_024
_OUTPUT_SCALE = 1 / 256
_FLOAT_OUTPUT_STEP = 1e-5


@dataclass(frozen=True)
class _Variant:
    """What sets one kind of TFLite file apart.

    Attributes:
        configure: Sets the converter's options; the context has the calibration images.
        border: Expected dtype of input and output.
        kernel_dtype: Expected dtype of a kernel with that many elements, as stored.
    """

    name: str
    description: str
    tolerance: Tolerance
    configure: Callable[["tf.lite.TFLiteConverter", ExportContext], None]
    border: str
    kernel_dtype: Callable[[int], str]
    is_integer_inside: bool = False


def _configure_float32(converter: "tf.lite.TFLiteConverter", context: ExportContext) -> None:
    pass


def _configure_float16(converter: "tf.lite.TFLiteConverter", context: ExportContext) -> None:
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def _configure_dynamic_range(converter: "tf.lite.TFLiteConverter", context: ExportContext) -> None:
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def _configure_int8_float_io(converter: "tf.lite.TFLiteConverter", context: ExportContext) -> None:
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.representative_dataset = partial(_representative_dataset, context)


def _configure_int8(converter: "tf.lite.TFLiteConverter", context: ExportContext) -> None:
    import tensorflow as tf

    _configure_int8_float_io(converter, context)
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.uint8


def _representative_dataset(context: ExportContext) -> Iterator[tuple[str, dict[str, NDArray[np.float32]]]]:
    for image in context.calibration_images:
        yield SINGLE_SIGNATURE, {INPUT_NAME: image[np.newaxis].astype(np.float32)}


def _export(variant: _Variant, context: ExportContext, destination: Path) -> None:
    prepare_tensorflow()
    import tensorflow as tf

    with native_output_to(context.log):
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(context.artifacts / SAVED_MODEL.path), signature_keys=[SINGLE_SIGNATURE]
        )
        variant.configure(converter, context)
        content = converter.convert()
    write_atomically(destination, with_metadata(content, context.metadata.to_bytes()))


def _inspect(variant: _Variant, path: Path, contract: ModelContract) -> list[Check]:
    info = read_tflite(path)
    checks = [
        *_check_border(info, variant, contract),
        _check_kernels(info, variant),
        Check("built-in operators only", not info.custom_operators, f"custom: {list(info.custom_operators)}"),
        Check("weights aligned to 16 bytes", info.is_aligned, f"aligned: {info.is_aligned}"),
        check_metadata(_decode(info.metadata.get(METADATA_NAME, b"")), contract),
        check_quantisation(path),
    ]
    if variant.name == "float32":
        kernels = [weights.values for weights in read_weights(path)[::2]]
        checks += check_kernels(kernels, path.parents[1] / KERAS.path)
    else:
        checks.append(check_weights(read_weights(path), partial(read_weights, path.with_name("float32.tflite"))))
    if variant.is_integer_inside:
        checks += [_check_no_float_inside(info, variant), _check_size(path)]
    return checks


def _decode(metadata: bytes) -> Any:
    try:
        return msgspec.json.decode(metadata)
    except msgspec.DecodeError:
        return None


def _check_border(info: TFLiteInfo, variant: _Variant, contract: ModelContract) -> list[Check]:
    low, high = contract.input.value_range
    input_scale = (high - low) / 255
    expected_border = (
        ("input", info.inputs, (1, *contract.input.shape), input_scale, round(-low / input_scale)),
        ("output", info.outputs, (1, contract.num_labels), _OUTPUT_SCALE, 0),
    )
    checks = []
    for name, tensors, shape, scale, zero_point in expected_border:
        found: list[Any] = [(tensor.dtype, tensor.shape) for tensor in tensors]
        expected: list[Any] = [(variant.border, shape)]
        checks.append(Check(f"{name} tensor", found == expected, f"{found}, expected {expected}"))
        if variant.border != "float32":
            found = [(tensor.scale, tensor.zero_point) for tensor in tensors]
            expected = [(scale, zero_point)]
            is_equal = found == expected or bool(np.allclose(_numbers(found), _numbers(expected), rtol=1e-6, atol=0))
            checks.append(Check(f"{name} scale and zero point", is_equal, f"{found}, expected {expected}"))
    return checks


def _numbers(pairs: list[tuple[float | None, float | None]]) -> list[list[float]]:
    return [[np.nan if number is None else number for number in pair] for pair in pairs]


def _check_kernels(info: TFLiteInfo, variant: _Variant) -> Check:
    found = [kernel.dtype for kernel in info.kernels]
    expected = [variant.kernel_dtype(kernel.num_elements) for kernel in info.kernels]
    detail = f"{len(found)} kernels stored as {', '.join(sorted(set(found)))}"
    return Check("kernels quantised as expected", bool(found) and found == expected, detail)


def _check_no_float_inside(info: TFLiteInfo, variant: _Variant) -> Check:
    allowed = len(info.inputs) + len(info.outputs) if variant.border == "float32" else 0
    found = info.num_tensors.get("float32", 0)
    return Check("integer from end to end", found == allowed, f"{found} float tensors, expected {allowed}")


def _check_size(path: Path) -> Check:
    float_path = path.with_name("float32.tflite")
    if not float_path.is_file():
        return Check("size against float32", False, f"expected {float_path} beside it, found none")
    ratio = path.stat().st_size / float_path.stat().st_size
    return Check("size against float32", ratio < MAX_INTEGER_SIZE_RATIO, f"{ratio:.2f}, below {MAX_INTEGER_SIZE_RATIO}")


def _int8_if_large(num_elements: int) -> str:
    return "int8" if num_elements >= _MIN_DYNAMIC_RANGE_ELEMENTS else "float32"


_VARIANTS = (
    _Variant(
        name="float32",
        description="float weights and arithmetic",
        tolerance=EXACT,
        configure=_configure_float32,
        border="float32",
        kernel_dtype=lambda _: "float32",
    ),
    _Variant(
        name="float16",
        description="half-precision weights, float arithmetic",
        tolerance=HALF_PRECISION,
        configure=_configure_float16,
        border="float32",
        kernel_dtype=lambda _: "float16",
    ),
    _Variant(
        name="dynamic_range",
        description="int8 weights of large layers, activations quantised on the fly",
        tolerance=QUANTISED,
        configure=_configure_dynamic_range,
        border="float32",
        kernel_dtype=_int8_if_large,
    ),
    _Variant(
        name="int8",
        description="integer end to end: pixel bytes in, probability bytes out",
        tolerance=QUANTISED,
        configure=_configure_int8,
        border="uint8",
        kernel_dtype=lambda _: "int8",
        is_integer_inside=True,
    ),
    _Variant(
        name="int8_float_io",
        description="integer inside, float in and out: replaces float32 without other changes",
        tolerance=QUANTISED,
        configure=_configure_int8_float_io,
        border="float32",
        kernel_dtype=lambda _: "int8",
        is_integer_inside=True,
    ),
)

TFLITE_FORMATS = tuple(
    Format(
        name=f"tflite/{variant.name}",
        path=f"tflite/{variant.name}.tflite",
        description=variant.description,
        tolerance=variant.tolerance,
        export=partial(_export, variant),
        inspect=partial(_inspect, variant),
        output_step=_OUTPUT_SCALE if variant.is_integer_inside else _FLOAT_OUTPUT_STEP,
    )
    for variant in _VARIANTS
)
