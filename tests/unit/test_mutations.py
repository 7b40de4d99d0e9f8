import shutil
from collections import Counter
from functools import partial

import msgspec
import numpy as np
import pytest

from pipeline.config import PROJECT_ROOT
from pipeline.formats import FORMATS, tfjs_weights
from pipeline.formats.tflite_file import operator_name, read_tflite, unpack
from pipeline.formats.tflite_weights import check_quantisation, read_weights
from pipeline.mutations import MUTATIONS, files, layers, tfjs, tflite
from pipeline.mutations.layers import Layer

LAYERS = [
    Layer(np.arange(8.0).reshape(2, 2, 2, 1) + 1, np.array([1.0, 2.0])),
    Layer(np.arange(12.0).reshape(3, 2, 2, 1) + 1, np.array([3.0, 4.0, 5.0])),
    Layer(np.arange(12.0).reshape(4, 3) + 1, np.array([6.0, 7.0, 8.0, 9.0])),
]


def _changed(change):
    """Numbers of the layers that a mutation changes."""
    return [
        index
        for index, (old, new) in enumerate(zip(LAYERS, change(LAYERS), strict=True))
        if not (np.array_equal(old.kernel, new.kernel) and np.array_equal(old.bias, new.bias))
    ]


def test_there_are_many_kinds_and_each_says_what_it_does():
    mutants = [mutation for mutation in MUTATIONS if not mutation.is_control]
    assert len({mutation.name for mutation in mutants}) >= 20
    assert all(mutation.description.endswith(".") for mutation in MUTATIONS)
    assert {mutation.format for mutation in MUTATIONS} <= set(FORMATS)
    assert max(Counter((mutation.format, mutation.name) for mutation in MUTATIONS).values()) == 1


@pytest.mark.parametrize("family", ["tflite", "tfjs"])
def test_each_family_has_controls_that_must_pass(family):
    controls = {mutation.name for mutation in MUTATIONS if mutation.is_control and mutation.format.startswith(family)}
    assert {"identical copy", "numbers written again"} < controls


def test_every_format_with_a_mutant_has_a_control():
    mutants, controls = (
        {mutation.format for mutation in MUTATIONS if mutation.is_control is is_control} for is_control in (False, True)
    )
    assert mutants == controls


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (layers.drop_weights, [0, 1, 2]),
        (layers.do_not_rescale, [0]),
        (layers.rescale_twice, [0]),
        (layers.swap_labels, [2]),
        (layers.swap_channels, [1]),
        (layers.transpose_kernel, [1]),
        (layers.lose_bias, [1]),
        (layers.lose_biases, [0, 1, 2]),
        (layers.double_scale, [1]),
        (layers.double_scale_of_channel, [1]),
        (layers.move_weights, [0, 1, 2]),
    ],
)
def test_mutation_changes_the_layers_it_is_about(change, changed):
    assert _changed(change) == changed


def test_swap_labels_exchanges_two_neighbours():
    swapped = layers.swap_labels(LAYERS)[-1]
    assert swapped.bias.tolist() == [6.0, 8.0, 7.0, 9.0]
    assert swapped.kernel[:, 0].tolist() == [1.0, 7.0, 4.0, 10.0]


def test_transpose_kernel_exchanges_rows_and_columns_of_a_window():
    assert layers.transpose_kernel(LAYERS)[1].kernel[0, ..., 0].tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_transpose_kernel_of_a_dense_layer_reads_it_in_the_other_order():
    dense = Layer(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.zeros(2))
    assert layers.transpose_kernel([dense])[0].kernel.tolist() == [[1.0, 4.0, 2.0], [5.0, 3.0, 6.0]]


def test_lose_bias_takes_one_channel():
    assert layers.lose_bias(LAYERS)[1].bias.tolist() == [0.0, 4.0, 5.0]


def test_add_noise_changes_a_part_of_the_weights():
    (noisy,) = layers.add_noise(0.05, [Layer(np.arange(10_000.0).reshape(10, 1000), np.zeros(10))])
    assert 400 < np.sum(noisy.kernel != np.arange(10_000.0).reshape(10, 1000)) < 600


@pytest.fixture
def copy(tmp_path):
    """Makes a copy of a released artifact that a test may break."""

    def copy_artifact(name):
        source, target = PROJECT_ROOT / "exports" / FORMATS[name].path, tmp_path / FORMATS[name].path
        if source.is_dir():
            return shutil.copytree(source, target)
        target.parent.mkdir()
        return shutil.copy(source, target)

    return copy_artifact


def _values(path):
    """Names and numbers of all weights of an artifact."""
    found = tfjs_weights.read_weights(path) if path.is_dir() else read_weights(path)
    return {weights.name: weights.values for weights in found}


def _changed_values(before, after):
    return [name for name in before if not np.array_equal(before[name], after[name])]


@pytest.mark.parametrize("name", ["tflite/float32", "tflite/float16", "tflite/dynamic_range", "tflite/int8"])
def test_tflite_layers_that_are_not_changed_keep_their_bytes(copy, name):
    path = copy(name)
    before = _values(path)
    tflite.change_layers(layers.lose_bias, path)
    assert _changed_values(before, _values(path)) == ["bias 4"]
    tflite.change_layers(layers.do_not_rescale, path)
    assert _changed_values(before, _values(path))[0] == "kernel 1"


def test_tflite_of_integers_is_quantised_anew(copy):
    path = copy("tflite/int8")
    before = _values(path)
    tflite.change_layers(layers.do_not_rescale, path)
    after = _values(path)
    np.testing.assert_allclose(after["kernel 1"], 255 * before["kernel 1"], rtol=1e-5)
    # A bias is now in steps 255 times as large.
    np.testing.assert_allclose(after["bias 1"], before["bias 1"], atol=255 * 1e-3)


def _operators(path):
    model = unpack(path.read_bytes())
    return [operator_name(model, operator) for operator in model.subgraphs[0].operators]


def test_tflite_operators_are_put_in_and_taken_out(copy):
    path = copy("tflite/float32")
    before = _operators(path)
    tflite.change_model(tflite.invert_polarity, path)
    assert _operators(path) == ["SUB", *before]
    tflite.change_model(tflite.repeat_softmax, path)
    assert _operators(path) == ["SUB", *before, "SOFTMAX"]


def test_tflite_without_softmax_ends_with_the_logits(copy):
    path = copy("tflite/int8")
    before = _operators(path)
    tflite.change_model(tflite.leave_out_softmax, path)
    assert _operators(path) == [name for name in before if name != "SOFTMAX"]


def test_tflite_input_zero_point_is_shifted(copy):
    path = copy("tflite/int8")
    next(mutation for mutation in MUTATIONS if mutation.name == "input zero point + 1").apply(path)
    assert read_tflite(path).inputs[0].zero_point == 1


@pytest.mark.parametrize("name", ["tfjs/float32", "tfjs/float16", "tfjs/uint8"])
def test_tfjs_layers_that_are_not_changed_keep_their_bytes(copy, name):
    folder = copy(name)
    before = _values(folder)
    tfjs.change_layers(layers.double_scale, folder)
    (changed,) = _changed_values(before, _values(folder))
    assert "conv4" in changed
    np.testing.assert_allclose(_values(folder)[changed], 2 * before[changed], atol=1e-6)


def test_tfjs_operator_is_put_before_all_others(copy):
    folder = copy("tfjs/float32")
    tfjs.change_graph(tfjs.transpose_image, folder)
    graph = tfjs.read_graph(folder)
    readers = [node["name"] for node in graph.nodes if "image" in node.get("input", [])]
    assert readers == ["changed"]
    assert graph.stored["constant"].tolist() == [0, 2, 1, 3]


def test_flip_byte_changes_one_byte(copy):
    folder = copy("tfjs/uint8")
    (shard,) = folder.glob("*.bin")
    before = np.frombuffer(shard.read_bytes(), np.uint8)
    files.flip_byte(folder)
    assert np.sum(np.frombuffer(shard.read_bytes(), np.uint8) != before) == 1


@pytest.mark.parametrize("are_in_order", [True, False])
def test_split_shard_names_the_parts_in_order_or_not(copy, are_in_order):
    folder = copy("tfjs/uint8")
    before = _values(folder)
    files.split_shard(are_in_order, folder)
    assert len(list(folder.glob("*.bin"))) == 3
    assert (_changed_values(before, _values(folder)) == []) is are_in_order


def test_labels_of_the_metadata_are_swapped(copy):
    folder = copy("tfjs/uint8")
    files.swap_labels_of_tfjs(folder)
    model = msgspec.json.decode((folder / "model.json").read_bytes())
    assert "".join(model["userDefinedMetadata"]["model"]["labels"]) == "0123546789"


def test_file_that_is_only_written_again_holds_the_same(copy):
    path = copy("tflite/int8")
    before = read_tflite(path)
    files.repack_tflite(path)
    assert read_tflite(path) == before


@pytest.mark.parametrize("change", [partial(tflite.shift_kernel, 1), tflite.double_bias_scale])
def test_check_quantisation_finds_what_the_specification_forbids(copy, change):
    path = copy("tflite/int8")
    assert check_quantisation(path).passed
    tflite.change_model(change, path)
    assert not check_quantisation(path).passed
