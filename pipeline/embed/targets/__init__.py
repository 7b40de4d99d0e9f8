"""The devices. A new one is one file, a folder of templates and one entry in `TARGETS`."""

from pipeline.embed.kit import Target
from pipeline.embed.targets.c import C
from pipeline.embed.targets.c99 import C99
from pipeline.embed.targets.microcontroller import MICROCONTROLLER
from pipeline.embed.targets.phones import ANDROID, IOS
from pipeline.embed.targets.raspberry_pi import RASPBERRY_PI
from pipeline.embed.targets.web import WEB

TARGETS: dict[str, Target] = {
    target.name: target for target in (RASPBERRY_PI, C, MICROCONTROLLER, WEB, ANDROID, IOS, C99)
}
