"""The folders for C and for microcontrollers: compiled by real compilers, and run where this machine can."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.config import PROJECT_ROOT
from pipeline.embed.kit import Kit
from pipeline.embed.targets import TARGETS
from pipeline.errors import PipelineError
from pipeline.files import sha256
from pipeline.formats.tflite_file import read_tflite
from pipeline.native_output import native_output_to
from pipeline.preprocess import prepare
from pipeline.runtimes.litert import LITERT, LITERT_REFERENCE
from pipeline.shipping.golden_runs import expected_probabilities
from tests.data.draw_preparation import SEVEN, draw
from tests.data.judged import judged_images, none_probabilities, withheld
from tests.embedded.toolchain import CORTEX_M4, SANITIZERS, SOURCES, WARNINGS, reference_answers

EXPORTS = PROJECT_ROOT / "exports"
KIT = Kit(EXPORTS)
MICRO = {"Model": KIT.int8.path, "Detector": KIT.rejection.tflite}
FORMATS = [file.format for file in KIT.shipped.files if file.format.startswith("tflite/")]
_CALLS_CLASSIFY = """
int main(void)
{
    networks both;
    uint8_t image[PREPARATION_IMAGE_BYTES] = {0};
    float probabilities[NUM_LABELS], none;
    int label = NUM_LABELS;
    int is_ok = open_networks(&both, "int8.tflite", "rejection.tflite");
    is_ok = is_ok && classify(&both, image, &label, &none, probabilities);
    close_networks(&both);
    return is_ok && puts(labels[label]) != EOF ? 0 : 1;
}
"""
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
    fields = [
        line.split(" ")[-2 - KIT.contract.num_labels :] for line in _run(*command, cwd=folder).decode().splitlines()
    ]
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


def test_c_functions_above_answer_are_whole(c_folder):
    assert "everything above `answer` (without `pgm.h`)" in (c_folder / "README.md").read_text()
    copied = (c_folder / "classify.c").read_text().split("static int answer(")[0].replace('#include "pgm.h"\n', "")
    assert "read_pgm" not in copied
    (c_folder / "embedded.c").write_text(copied + _CALLS_CLASSIFY)
    _run("gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "embedded.c", cwd=c_folder)


def test_c_program_says_what_it_cannot_read(c_folder):
    for arguments, expected in (
        (("README.md", "rejection.tflite", "a.pgm"), "expected a model"),
        (("int8.tflite", "int8.tflite", "a.pgm"), "expected the detector of this contract, found int8.tflite"),
        (("int8.tflite", "rejection.tflite", "README.md"), "a PGM file"),
        (("int8.tflite", "rejection.tflite", "missing.pgm"), "missing.pgm: cannot be read"),
        (("int8.tflite", "rejection.tflite", "--prepared", "missing.bin"), "missing.bin: cannot be read"),
        # No whole number of images.
        (("int8.tflite", "rejection.tflite", "--prepared", "README.md"), "README.md: expected a whole number"),
        (("int8.tflite", "rejection.tflite", "--prepared", "/dev/null"), "/dev/null: expected a whole number"),
    ):
        command = [c_folder / "build" / "classify", *arguments]
        result = subprocess.run(command, capture_output=True, check=False, cwd=c_folder)
        assert (result.returncode, expected in result.stderr.decode()) == (1, True)


def test_c_program_says_that_its_answers_were_not_written(c_folder):
    command = ["build/classify", "int8.tflite", "rejection.tflite", "--prepared", EXPORTS / "golden" / "images.bin"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, cwd=c_folder)
    assert (result.returncode, "cannot be written" in result.stderr.decode()) == (1, True)


def test_cmake_says_where_litert_is_missing(c_folder, tmp_path):
    command = ["cmake", "-S", c_folder, "-B", tmp_path / "build", f"-DPython3_EXECUTABLE={sys.executable}"]
    # A module is found, but no package with a library.
    (tmp_path / "ai_edge_litert.py").touch()
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    result = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert result.returncode != 0
    assert "has no ai-edge-litert; next:" in " ".join(result.stderr.decode().split())


@pytest.fixture(scope="module")
def micro_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("microcontroller")
    return folder, TARGETS["microcontroller"].write(KIT, folder).facts


def test_arrays_are_the_files_and_aligned(micro_folder):
    folder, _ = micro_folder
    program = folder / "print_model"
    _run("g++", *CPP, f"-I{folder}", folder / "model_data.cc", SOURCES / "print_model.cc", "-o", program)
    assert _run(program) == b"".join((EXPORTS / path).read_bytes() for path in MICRO.values())
    hashes = re.findall(r'SHA256 "(\w+)"', (folder / "model_data.h").read_text())
    assert hashes == [sha256((EXPORTS / path).read_bytes()) for path in MICRO.values()]


def test_ram_is_all_that_the_sketch_declares(micro_folder):
    folder, facts = micro_folder
    assert f"{facts['ram_bytes']} bytes" in (folder / "README.md").read_text()
    assert f"{KIT.context['preparation_bytes']} of them for the preparation" in (folder / "README.md").read_text()
    declared = "kModelArenaBytes + kDetectorArenaBytes + 96 * 96 + PREPARATION_IMAGE_BYTES + sizeof(preparation_memory)"
    source = (
        f'#include "classifier.h"\n#include "preparation.h"\nstatic_assert({declared} == {facts["ram_bytes"]}, "");\n'
    )
    include = [f"-I{folder}", f"-I{SOURCES / 'declarations'}"]
    _run("g++", *CPP, *include, "-fsyntax-only", "-x", "c++", "-", input=source.encode())


@pytest.fixture(scope="module")
def sketch(micro_folder):
    """The sketch on this machine, with the networks as C99, and with sanitizers."""
    folder, _ = micro_folder
    TARGETS["c99"].write(KIT, folder / "c99")
    c = [folder / "preparation.c", folder / "c99" / "digit_model.c", folder / "c99" / "digit_detector.c"]
    cpp = [folder / "microcontroller.ino", folder / "model_data.cc", SOURCES / "sketch.cc"]
    include = [f"-I{folder}", f"-I{folder / 'c99'}", f"-I{SOURCES / 'declarations'}"]
    for source in c:
        _run("gcc", *WARNINGS, *SANITIZERS, "-c", source, "-o", source.with_suffix(".o"))
    objects = [source.with_suffix(".o") for source in c]
    _run("g++", *CPP, *SANITIZERS, *include, *objects, "-x", "c++", *cpp, "-o", folder / "sketch")
    return folder / "sketch"


def test_sketch_answers_or_withholds_as_litert_does(sketch):
    images = judged_images(EXPORTS, KIT.contract)
    pictures = [np.pad(np.kron(image[:, :, 0], np.ones((3, 3), np.uint8)), 6) for image in images]
    assert {picture.shape for picture in pictures} == {(96, 96)}
    prepared = [_prepared_or_none(picture) for picture in pictures]
    found = np.stack([image for image in prepared if image is not None])
    probabilities = LITERT_REFERENCE.load(EXPORTS / MICRO["Model"], KIT.contract).predict(found)
    decided = withheld(EXPORTS, LITERT_REFERENCE, KIT.contract, found)
    answers = iter(zip(probabilities, decided, strict=True))
    expected = ["no ink" if image is None else _said(*next(answers)) for image in prepared]
    assert expected.count("no ink") == 1
    assert _run(sketch, input=b"".join(map(bytes, pictures))).decode().splitlines() == expected


def _prepared_or_none(picture):
    try:
        return prepare(picture, KIT.contract)
    except PipelineError:
        return None


def _said(probabilities, is_none):
    best = probabilities.argmax()
    return "none of the labels" if is_none else f"{KIT.contract.labels[best]} {probabilities[best] * 256:.0f}/256"


def test_preparation_compiles_for_a_cortex_m4(micro_folder):
    folder, _ = micro_folder
    command = ["arm-none-eabi-gcc", *WARNINGS, *CORTEX_M4, "-O2", "-c", folder / "preparation.c"]
    _run(*command, "-o", folder / "preparation.o")
    undefined = _run("arm-none-eabi-nm", "--undefined-only", folder / "preparation.o").decode().split()[1::2]
    assert set(undefined) <= {"memset", "memcpy", "__aeabi_idiv"}


def test_operators_are_those_of_both_files(micro_folder):
    added = re.findall(r"resolver\.Add(\w+)\(\)", (micro_folder[0] / "classifier.h").read_text())
    operators = {name for path in MICRO.values() for name in read_tflite(EXPORTS / path).operators}
    assert {name.lower() for name in added} == {name.replace("_", "").lower() for name in operators}


@pytest.mark.parametrize("name", ["Model", "Detector"])
def test_file_runs_in_its_arena_and_answers_as_the_reference_kernels_do(micro_folder, name):
    from tflite_micro.python.tflite_micro.runtime import Interpreter

    folder, facts = micro_folder
    arena_bytes = int(re.search(rf"k{name}ArenaBytes = (\d+)", (folder / "classifier.h").read_text())[1])
    assert facts["arena_bytes"][name.lower()] < arena_bytes <= 2 * facts["arena_bytes"][name.lower()]
    with native_output_to():
        interpreter = Interpreter.from_file(str(EXPORTS / MICRO[name]), arena_size=arena_bytes)
    images, answers = judged_images(EXPORTS, KIT.contract), []
    for image in images:
        interpreter.set_input(image[None], 0)
        interpreter.invoke()
        answers.append(interpreter.get_output(0)[0])
    steps = np.abs(np.array(answers, np.int16) - reference_answers(EXPORTS / MICRO[name], images))
    # Its mean over space is rounded otherwise: one value in a thousand is a step off.
    assert steps.max() <= 1
    assert np.count_nonzero(steps) < steps.size / 100
    assert not steps[: KIT.shipped.golden.count].any()


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example of the C99 folder, compiled as its README says, with every warning and sanitizers."""
    folder = tmp_path_factory.mktemp("c99")
    TARGETS["c99"].write(KIT, folder)
    (command,) = re.findall(r"`cc -std=c99 -O2 (.*) -o example`", (folder / "README.md").read_text())
    _run("gcc", *WARNINGS, *SANITIZERS, *command.split(), "-o", "example", cwd=folder)
    return folder / "example"


def test_c99_example_answers_or_withholds_as_the_reference_kernels_do(example):
    images = judged_images(EXPORTS, KIT.contract)
    lines = [line.split() for line in _run(example, input=images.tobytes()).decode().splitlines()]
    found = np.array([values for _, *values in lines], np.float32)
    expected = reference_answers(EXPORTS / MICRO["Model"], images)
    np.testing.assert_array_equal(found[:, 1:] * 256, expected)
    np.testing.assert_array_equal(found[:, 0] * 256, reference_answers(EXPORTS / MICRO["Detector"], images)[:, -1])
    decided = withheld(EXPORTS, LITERT_REFERENCE, KIT.contract, images)
    best = [KIT.contract.labels[best] for best in expected.argmax(axis=1)]
    assert [label for label, *_ in lines] == [
        "none" if is_none else label for is_none, label in zip(decided, best, strict=True)
    ]


def test_c99_example_prints_what_the_release_expects(example):
    lines = _run(example, input=(EXPORTS / KIT.shipped.golden.images).read_bytes()).decode().splitlines()
    found = np.array([line.split()[1:] for line in lines], np.float32) * 256
    expected = np.fromfile(EXPORTS / "golden" / "tflite" / "int8.bin", np.uint8).reshape(-1, KIT.contract.num_labels)
    np.testing.assert_array_equal(found[:, 1:], expected)
    none = np.fromfile(EXPORTS / "golden" / "rejection" / "int8.bin", np.uint8)
    np.testing.assert_array_equal(found[:, 0], none[: len(lines)])


def test_c99_example_reads_a_picture_and_says_what_it_cannot_read(example):
    folder = example.parent
    picture = draw(200, strokes=(SEVEN,), pen=11, scale=150, at=(20, 25)).astype(np.uint8)
    Image.fromarray(picture).save(folder / "seven.pgm")
    Image.new("L", (50, 40), 255).save(folder / "blank.pgm")
    (folder / "comment.pgm").write_bytes(b"P5\n# by hand # 1 2\n200 #\n200\n255\n" + picture.tobytes())
    expected = _run(example, folder / "seven.pgm")
    assert expected.startswith(b"7 ")
    assert _run(example, folder / "comment.pgm") == expected
    for name, content in (
        ("short", b"P5 9 9 255\n\0"),
        ("wide", b"P5 99999 1 255\n" + bytes(99999)),
        ("six-digits", b"P5 123455 255 255\n" + bytes(12345 * 5)),
        ("huge", b"P5 99999999999999999999 1 255\n"),
        ("dark", b"P5 1 1 15\n\0"),
        ("no-space", b"P5 1 1 255x\0"),
        ("negative", b"P5 -1 1 255\n\0"),
        ("comment", b"P5 # without an end"),
        ("no", b"P5"),
    ):
        (folder / name).write_bytes(content)
        result = subprocess.run([example, folder / name], capture_output=True, check=False)
        assert (result.returncode, f"{name}: expected a PGM file" in result.stderr.decode()) == (1, True)
    for name, error in (("blank.pgm", "expected ink"), ("README.md", "expected a PGM file"), ("missing", "cannot be")):
        result = subprocess.run([example, name, "seven.pgm"], capture_output=True, check=False, cwd=folder)
        assert (result.returncode, result.stdout) == (1, expected)
        assert result.stderr.decode().startswith(f"error: {name}: {error}")
    for content in (b"", b"short"):
        result = subprocess.run([example], input=content, capture_output=True, check=False)
        assert (result.returncode, "expected images of 784 bytes" in result.stderr.decode()) == (1, True)
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run([example, folder / "seven.pgm"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (result.returncode, result.stderr) == (1, b"error: standard output: cannot be written\n")
