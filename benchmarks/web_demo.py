"""What does a visitor of the web demo load and wait for, and does it stay quick?

    python -m benchmarks.web_demo

Chromium with the viewport of a phone visits the assembled site: several times with empty caches until the first
answer, then for some thousand answers, and while a line is drawn with a slowed-down processor. Other work on the
machine shows in all of it but the bytes.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.records import WebDemoRecord, write_record
from pipeline.browser import find_browser
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.errors import EngineError
from pipeline.node import node_binary
from pipeline.site.assemble import assemble
from pipeline.site.server import SiteServer
from pipeline.terminal import TerminalProgress

_SCRIPT = Path(__file__).with_suffix(".mjs")


def main(
    exports: Annotated[Path, typer.Option(help="Folder of verified artifacts.")] = DEFAULT_EXPORTS,
    build_dir: Annotated[Path, typer.Option(help="Folder for the site and caches.")] = DEFAULT_BUILD_DIR,
) -> None:
    """Assembles the site and measures it; writes results/web_demo.json."""
    with serve_demo(exports, build_dir) as address:
        found = _visit(address)
    print(write_record("web_demo", WebDemoRecord(environment=describe_environment(), **found)))


@contextmanager
def serve_demo(exports: Path, build_dir: Path) -> Iterator[str]:
    """Assembles the site and serves it, for as long as the context lasts; gives its address."""
    with TerminalProgress(Console(stderr=True)) as progress:
        assemble(build_dir / "site", exports, build_dir, progress)
    with SiteServer(build_dir / "site", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.address
        finally:
            server.shutdown()
            thread.join()


def _visit(address: str) -> dict[str, Any]:
    browser = find_browser()
    command = [str(node_binary()), str(_SCRIPT), str(browser.executable), json.dumps(browser.environment), address]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        last_lines = " ".join(error.stderr.strip().splitlines()[-3:])
        raise EngineError(f"cannot measure the web demo: {last_lines}; next: pipeline doctor") from error
    found: dict[str, Any] = json.loads(result.stdout)
    return found


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
