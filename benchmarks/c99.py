"""The C99 pair against TFLite Micro: memory, instructions of a Cortex-M4, time on this machine.

    python -m benchmarks.c99

Instructions are counted by the emulator, the same on every run; the times are of portable C on this machine's
processor, one after the other. What TFLite Micro's interpreter takes on a Cortex-M4 is not measured: its wheel brings
neither headers nor a library for it.
"""

import ctypes
import subprocess
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.records import C99Record, EmbeddedRow, write_record
from pipeline.config import DEFAULT_EXPORTS, TimingConfig
from pipeline.contract import ModelContract, read_contract
from pipeline.embed.cortex_m4 import COMPILER, measure_device_size
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.export import read_golden_images
from pipeline.runtimes.tflite_micro import TFLITE_MICRO, find_arena_bytes
from pipeline.timing import measure
from tests.embedded.toolchain import EMULATOR, run_on_cortex_m4, write_model

TIMING = TimingConfig()


def main(exports: Path = DEFAULT_EXPORTS) -> None:
    """Measures both; writes results/c99.json."""
    contract = read_contract(exports)
    images = read_golden_images(exports, contract)
    model = exports / "tflite" / "int8.tflite"
    rows = (_c99(model, contract, images), _micro(model, contract, images))
    tools = tuple(_version(program) for program in (COMPILER, EMULATOR, "gcc"))
    print(write_record("c99", C99Record(describe_environment(), tools, len(images), rows)))


def _c99(path: Path, contract: ModelContract, images: NDArray[np.uint8]) -> EmbeddedRow:
    with TemporaryDirectory() as name:
        folder = Path(name)
        model = write_model(path, contract, folder)
        size = measure_device_size(folder / "digit_model.c")
        if size is None:
            raise typer.BadParameter(f"expected {COMPILER}, found none")
        run = run_on_cortex_m4(folder, images, contract.num_labels)
        library = folder / "model.so"
        sources = [folder / "digit_model.c", "-o", library]
        subprocess.run(["gcc", "-std=c99", "-O2", "-shared", "-fPIC", *map(str, sources)], check=True)
        function = ctypes.CDLL(str(library)).digit_model_predict
        answer = (ctypes.c_uint8 * contract.num_labels)()
        timing = measure(partial(function, images[0].tobytes(), answer), TIMING)
        return EmbeddedRow(
            name="c99",
            constant_bytes=model.constant_bytes,
            flash_bytes=size.flash_bytes,
            ram_bytes=size.ram_bytes,
            mean_instructions=float(run.instructions.mean()),
            max_instructions=float(run.instructions.max()),
            host_median_s=float(np.median(timing.samples_s)),
        )


def _micro(path: Path, contract: ModelContract, images: NDArray[np.uint8]) -> EmbeddedRow:
    runner = TFLITE_MICRO.load(path, contract)
    timing = runner.time(images[0], TIMING)
    return EmbeddedRow(
        name="tflite-micro",
        constant_bytes=path.stat().st_size,
        flash_bytes=None,
        ram_bytes=find_arena_bytes(path),
        mean_instructions=None,
        max_instructions=None,
        host_median_s=float(np.median(timing.samples_s)),
    )


def _version(program: str) -> str:
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return output.splitlines()[0]


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
