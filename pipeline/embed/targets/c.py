"""A C program with LiteRT's shared library."""

from pathlib import Path

from pipeline.embed.kit import Kit, Target, Written, copy_model, write_shared, write_templates


def _write(kit: Kit, folder: Path) -> Written:
    files = write_templates("c", kit, folder)
    files += write_shared(("preparation.h", "preparation.c", "pgm.h"), kit, folder)
    return Written((*files, *copy_model(kit, folder)), {})


C = Target("c", "a C99 program with LiteRT's C API, for Linux", _write)
