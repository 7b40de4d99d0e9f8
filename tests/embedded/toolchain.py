"""Compiles generated C99, and runs it on this machine and on an emulated Cortex-M4."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.embed.c99 import NAME, generate, write_c99
from pipeline.embed.cortex_m4 import COMPILER, CORTEX_M4, OPTIMISATION, WARNINGS

SOURCES = Path(__file__).parent
SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
EMULATOR = "qemu-system-arm"
# Every instruction takes 64 ns of the emulator's time, and the board's timer ticks every 40 ns.
_INSTRUCTION_NS = 64
_TICK_NS = 40
KNOWN_LOOP_INSTRUCTIONS = 20_000


@dataclass(frozen=True)
class EmulatedRun:
    """What a Cortex-M4 answered.

    Attributes:
        known_loop: Instructions counted for a loop of `KNOWN_LOOP_INSTRUCTIONS`: the measurement's own test.
        instructions: float64 (N,), for each answer.
        answers: uint8 (N, labels).
    """

    known_loop: float
    instructions: np.ndarray
    answers: np.ndarray


def write_model(tflite, contract, folder):
    model = generate(tflite, contract)
    write_c99(model, folder)
    return model


def compile_for_host(folder, *flags):
    program = folder / "host"
    _run(["gcc", *WARNINGS, *flags, f"-I{folder}", folder / f"{NAME}.c", SOURCES / "host.c", "-o", program])
    return program


def answers_on_host(program, images, num_labels):
    output = subprocess.run([program], input=images.tobytes(), capture_output=True, check=True).stdout
    return np.frombuffer(output, np.uint8).reshape(len(images), num_labels)


def run_on_cortex_m4(folder, images, num_labels):
    """Bare metal: no library but the compiler's own, for 64-bit arithmetic."""
    (folder / "images.bin").write_bytes(images.tobytes())
    _emulate(folder, folder / f"{NAME}.c", SOURCES / "cortex_m4.c")
    return _parse((folder / "answers.bin").read_bytes(), num_labels)


def _emulate(folder, *sources):
    program = folder / "cortex_m4.elf"
    linked = ["-nostdlib", "-T", SOURCES / "mps2_an386.ld", "-lgcc", "-o", program]
    include = [f"-I{folder}", f"-I{SOURCES}", *sources, SOURCES / "startup.c"]
    _run([COMPILER, *WARNINGS, *CORTEX_M4, OPTIMISATION, *include, *linked])
    clock = f"shift={_INSTRUCTION_NS.bit_length() - 1},sleep=off"
    machine = [EMULATOR, "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none"]
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    _run([*machine, *semihosting, "-icount", clock, "-kernel", program], cwd=folder)


def reference_answers(tflite, images):
    """uint8 (N, labels) of LiteRT's reference kernels."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolver = OpResolverType.BUILTIN_REF
    interpreter = Interpreter(str(tflite), num_threads=1, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    (given,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    answers = []
    for image in images:
        interpreter.set_tensor(given["index"], image[np.newaxis])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(answer["index"]))
    return np.concatenate(answers)


def _parse(content, num_labels):
    known_loop = np.frombuffer(content[:4], "<u4")[0]
    answer = np.dtype([("ticks", "<u4"), ("probabilities", np.uint8, num_labels)])
    answers = np.frombuffer(content[4:], answer)
    to_instructions = _TICK_NS / _INSTRUCTION_NS
    return EmulatedRun(known_loop * to_instructions, answers["ticks"] * to_instructions, answers["probabilities"])


def _run(command, cwd=None):
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, f"{command[0]}: {result.stdout}{result.stderr}"


def compile_preparation(folder, *flags):
    program = folder / "prepare"
    _run(["gcc", *WARNINGS, *flags, f"-I{folder}", folder / "preparation.c", SOURCES / "prepare.c", "-o", program])
    return program


def prepare_on_host(program, pictures, image_shape):
    """uint8 images, None for a picture without ink, of uint8 (height, width) pictures."""
    pictures = list(pictures)
    output = subprocess.run([program], input=_packed(pictures), capture_output=True, check=True).stdout
    answers = np.frombuffer(output, np.uint8).reshape(len(pictures), -1)
    return [answer[1:].reshape(image_shape) if answer[0] else None for answer in answers]


def prepare_on_cortex_m4(folder, pictures, image_shape):
    """The same, and instructions for each, float64 (N,)."""
    (folder / "pictures.bin").write_bytes(_packed(pictures))
    _emulate(folder, folder / "preparation.c", SOURCES / "cortex_m4_prepare.c")
    answer = np.dtype([("ticks", "<u4"), ("is_found", np.uint8), ("image", np.uint8, image_shape)])
    answers = np.frombuffer((folder / "answers.bin").read_bytes(), answer)
    images = [found["image"] if found["is_found"] else None for found in answers]
    return images, answers["ticks"] * (_TICK_NS / _INSTRUCTION_NS)


def _packed(pictures):
    return b"".join(np.array(picture.shape, "<i4").tobytes() + picture.tobytes() for picture in pictures)
