"""Damage to files: bytes lost or changed on the way, and files of another kind or model under a sound one's name."""

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from pipeline.formats.keras_file import KERAS, load_keras
from pipeline.formats.tfjs_file import MODEL_JSON
from pipeline.formats.tflite_file import METADATA_NAME, find_layers, pack, read_tflite, unpack, with_metadata
from pipeline.mutations.tflite import change_model
from pipeline.native_output import native_output_to


def keep(path: Path) -> None:
    """Changes nothing."""


def put_in_place(name: str, path: Path) -> None:
    """Another artifact of the same family takes its place.

    Args:
        name: Of the other artifact's file or folder, beside this one.
        path: The artifact.
    """
    other = path.with_name(name)
    if other.is_dir():
        shutil.rmtree(path)
        shutil.copytree(other, path)
    else:
        shutil.copy(other, path)


def convert_concrete_function(path: Path) -> None:
    """Converted from a concrete function of the Keras 3 model, which drops its variables without a word."""
    model = load_keras(path.parents[1] / KERAS.path)
    import tensorflow as tf

    metadata = read_tflite(path).metadata[METADATA_NAME]
    image = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    function = tf.function(lambda images: model(images, training=False)).get_concrete_function(image)
    with native_output_to(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it does warn, but not of this
        # With the model as its owner, as the converter asks for: its variables become uninitialised ones of the file.
        content = tf.lite.TFLiteConverter.from_concrete_functions([function], model).convert()
    path.write_bytes(with_metadata(content, metadata))


def cut_file(path: Path) -> None:
    """The second half of a file is missing."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_shard(folder: Path) -> None:
    """The last byte of a shard is missing."""
    shard = _only_shard(folder)
    shard.write_bytes(shard.read_bytes()[:-1])


def lose_shard(folder: Path) -> None:
    """A shard is missing."""
    _only_shard(folder).unlink()


def flip_byte(folder: Path) -> None:
    """All bits of the byte in the middle of a shard are inverted."""
    shard = _only_shard(folder)
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 0xFF
    shard.write_bytes(content)


def flip_weight_byte(path: Path) -> None:
    """All bits of the byte in the middle of the largest kernel are inverted."""

    def flip(model: Any) -> None:
        tensors = model.subgraphs[0].tensors
        buffers = [model.buffers[tensors[layer.kernel].buffer] for layer in find_layers(model)]
        largest = max(buffers, key=lambda buffer: len(buffer.data))
        content = bytearray(bytes(largest.data))
        content[len(content) // 2] ^= 0xFF
        largest.data = list(content)

    change_model(flip, path)


def split_shard(are_in_order: bool, folder: Path) -> None:
    """The same weights in three shards.

    Args:
        are_in_order: Whether model.json names them in the order in which they were cut.
        folder: Of the model.
    """
    shard = _only_shard(folder)
    content = shard.read_bytes()
    shard.unlink()
    names = [f"{shard.stem}-part{number}.bin" for number in range(3)]
    third = len(content) // 3
    for name, part in zip(names, (content[:third], content[third : 2 * third], content[2 * third :]), strict=True):
        (folder / name).write_bytes(part)

    def name_shards(model: Any) -> None:
        model["weightsManifest"][0]["paths"] = names if are_in_order else names[::-1]

    _change_json(name_shards, folder)


def repack_tflite(path: Path) -> None:
    """Every table of the file is read and written again, which moves them."""
    change_model(lambda _: None, path)


def swap_labels_of_tflite(path: Path) -> None:
    """The file itself names two neighbouring labels in the wrong order."""
    model = unpack(path.read_bytes())
    (entry,) = (entry for entry in model.metadata if entry.name.decode() == METADATA_NAME)
    buffer = model.buffers[entry.buffer]
    metadata = msgspec.json.decode(bytes(bytearray(buffer.data)))
    _swap_neighbours(metadata["labels"])
    buffer.data = list(msgspec.json.encode(metadata))
    path.write_bytes(pack(model))


def swap_labels_of_tfjs(folder: Path) -> None:
    """The model itself names two neighbouring labels in the wrong order."""
    _change_json(lambda model: _swap_neighbours(model["userDefinedMetadata"]["model"]["labels"]), folder)


def _change_json(change: Callable[[Any], None], folder: Path) -> None:
    path = folder / MODEL_JSON
    model = msgspec.json.decode(path.read_bytes())
    change(model)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=3))


def _only_shard(folder: Path) -> Path:
    (shard,) = folder.glob("*.bin")
    return shard


def _swap_neighbours(labels: list[str]) -> None:
    middle = len(labels) // 2
    labels[middle - 1], labels[middle] = labels[middle], labels[middle - 1]
