"""What the user is told to type next, spelled so that it can be copied into the same shell."""

import re
import shlex
import shutil
import sys
from pathlib import Path

from pipeline.config import DEFAULT_PROFILE, PROFILES

_BEGIN = "next: "


def as_called(hint: str) -> str:
    """A command or an example with `pipeline` spelled as the user did, as in `.venv/bin/pipeline report`."""
    return re.sub(r"(?<![\w./-])pipeline(?= )", lambda _: _program(), hint)


def with_callable_hint(message: str) -> str:
    """A message whose hint, the part behind "next: ", can be typed as it stands."""
    trouble, begin, hint = message.partition(_BEGIN)
    return f"{trouble}{begin}{as_called(hint)}"


def build_command(exports: Path) -> str:
    """The command that fills a folder of artifacts; a profile's own folder is filled by that profile."""
    profiles = [profile.name for profile in PROFILES.values() if profile.exports == exports]
    if not profiles:
        return "pipeline build-all with the options that it was built with"
    return "pipeline build-all" if DEFAULT_PROFILE in profiles else f"pipeline build-all --profile {profiles[0]}"


def _program() -> str:
    """How this program was called; its plain name if that leads here, and where a test or a script calls."""
    called, name = Path(sys.argv[0]), "pipeline"
    on_path = shutil.which(name)
    if called.name != name or (on_path and Path(on_path).resolve() == called.resolve()):
        return name
    return shlex.quote(sys.argv[0])
