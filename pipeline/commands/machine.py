"""setup, doctor: what a build needs of this machine."""

from pipeline.commands.options import BuildDirOption, ExportsOption, JsonOption
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS
from pipeline.console import print_json
from pipeline.errors import PipelineError
from pipeline.hints import as_called


def setup() -> None:
    """Install the JavaScript packages that the engines need.

    Other commands do so by themselves.
    """
    from pipeline.node import install_packages

    print("JavaScript packages: " + ("installed" if install_packages() else "as locked"))


def doctor(
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR, exports: ExportsOption = DEFAULT_EXPORTS, as_json: JsonOption = False
) -> None:
    """Look at all that a build needs; say how to mend what is amiss."""
    from pipeline.doctor import examine

    findings = []
    for finding in examine(build_dir, exports):
        findings.append(finding)
        if not as_json:
            print(f"{'ok     ' if finding.is_ok else 'TROUBLE'}  {finding.name}: {finding.detail}")
            if not finding.is_ok:
                print(f"         mend it: {as_called(finding.fix)}")
    if as_json:
        print_json(findings)
    num_troubles = sum(not finding.is_ok for finding in findings)
    if num_troubles:
        raise PipelineError(f"{num_troubles} of {len(findings)} things need mending; the commands are above")
