"""TFLite Micro: the files as arrays, their operators and their arenas."""

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

    paths = {"model": kit.exports / kit.int8.path, "detector": kit.exports / kit.rejection.tflite}
    operators = {operator for path in paths.values() for operator in read_tflite(path).operators}
    arenas = {name: find_arena_bytes(path) for name, path in paths.items()}
    given = {name: _with_room(arena_bytes) for name, arena_bytes in arenas.items()}
    ram_bytes = (
        sum(given.values()) + _PICTURE_SIDE_PX**2 + kit.contract.input.num_values + kit.context["preparation_bytes"]
    )
    facts = {
        "arena_bytes": arenas,
        "arena_with_room": given,
        "operators": [_method(name) for name in sorted(operators)],
        "ram_bytes": ram_bytes,
    }
    arrays = {name: np.frombuffer(read_bytes(path), np.uint8) for name, path in paths.items()}
    files = write_templates("microcontroller", kit, folder, arrays=arrays, picture_side=_PICTURE_SIDE_PX, **facts)
    files += write_shared(("preparation.h", "preparation.c"), kit, folder)
    notes = [f"arena of the {name}: {arenas[name]:,} bytes as measured, {given[name]:,} given" for name in paths]
    return Written(tuple(files), facts, tuple(notes))


def _with_room(arena_bytes: int) -> int:
    return -(-arena_bytes * _ROOM_PERCENT // (100 * _KIB)) * _KIB


def _method(operator: str) -> str:
    """How TFLite Micro calls an operator: CONV_2D is Conv2D."""
    return "".join(part if part[0].isdigit() else part.capitalize() for part in operator.split("_"))


MICROCONTROLLER = Target("microcontroller", "C++ files and a sketch for TFLite Micro", _write)
