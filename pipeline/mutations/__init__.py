"""Deliberately broken artifacts, by which the gate is tested. A new one is one function and one entry."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from pipeline.mutations import files, layers, tfjs, tflite
from pipeline.mutations.base import Mutation

_IN_LAYERS: tuple[tuple[str, layers.ChangeLayers], ...] = (
    ("weights dropped", layers.drop_weights),
    ("no /255", layers.do_not_rescale),
    ("/255 twice", layers.rescale_twice),
    ("two labels swapped", layers.swap_labels),
    ("two channels swapped", layers.swap_channels),
    ("one kernel transposed", layers.transpose_kernel),
    ("one channel's bias lost", layers.lose_bias),
    ("all biases lost", layers.lose_biases),
    ("scale of one kernel × 2", layers.double_scale),
    ("scale of one channel × 2", layers.double_scale_of_channel),
    ("1 % of weights noised", partial(layers.add_noise, 0.01)),
    ("5 % of weights noised", partial(layers.add_noise, 0.05)),
    ("all weights noised a little", layers.move_weights),
)
_IN_TFLITE = (
    ("softmax left out", tflite.leave_out_softmax),
    ("softmax taken twice", tflite.repeat_softmax),
    ("polarity inverted", tflite.invert_polarity),
    ("image transposed", tflite.transpose_image),
)
_IN_ACTIVATIONS = (
    ("activation zero point + 1", partial(tflite.shift_activation, 1)),
    ("zero point of the logits − 1", partial(tflite.shift_logits, -1)),
    ("activation scale × 2", tflite.double_activation_scale),
)
_AGAINST_THE_SPECIFICATION = (
    ("output scale × 2", tflite.double_output_scale),
    ("output zero point + 1", partial(tflite.shift_output, 1)),
    ("input zero point + 1", partial(tflite.shift_input, 1)),
    ("kernel zero point + 1", partial(tflite.shift_kernel, 1)),
    ("kernel zero point − 1", partial(tflite.shift_kernel, -1)),
    ("bias scale × 2", tflite.double_bias_scale),
)
_IN_TFJS = (
    ("softmax left out", tfjs.leave_out_softmax),
    ("softmax taken twice", tfjs.repeat_softmax),
    ("polarity inverted", tfjs.invert_polarity),
    ("image transposed", tfjs.transpose_image),
)
_IN_MANIFEST = (("weights in another order", tfjs.reverse_manifest),)
_IN_BYTES = (
    ("kernel zero point + 1", partial(tfjs.shift_kernel, 1)),
    ("kernel zero point − 1", partial(tfjs.shift_kernel, -1)),
    ("scale of one kernel misread", tfjs.double_kernel_scale),
)
_TFLITE_FILES = (
    ("tflite/float32", "converted from a concrete function", files.convert_concrete_function),
    ("tflite/int8", "the float file under its name", partial(files.put_in_place, "float32.tflite")),
    ("tflite/float32", "half precision under its name", partial(files.put_in_place, "float16.tflite")),
    ("tflite/int8_float_io", "dynamic range under its name", partial(files.put_in_place, "dynamic_range.tflite")),
    ("tflite/int8", "file cut off", files.cut_file),
    ("tflite/float32", "one byte flipped", files.flip_weight_byte),
    ("tflite/int8", "one byte flipped", files.flip_weight_byte),
    ("tflite/int8", "labels of the metadata swapped", files.swap_labels_of_tflite),
)
_TFJS_FILES = (
    ("tfjs/uint8", "half precision under its name", partial(files.put_in_place, "float16")),
    ("tfjs/float32", "bytes under its name", partial(files.put_in_place, "uint8")),
    ("tfjs/float32", "one byte flipped", files.flip_byte),
    ("tfjs/float16", "one byte flipped", files.flip_byte),
    ("tfjs/uint8", "one byte flipped", files.flip_byte),
    ("tfjs/uint8", "shard cut off", files.cut_shard),
    ("tfjs/uint8", "shard missing", files.lose_shard),
    ("tfjs/uint8", "shards in another order", partial(files.split_shard, False)),
    ("tfjs/float32", "shards in another order", partial(files.split_shard, False)),
    ("tfjs/uint8", "labels of the metadata swapped", files.swap_labels_of_tfjs),
)
_TFLITE = ("tflite/float32", "tflite/int8")
_TFJS = ("tfjs/float32", "tfjs/uint8")
_MUTATED = (*_TFLITE, "tflite/int8_float_io", *_TFJS, "tfjs/float16")
_CONTROLS: tuple[tuple[str, str, Callable[[Path], None]], ...] = (
    *((format_, "identical copy", files.keep) for format_ in _MUTATED),
    *((format_, "file written again", files.repack_tflite) for format_ in _TFLITE),
    *((format_, "shard in three parts", partial(files.split_shard, True)) for format_ in _TFJS),
    *((format_, "numbers written again", partial(tflite.change_layers, layers.touch)) for format_ in _TFLITE),
    *((format_, "numbers written again", partial(tfjs.change_layers, layers.touch)) for format_ in _TFJS),
)


def _in_family(
    formats: tuple[str, ...],
    apply: Callable[..., None],
    changes: Iterable[tuple[str, Callable[..., object]]],
    is_beyond_answers: bool = False,
) -> Iterator[Mutation]:
    for format_ in formats:
        for name, change in changes:
            yield Mutation(name, _describe(change), format_, partial(apply, change), is_beyond_answers)


def _of_files(
    entries: Iterable[tuple[str, str, Callable[[Path], None]]], is_control: bool = False
) -> Iterator[Mutation]:
    for format_, name, apply in entries:
        yield Mutation(name, _describe(apply), format_, apply, is_beyond_answers=not is_control, is_control=is_control)


def _describe(function: Callable[..., object]) -> str:
    """The first line of what a function says about itself."""
    plain = function.func if isinstance(function, partial) else function
    return (plain.__doc__ or "").partition("\n")[0]


MUTATIONS = (
    *_in_family(_TFLITE, tflite.change_layers, _IN_LAYERS),
    *_in_family(_TFLITE, tflite.change_model, _IN_TFLITE),
    *_in_family(("tflite/int8",), tflite.change_model, _IN_ACTIVATIONS),
    *_in_family(("tflite/int8",), tflite.change_model, _AGAINST_THE_SPECIFICATION, is_beyond_answers=True),
    *_of_files(_TFLITE_FILES),
    *_in_family(_TFJS, tfjs.change_layers, _IN_LAYERS),
    *_in_family(_TFJS, tfjs.change_graph, _IN_TFJS),
    *_in_family(_TFJS, tfjs.change_graph, _IN_MANIFEST, is_beyond_answers=True),
    *_in_family(("tfjs/uint8",), tfjs.change_graph, _IN_BYTES),
    *_of_files(_TFJS_FILES),
    *_of_files(_CONTROLS, is_control=True),
)
