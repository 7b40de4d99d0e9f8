"""What generated code takes on a Cortex-M4, where the cross compiler is installed."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import EngineError

COMPILER = "arm-none-eabi-gcc"
SIZE = "arm-none-eabi-size"
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-pedantic")
# Freestanding: <stdint.h> comes with the compiler, and there is no C library.
CORTEX_M4 = ("-mcpu=cortex-m4", "-mthumb", "-ffreestanding")
OPTIMISATION = "-O2"


@dataclass(frozen=True)
class DeviceSize:
    """Bytes of flash (code, constants, initial values) and of static RAM."""

    flash_bytes: int
    ram_bytes: int


def measure_device_size(source: Path) -> DeviceSize | None:
    """Compiles a C file for a Cortex-M4 and asks how large it is.

    Args:
        source: The .c file; its header lies beside it.

    Returns:
        None where the cross compiler is not installed.

    Raises:
        EngineError: The compiler refuses the file.
    """
    if not (shutil.which(COMPILER) and shutil.which(SIZE)):
        return None
    with TemporaryDirectory() as folder:
        compiled = Path(folder) / "model.o"
        _run([COMPILER, *WARNINGS, *CORTEX_M4, OPTIMISATION, "-c", str(source), "-o", str(compiled)])
        return parse_size(_run([SIZE, str(compiled)]))


def parse_size(output: str) -> DeviceSize:
    """What the table of `size` says: text, data and bss of one file.

    Raises:
        ValueError: It is no such table.
    """
    numbers = re.search(r"^\s*(\d+)\s+(\d+)\s+(\d+)\s", output, re.MULTILINE)
    if numbers is None:
        raise ValueError(f"expected text, data and bss, received {output!r}")
    text, initialised, zeroed = map(int, numbers.groups())
    return DeviceSize(text + initialised, initialised + zeroed)


def _run(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise EngineError(f"{command[0]} failed: {result.stderr.strip()}")
    return result.stdout
