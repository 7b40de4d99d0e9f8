import re
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.embed import cortex_m4
from pipeline.embed.c99 import DETECTOR_NAME, generate
from pipeline.embed.cortex_m4 import DeviceSize, measure_device_size, parse_size
from pipeline.embed.render import c_string
from pipeline.errors import ArtifactError, EngineError
from pipeline.files import sha256
from pipeline.formats.tflite_file import operator_name, pack, unpack
from pipeline.rejection import TFLITE, with_none

EXPORTS = PROJECT_ROOT / "exports"
INT8 = EXPORTS / "tflite" / "int8.tflite"
CONTRACT = read_contract(EXPORTS)
MEAN = 7
AVERAGE_POOL_2D = 1


@pytest.fixture
def changed(tmp_path):
    """Writes a copy of the integer file after a change to its `ModelT`."""

    def write(change):
        model = unpack(INT8.read_bytes())
        change(model, model.subgraphs[0])
        path = tmp_path / "changed.tflite"
        path.write_bytes(pack(model))
        return path

    return write


def operators(model, name):
    return [operator for operator in model.subgraphs[0].operators if operator_name(model, operator) == name]


def test_operator_that_is_not_supported_is_one_error_that_names_it(changed):
    def change(model, _):
        code = model.operatorCodes[operators(model, "MEAN")[0].opcodeIndex]
        code.builtinCode = code.deprecatedBuiltinCode = AVERAGE_POOL_2D

    with pytest.raises(ArtifactError, match=rf"operator {MEAN}, AVERAGE_POOL_2D, which is not supported: C99 cannot"):
        generate(changed(change), CONTRACT)


def test_convolution_with_dilation_is_an_error(changed):
    def change(model, _):
        operators(model, "CONV_2D")[1].builtinOptions.dilationWFactor = 2

    with pytest.raises(ArtifactError, match="operator 3, CONV_2D, with dilation"):
        generate(changed(change), CONTRACT)


def test_activation_that_is_not_supported_is_an_error(changed):
    def change(model, _):
        operators(model, "CONV_2D")[0].builtinOptions.fusedActivationFunction = 4

    with pytest.raises(ArtifactError, match="operator 2, CONV_2D, with fused activation 4"):
        generate(changed(change), CONTRACT)


def test_operators_that_are_no_chain_are_an_error(changed):
    def change(model, graph):
        operators(model, "CONV_2D")[4].inputs[0] = graph.operators[3].outputs[0]

    with pytest.raises(ArtifactError, match="operator 6, CONV_2D, which takes other values"):
        generate(changed(change), CONTRACT)


def test_batch_is_an_error(changed):
    def change(_, graph):
        graph.tensors[graph.operators[1].outputs[0]].shape[0] = 2

    with pytest.raises(ArtifactError, match="operator 2, CONV_2D, with a batch of 2"):
        generate(changed(change), CONTRACT)


@pytest.mark.parametrize("name", ["float32", "int8_float_io"])
def test_file_with_float_values_at_its_border_is_an_error(name):
    with pytest.raises(ArtifactError, match="expected one input and one output of uint8, found float32, float32"):
        generate(INT8.with_name(f"{name}.tflite"), CONTRACT)


def test_file_of_another_contract_is_an_error():
    with pytest.raises(ArtifactError, match="expected 784 values in and 2 out, found 784 and 10"):
        generate(INT8, replace(CONTRACT, labels=("even", "odd")))


def test_header_says_where_it_comes_from_and_what_it_takes():
    model = generate(INT8, CONTRACT)
    assert sha256(INT8.read_bytes()) in model.header
    defined = dict(re.findall(r"#define DIGIT_MODEL_(\w+) (\d+)", model.header))
    assert defined == {
        "IMAGE_HEIGHT": "28",
        "IMAGE_WIDTH": "28",
        "IMAGE_CHANNELS": "1",
        "IMAGE_BYTES": "784",
        "NUM_LABELS": "10",
        "RAM_BYTES": str(model.ram_bytes),
        "CONSTANT_BYTES": str(model.constant_bytes),
    }


def test_header_of_the_detector_has_names_of_its_own_and_the_rule():
    model = generate(EXPORTS / TFLITE, with_none(CONTRACT), DETECTOR_NAME, max_none=200)
    assert "#define DIGIT_DETECTOR_MAX_NONE 200\n" in model.header
    assert "#define DIGIT_DETECTOR_NUM_LABELS 11\n" in model.header
    assert "digit_model" not in (model.header + model.source).lower()
    assert "MAX_NONE" not in generate(INT8, CONTRACT).header


def test_buffer_holds_what_one_layer_reads_and_writes():
    # The second convolution reads 14 x 14 x 16 bytes and writes 14 x 14 x 24; all others need less.
    assert generate(INT8, CONTRACT).ram_bytes == 14 * 14 * (16 + 24)


def test_source_has_the_weights_of_the_file_and_a_comment_for_each_layer():
    source = generate(INT8, CONTRACT).source
    model = unpack(INT8.read_bytes())
    kernel = model.subgraphs[0].tensors[operators(model, "CONV_2D")[1].inputs[1]]
    rows = re.search(r"layer2_weights\[3456\] = \{([^}]*)\}", source)[1]
    stored = np.frombuffer(bytes(bytearray(model.buffers[kernel.buffer].data)), np.int8)
    assert list(map(int, re.findall(r"-?\d+", rows))) == stored.tolist()
    body = source[source.index("void digit_model_predict") :]
    assert len(re.findall(r"/\* Layer \d, [A-Z_0-9]+: [0-9x ]+ -> [0-9x ]+ \*/", body)) == 8


def test_source_has_no_long_lines_and_no_floats():
    model = generate(INT8, CONTRACT)
    assert max(map(len, (model.header + model.source).splitlines())) <= 120
    code = re.sub(r"/\*.*?\*/", "", model.source, flags=re.DOTALL)
    assert not re.search(r"\b(float|double|malloc)\b|\d\.\d", code)
    assert re.findall(r"#include (\S+)", model.header + model.source) == ["<stdint.h>", '"digit_model.h"']


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("seven", '"seven"'),
        ('a "b"', r'"a \042b\042"'),
        ("\\n", r'"\134n"'),
        ("??)", r'"\077\077)"'),
        ("é", r'"\303\251"'),
    ],
)
def test_labels_are_c_strings(text, literal):
    assert c_string(text) == literal


def test_size_is_read_from_the_table_of_size():
    table = (
        "   text\t   data\t    bss\t    dec\t    hex\tfilename\n  33334\t     12\t   7840\t  41186\t   a0e2\tmodel.o\n"
    )
    assert parse_size(table) == DeviceSize(flash_bytes=33_346, ram_bytes=7_852)
    with pytest.raises(ValueError, match="expected text, data and bss"):
        parse_size("")


def test_size_without_the_cross_compiler_is_not_known(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert measure_device_size(tmp_path / "model.c") is None


def test_size_of_a_file_that_does_not_compile_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(cortex_m4, "COMPILER", "false")
    monkeypatch.setattr(cortex_m4, "SIZE", "true")
    with pytest.raises(EngineError, match="false failed"):
        measure_device_size(tmp_path / "model.c")


@pytest.mark.parametrize(
    ("size", "expected"),
    [(None, "gcc-arm-none-eabi was not found"), (DeviceSize(33_000, 8_000), "33,000 bytes of flash")],
)
def test_command_writes_the_pair_and_says_what_it_takes(monkeypatch, tmp_path, size, expected):
    monkeypatch.setattr("pipeline.embed.cortex_m4.measure_device_size", lambda _: size)
    arguments = ["embed", "--target", "c99", "--exports", str(EXPORTS), "--output", str(tmp_path / "src")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "7,840 bytes" in result.output
    assert expected in result.output
    model = generate(INT8, CONTRACT)
    assert (tmp_path / "src" / "digit_model.h").read_text() == model.header
    assert (tmp_path / "src" / "digit_model.c").read_text() == model.source
    assert "digit_detector: RAM " in result.output
    assert (tmp_path / "src" / "digit_detector.c").is_file()
