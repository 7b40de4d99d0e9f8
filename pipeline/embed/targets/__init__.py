"""The devices. A new one is one file, a folder of templates and one entry in `TARGETS`."""

from pipeline.embed.kit import Target
from pipeline.embed.targets.c99 import C99

TARGETS: dict[str, Target] = {target.name: target for target in (C99,)}
