"""Formats, engines and folders that the user names."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config import DEFAULT_EXPORTS, PROFILES, PROJECT_ROOT
from pipeline.errors import ArtifactError, UsageError
from pipeline.hints import build_command

if TYPE_CHECKING:
    from pipeline.contract import ModelContract
    from pipeline.formats.base import Format
    from pipeline.runtimes.base import Runtime


def choose(formats: list[str] | None, runtimes: list[str] | None) -> "tuple[list[Format], list[Runtime]]":
    """The named ones; all where none is named.

    Raises:
        UsageError: No such format or engine, or no engine of these runs any of these formats.
    """
    from pipeline.formats import FORMATS, get_format
    from pipeline.runtimes import RUNTIMES, get_runtime, pairs

    chosen_formats = [get_format(name) for name in formats] if formats else list(FORMATS.values())
    chosen_runtimes = [get_runtime(name) for name in runtimes] if runtimes else list(RUNTIMES.values())
    if not pairs(chosen_formats, chosen_runtimes):
        families = sorted({family for runtime in chosen_runtimes for family in runtime.families})
        raise UsageError(f"none of the chosen engines runs the chosen formats; they run {', '.join(families)}")
    return chosen_formats, chosen_runtimes


def choose_missing(names: list[str] | None) -> frozenset[str]:
    """The engines that may be missing.

    Raises:
        UsageError: No such engine.
    """
    from pipeline.runtimes import get_runtime

    return frozenset(get_runtime(name).name for name in names or ())


def require_filled(exports: Path, name: str = "manifest.json", option: str = "--exports ") -> None:
    """Refuses a folder that no build has filled, be it mistyped or of a build that was stopped.

    Args:
        exports: The folder.
        name: The file that has to be in it.
        option: What the user types before the folder.

    Raises:
        ArtifactError: That file is not in it; the message names the command that fills it, or a folder that is filled.
    """
    if (exports / name).exists():
        return
    own = dict.fromkeys(profile.exports for profile in PROFILES.values())
    filled = [folder for folder in own if (folder / name).exists() and exports not in own]
    if not filled and (exports == DEFAULT_EXPORTS or exports not in own):
        # The files that are released with this project, for a caller in another folder.
        filled = [folder for folder in (PROJECT_ROOT / DEFAULT_EXPORTS,) if (folder / name).exists()]
    remedy = build_command(exports if exports in own else DEFAULT_EXPORTS)
    if filled:
        remedy = f"the same command with {option}{' or '.join(map(str, filled))}"
    found = f"no {name} in it" if exports.is_dir() else "no such folder"
    raise ArtifactError(f"expected verified artifacts in {exports}, found {found}; next: {remedy}")


def verified_contract(exports: Path) -> "ModelContract":
    """The contract of artifacts that are as they were released.

    Raises:
        ArtifactError: A file is missing, or is not the one in the manifest.
    """
    from pipeline.contract import read_contract
    from pipeline.manifest import verify

    require_filled(exports)
    verify(exports)
    return read_contract(exports)
