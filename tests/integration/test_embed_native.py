"""The folders for C and for microcontrollers: compiled by real compilers, and run where this machine can."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.config import PROJECT_ROOT
from pipeline.embed.kit import Kit
from pipeline.embed.targets import TARGETS
from pipeline.export import read_golden_images
from pipeline.formats.tflite_file import read_tflite
from pipeline.native_output import native_output_to
from pipeline.preprocess import prepare
from pipeline.runtimes.litert import LITERT
from pipeline.shipping.verification import expected_probabilities
from tests.data.draw_preparation import SEVEN, draw
from tests.data.judged import judged_images, none_probabilities, withheld
from tests.embedded.toolchain import CORTEX_M4, SANITIZERS, SOURCES, WARNINGS

EXPORTS = PROJECT_ROOT / "exports"
KIT = Kit(EXPORTS)
FORMATS = [file.format for file in KIT.shipped.files if file.format.startswith("tflite/")]
CPP = ("-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic")


def _run(*command, **options):
    result = subprocess.run(command, capture_output=True, check=False, **options)
    assert result.returncode == 0, (result.stdout + result.stderr).decode(errors="replace")
    return result.stdout


@pytest.fixture(scope="module")
def c_folder(tmp_path_factory):
    """The C folder, built by its own CMakeLists.txt, with sanitizers."""
    folder = tmp_path_factory.mktemp("c")
    TARGETS["c"].write(KIT, folder)
    library = Path(find_spec("ai_edge_litert").submodule_search_locations[0]) / "libLiteRt.so"
    flags = " ".join(SANITIZERS)
    _run("cmake", "-B", "build", f"-DLITERT_LIBRARY={library}", f"-DCMAKE_C_FLAGS={flags}", cwd=folder)
    _run("cmake", "--build", "build", cwd=folder)
    return folder


def _classify(folder, model, *arguments):
    """Labels, the probabilities of none, and those of all labels."""
    command = folder / "build" / "classify", model, "rejection.tflite", *arguments
    fields = [line.split(" ")[-2 - KIT.contract.num_labels :] for line in _run(*command, cwd=folder).decode().splitlines()]
    values = np.array([values for _, *values in fields], np.float32)
    return [label for label, *_ in fields], values[:, 0], values[:, 1:]


@pytest.mark.parametrize("format_", FORMATS)
def test_c_answers_for_golden_images_are_the_expected_ones(c_folder, format_):
    file = KIT.shipped.file_of(format_)
    labels, _, found = _classify(c_folder, EXPORTS / file.path, "--prepared", EXPORTS / KIT.shipped.golden.images)
    expected = expected_probabilities(EXPORTS, file, KIT.contract)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= file.max_difference
    if file.output.scale is not None:
        # Whole steps of the file's own scale, which is not 1/255.
        assert (found % file.output.scale == 0).all()
    assert labels == [KIT.contract.labels[best] for best in found.argmax(axis=1)]


def test_c_program_withholds_what_litert_does(c_folder):
    images = judged_images(EXPORTS, KIT.contract)
    images.tofile(c_folder / "judged.bin")
    labels, none, found = _classify(c_folder, "int8.tflite", "--prepared", "judged.bin")
    expected = withheld(EXPORTS, LITERT, KIT.contract, images)
    np.testing.assert_array_equal(none, none_probabilities(EXPORTS, LITERT, KIT.contract, images))
    best = [KIT.contract.labels[best] for best in found.argmax(axis=1)]
    assert labels == ["none" if is_none else label for is_none, label in zip(expected, best, strict=True)]


def test_c_program_prepares_a_picture(c_folder):
    picture = draw(200, strokes=(SEVEN,), pen=11, scale=150, at=(20, 25)).astype(np.uint8)
    Image.fromarray(picture).save(c_folder / "seven.pgm")
    labels, _, found = _classify(c_folder, "int8.tflite", "seven.pgm")
    expected = LITERT.load(c_folder / "int8.tflite", KIT.contract).predict(prepare(picture, KIT.contract)[None])
    assert labels == ["7"]
    np.testing.assert_array_equal(found, expected)


def test_c_program_says_what_it_cannot_read(c_folder):
    for arguments, expected in (
        (("README.md", "rejection.tflite", "a.pgm"), "expected a model"),
        (("int8.tflite", "int8.tflite", "a.pgm"), "expected the detector of this contract, found int8.tflite"),
        (("int8.tflite", "rejection.tflite", "README.md"), "a PGM file"),
        (("int8.tflite", "rejection.tflite", "missing.pgm"), "a PGM file"),
    ):
        command = [c_folder / "build" / "classify", *arguments]
        result = subprocess.run(command, capture_output=True, check=False, cwd=c_folder)
        assert (result.returncode, expected in result.stderr.decode()) == (1, True)


@pytest.fixture(scope="module")
def micro_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("microcontroller")
    return folder, TARGETS["microcontroller"].write(KIT, folder).facts


def test_array_is_the_file_and_aligned(micro_folder):
    folder, _ = micro_folder
    program = folder / "print_model"
    _run("g++", *CPP, f"-I{folder}", folder / "model_data.cc", SOURCES / "print_model.cc", "-o", program)
    assert _run(program) == (EXPORTS / "tflite/int8.tflite").read_bytes()
    assert KIT.int8.sha256["tflite/int8.tflite"] in (folder / "model_data.h").read_text()


def test_sketch_compiles(micro_folder):
    folder, _ = micro_folder
    include = [f"-I{folder}", f"-I{SOURCES / 'declarations'}"]
    _run("g++", *CPP, *include, "-x", "c++", "-c", folder / "microcontroller.ino", "-o", folder / "sketch.o")


def test_preparation_compiles_for_a_cortex_m4(micro_folder):
    folder, _ = micro_folder
    command = ["arm-none-eabi-gcc", *WARNINGS, *CORTEX_M4, "-O2", "-c", folder / "preparation.c"]
    _run(*command, "-o", folder / "preparation.o")
    undefined = _run("arm-none-eabi-nm", "--undefined-only", folder / "preparation.o").decode().split()[1::2]
    assert set(undefined) <= {"memset", "memcpy", "__aeabi_idiv"}


def test_operators_and_arena_are_those_of_the_file(micro_folder):
    from tflite_micro.python.tflite_micro.runtime import Interpreter

    folder, facts = micro_folder
    header = (folder / "classifier.h").read_text()
    added = re.findall(r"resolver\.Add(\w+)\(\)", header)
    assert {name.lower() for name in added} == {
        name.replace("_", "").lower() for name in read_tflite(EXPORTS / "tflite/int8.tflite").operators
    }
    arena_bytes = int(re.search(r"kArenaBytes = (\d+)", header)[1])
    assert facts["arena_bytes"] < arena_bytes <= 2 * facts["arena_bytes"]
    with native_output_to():
        interpreter = Interpreter.from_file(str(EXPORTS / "tflite/int8.tflite"), arena_size=arena_bytes)
    answers = []
    for image in read_golden_images(EXPORTS, KIT.contract):
        interpreter.set_input(image[None], 0)
        interpreter.invoke()
        answers.append(interpreter.get_output(0)[0])
    np.testing.assert_array_equal(
        np.array(answers), np.fromfile(EXPORTS / "golden/tflite/int8.bin", np.uint8).reshape(-1, 10)
    )
