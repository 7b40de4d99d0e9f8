"""TFLite Micro: the file as an array, its operators and its arena."""

from pathlib import Path

from pipeline.embed.kit import Kit, Target, Written, write_shared, write_templates
from pipeline.files import read_bytes

# For kernels with memory of their own.
_ROOM_PERCENT = 125
_KIB = 1024
_PICTURE_SIDE_PX = 96


def _write(kit: Kit, folder: Path) -> Written:
    import numpy as np

    from pipeline.formats.tflite_file import read_tflite
    from pipeline.runtimes.tflite_micro import find_arena_bytes

    path = kit.exports / kit.int8.path
    arena_bytes = find_arena_bytes(path)
    facts = {
        "arena_bytes": arena_bytes,
        "arena_with_room": -(-arena_bytes * _ROOM_PERCENT // (100 * _KIB)) * _KIB,
        "operators": [_method(name) for name in sorted(read_tflite(path).operators)],
    }
    model = np.frombuffer(read_bytes(path), np.uint8)
    files = write_templates("microcontroller", kit, folder, model=model, picture_side=_PICTURE_SIDE_PX, **facts)
    files += write_shared(("preparation.h", "preparation.c"), kit, folder)
    return Written(
        tuple(files), facts, (f"arena: {arena_bytes:,} bytes as measured, {facts['arena_with_room']:,} given",)
    )


def _method(operator: str) -> str:
    """How TFLite Micro calls an operator: CONV_2D is Conv2D."""
    return "".join(part if part[0].isdigit() else part.capitalize() for part in operator.split("_"))


MICROCONTROLLER = Target("microcontroller", "C++ files and a sketch for TFLite Micro", _write)
