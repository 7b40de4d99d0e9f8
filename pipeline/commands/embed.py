"""embed: source code with the network in it, for devices that run none of the engines."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.choice import verified_contract
from pipeline.commands.options import ExportsOption, JsonOption
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS
from pipeline.console import print_json
from pipeline.errors import look_up

TARGETS = {"c99": "one pair of C99 files, static arrays and plain loops, for microcontrollers without a runtime"}
_TARGET_HELP = "; ".join(f"{name}: {description}" for name, description in TARGETS.items())


def embed(
    target: Annotated[str, typer.Option("--target", help=f"What to write. {_TARGET_HELP}.")],
    exports: ExportsOption = DEFAULT_EXPORTS,
    output: Annotated[
        Path | None, typer.Option("--output", help="Folder for the files; build/embed/TARGET if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the integer network as source code, bit-exact with LiteRT's reference kernels; say what it takes."""
    from pipeline.embed.c99 import generate, write_c99
    from pipeline.embed.cortex_m4 import measure_device_size

    look_up("target", target, TARGETS)
    model = generate(exports / "tflite" / "int8.tflite", verified_contract(exports))
    paths = write_c99(model, output or DEFAULT_BUILD_DIR / "embed" / target)
    device = measure_device_size(paths[1])
    if as_json:
        found: dict[str, Any] = {
            "files": [str(path) for path in paths],
            "ram_bytes": model.ram_bytes,
            "constant_bytes": model.constant_bytes,
            "cortex_m4": device,
        }
        print_json(found)
        return
    print(*paths, sep="\n")
    print(f"RAM:   {model.ram_bytes:,} bytes, static")
    print(f"flash: {model.constant_bytes:,} bytes of constants, and the code")
    if device is None:
        print("Debian's gcc-arm-none-eabi was not found; with it, this says what a Cortex-M4 needs to the byte.")
    else:
        print(f"Cortex-M4, gcc -O2: {device.flash_bytes:,} bytes of flash, {device.ram_bytes:,} bytes of RAM")
