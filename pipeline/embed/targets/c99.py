"""The networks themselves as C99, for microcontrollers without a runtime."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.embed.kit import Kit, Target, Written, write_shared, write_templates

if TYPE_CHECKING:
    from pipeline.embed.c99 import C99Model


def _write(kit: Kit, folder: Path) -> Written:
    from pipeline.embed.c99 import DETECTOR_NAME, generate, write_c99

    models = (
        generate(kit.exports / kit.int8.path, kit.contract),
        generate(kit.exports / kit.rejection.tflite, kit.detector_contract, DETECTOR_NAME, kit.max_none_stored),
    )
    files = [path for model in models for path in write_c99(model, folder)]
    files += write_shared(("preparation.h", "preparation.c", "pgm.h"), kit, folder)
    files += write_templates("c99", kit, folder, model=models[0], detector=models[1])
    facts, notes = {}, []
    for model in models:
        facts[model.name], said = _sizes(model, folder)
        notes += said
    if any(sizes["cortex_m4"] is None for sizes in facts.values()):
        notes.append("Debian's gcc-arm-none-eabi was not found; with it, this says what a Cortex-M4 needs to the byte.")
    return Written(tuple(files), facts, tuple(notes))


def _sizes(model: "C99Model", folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What a pair of files takes, for programs and in words."""
    from pipeline.embed import cortex_m4

    device = cortex_m4.measure_device_size(folder / f"{model.name}.c")
    notes = [
        f"{model.name}: RAM {model.ram_bytes:,} bytes, static; "
        f"flash {model.constant_bytes:,} bytes of constants, and the code"
    ]
    if device is not None:
        notes.append(
            f"on a Cortex-M4, gcc -O2: {device.flash_bytes:,} bytes of flash, {device.ram_bytes:,} bytes of RAM"
        )
    return {"ram_bytes": model.ram_bytes, "constant_bytes": model.constant_bytes, "cortex_m4": device}, notes


C99 = Target(
    "c99", "the integer networks as C99 files without a library, for microcontrollers without a runtime", _write
)
