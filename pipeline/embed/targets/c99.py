"""The network itself as C99, for microcontrollers without a runtime."""

from pathlib import Path

from pipeline.embed.kit import Kit, Target, Written, write_shared, write_templates


def _write(kit: Kit, folder: Path) -> Written:
    from pipeline.embed import cortex_m4
    from pipeline.embed.c99 import generate, write_c99

    model = generate(kit.exports / kit.int8.path, kit.contract)
    files = list(write_c99(model, folder))
    files += write_shared(("preparation.h", "preparation.c"), kit, folder)
    files += write_templates("c99", kit, folder, ram_bytes=model.ram_bytes, constant_bytes=model.constant_bytes)
    device = cortex_m4.measure_device_size(files[1])
    notes = [
        f"RAM:   {model.ram_bytes:,} bytes, static",
        f"flash: {model.constant_bytes:,} bytes of constants, and the code",
    ]
    if device is None:
        notes.append("Debian's gcc-arm-none-eabi was not found; with it, this says what a Cortex-M4 needs to the byte.")
    else:
        notes.append(f"Cortex-M4, gcc -O2: {device.flash_bytes:,} bytes of flash, {device.ram_bytes:,} bytes of RAM")
    facts = {"ram_bytes": model.ram_bytes, "constant_bytes": model.constant_bytes, "cortex_m4": device}
    return Written(tuple(files), facts, tuple(notes))


C99 = Target(
    "c99", "the integer network as C99 files without a library, for microcontrollers without a runtime", _write
)
