"""Formats and engines that the user names."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import UsageError

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


def verified_contract(exports: Path) -> "ModelContract":
    """The contract of artifacts that are as they were released.

    Raises:
        ArtifactError: A file is missing, or is not the one in the manifest.
    """
    from pipeline.contract import read_contract
    from pipeline.manifest import verify

    verify(exports)
    return read_contract(exports)
