"""verify: are released files whole, readable and right, on this machine?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.choice import choose, require_filled
from pipeline.commands.options import BrowserOption, FormatOption, JsonOption, RuntimeOption
from pipeline.config import DEFAULT_EXPORTS
from pipeline.console import print_json, show_progress
from pipeline.errors import ArtifactError, EngineMissing

if TYPE_CHECKING:
    from pipeline.shipping.golden_runs import Finding


def verify(
    exports: Annotated[
        Path, typer.Argument(metavar="EXPORTS_DIR", help="The released files, or a copy of them.")
    ] = DEFAULT_EXPORTS,
    formats: FormatOption = None,
    runtimes: RuntimeOption = None,
    browser: BrowserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look whether released files are whole and answer as they should.

    Recomputes every hash, parses every file, and runs the golden images in every engine that is there, through the
    detector, too: its files are of the formats tflite/int8 and tfjs/uint8, and a --format other than these leaves them
    out.
    Exit code: 0 all is well, 1 something is not, or an engine of --runtime, or every engine, is missing.
    """
    from pipeline.browser import use_browser
    from pipeline.shipping.verification import verify_release

    require_filled(exports, option="")
    use_browser(browser)
    chosen = choose(formats, runtimes)
    with show_progress() as progress:
        findings = verify_release(exports, progress, *chosen)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            print(f"{finding.status:8} {finding.subject}: {finding.detail}")
    failed = [finding for finding in findings if finding.status == "failed"]
    if failed:
        raise ArtifactError(f"{exports}: {failed[0].subject}: {failed[0].detail}; next: {_remedy(failed[0])}")
    in_engines = [finding for finding in findings if finding.engine]
    missing = [finding for finding in findings if finding.status == "not run"]
    if missing and (runtimes or len(missing) == len(in_engines)):
        raise EngineMissing(f"{missing[0].subject}: {missing[0].detail}")
    if not as_json:
        print(f"{exports} is whole, and answers as it should in {len(in_engines) - len(missing)} runs of engines")


def _remedy(failed: "Finding") -> str:
    from pipeline.rejection import FOLDER

    if failed.subject == "hashes":
        return "delete it" if failed.detail.endswith("is not in the manifest") else "restore it from the release"
    if not failed.engine:
        return "pipeline build-all"
    # Parity compares engines of the classifier alone.
    if failed.subject.startswith(f"{FOLDER}/"):
        return f"make setup, for the version of {failed.engine} that was tried, then pipeline verify"
    return "pipeline doctor, then pipeline parity"
