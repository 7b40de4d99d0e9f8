"""Generated C99 against LiteRT's reference kernels, byte for byte, and on an emulated Cortex-M4."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.architectures import ARCHITECTURES
from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import classifier, scaled_images
from pipeline.config import PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.embed.cortex_m4 import measure_device_size
from pipeline.export import read_golden_images
from pipeline.formats import get_format
from pipeline.formats.base import ExportContext, Metadata
from pipeline.formats.tflite_file import read_tflite
from pipeline.rejection import TFLITE, with_none
from pipeline.train import untrained_model
from tests.embedded.toolchain import (
    KNOWN_LOOP_INSTRUCTIONS,
    SANITIZERS,
    answers_on_host,
    compile_for_host,
    reference_answers,
    run_on_cortex_m4,
    write_model,
)

EXPORTS = PROJECT_ROOT / "exports"
INT8 = EXPORTS / "tflite" / "int8.tflite"
CONTRACT = read_contract(EXPORTS)
GOLDEN = read_golden_images(EXPORTS, CONTRACT)
MAX_INSTRUCTIONS = 10_000_000
RELEASED = [(INT8, CONTRACT), (EXPORTS / TFLITE, with_none(CONTRACT))]


def _odd_convnet(contract):
    """Everything that the registry's networks leave out: zero points inside, strides and windows other than square."""
    from keras import layers

    images, features = scaled_images(contract)
    features = layers.Conv2D(5, (3, 5), strides=(1, 2), padding="same", name="linear")(features)
    features = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu6", name="bounded")(features)
    features = layers.MaxPooling2D(3, strides=2, padding="same", name="pool")(features)
    features = layers.Conv2D(7, (2, 1), name="valid")(features)
    features = layers.MaxPooling2D((1, 2), name="narrow_pool")(features)
    features = layers.Dense(9, name="linear_dense")(layers.Flatten(name="flat")(features))
    return classifier(images, features, contract, "odd")


ODD = Architecture("odd", "", _odd_convnet, ARCHITECTURES["edge"].recipe)
NETWORKS = {"odd": ODD, "lenet5": ARCHITECTURES["lenet5"], "mlp-200": ARCHITECTURES["mlp-200"]}


@pytest.fixture(scope="module")
def images():
    """32 golden images, those moved and inverted, and noise: bytes that the network has never seen."""
    random = np.random.default_rng(0)
    moved = [np.roll(GOLDEN, shift, axis=(1, 2)) for shift in ((3, -2), (-5, 4), (0, 9), (7, 0), (-8, -8))]
    return np.concatenate([GOLDEN, *moved, 255 - GOLDEN, random.integers(0, 256, (100, *GOLDEN.shape[1:]), np.uint8)])


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """The integer file of a network with random weights, by name; calibrated with the golden images."""

    def export(name):
        artifacts = tmp_path_factory.mktemp(name)
        model = untrained_model(NETWORKS[name], CONTRACT, seed=0)
        random = np.random.default_rng(0)
        model.set_weights([weight + random.normal(0, 0.1, weight.shape) for weight in model.get_weights()])
        path = artifacts / get_format("keras").path
        path.parent.mkdir()
        model.save(path)
        metadata = Metadata(CONTRACT.name, name, CONTRACT.labels, CONTRACT.sha256, model.count_params(), 0, {}, "", "")
        context = ExportContext(path, artifacts, CONTRACT, metadata, GOLDEN, artifacts / "log")
        for format_ in (get_format("saved_model"), get_format("tflite/int8")):
            format_.export(context, artifacts / format_.path)
        return artifacts / format_.path

    return export


@pytest.mark.parametrize(("tflite", "contract"), RELEASED)
def test_release_answers_as_the_reference_kernels_do(tmp_path, images, tflite, contract):
    write_model(tflite, contract, tmp_path)
    answers = answers_on_host(compile_for_host(tmp_path, *SANITIZERS), images, contract.num_labels)
    np.testing.assert_array_equal(answers, reference_answers(tflite, images))


@pytest.mark.filterwarnings("ignore:(?s).*tf.lite.Interpreter is deprecated:UserWarning")  # of the converter
@pytest.mark.parametrize(
    ("name", "operators"),
    [
        ("odd", {"CONV_2D", "MAX_POOL_2D", "FULLY_CONNECTED", "RESHAPE"}),
        ("lenet5", {"CONV_2D", "MAX_POOL_2D", "FULLY_CONNECTED"}),
        ("mlp-200", {"MUL", "ADD", "RESHAPE", "FULLY_CONNECTED", "LOGISTIC"}),
    ],
)
def test_untrained_network_answers_as_the_reference_kernels_do(tmp_path, images, untrained, name, operators):
    tflite = untrained(name)
    assert operators | {"QUANTIZE", "SOFTMAX"} == set(read_tflite(tflite).operators)
    write_model(tflite, CONTRACT, tmp_path)
    answers = answers_on_host(compile_for_host(tmp_path, *SANITIZERS), images, CONTRACT.num_labels)
    assert len(np.unique(answers)) > 10
    np.testing.assert_array_equal(answers, reference_answers(tflite, images))


@pytest.mark.parametrize(("tflite", "contract"), RELEASED)
def test_release_answers_golden_images_on_a_cortex_m4(tmp_path, tflite, contract):
    write_model(tflite, contract, tmp_path)
    run = run_on_cortex_m4(tmp_path, GOLDEN, contract.num_labels)
    np.testing.assert_array_equal(run.answers, reference_answers(tflite, GOLDEN))
    assert KNOWN_LOOP_INSTRUCTIONS <= run.known_loop <= KNOWN_LOOP_INSTRUCTIONS + 10
    assert run.instructions.max() < MAX_INSTRUCTIONS


def test_size_on_a_cortex_m4_is_what_the_header_says_and_the_code(tmp_path):
    model = write_model(INT8, CONTRACT, tmp_path)
    size = measure_device_size(tmp_path / "digit_model.c")
    assert size.ram_bytes == model.ram_bytes
    assert model.constant_bytes < size.flash_bytes < model.constant_bytes + 3_000


def test_labels_of_another_alphabet_compile(tmp_path):
    contract = replace(CONTRACT, labels=("é", '"', "\\", "??)", *"abcdef"))
    write_model(INT8, contract, tmp_path)
    compile_for_host(tmp_path, "-O2")
