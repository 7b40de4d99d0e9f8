"""A Raspberry Pi: one Python file with LiteRT, and nothing of this project."""

from pathlib import Path

from pipeline.embed.kit import Kit, Target, Written, copy_model, write_templates


def _write(kit: Kit, folder: Path) -> Written:
    from pipeline.embed.bundle import bundle_preparation

    imports, preparation = bundle_preparation()
    files = write_templates("raspberry_pi", kit, folder, imports=imports, preparation=preparation)
    return Written((*files, *copy_model(kit, folder)), {})


RASPBERRY_PI = Target("raspberry_pi", "one Python file with LiteRT, for pictures and the camera", _write)
