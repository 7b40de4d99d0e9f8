"""What Lighthouse says of the web demo, on its mobile setting.

    python -m benchmarks.lighthouse

Lighthouse is no package of this project, as nothing else needs its hundred dependencies: a fixed version of it is
installed into the build folder first.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.records import LighthouseRecord, write_record
from benchmarks.web_demo import serve_demo
from pipeline.browser import find_browser
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.errors import EngineError
from pipeline.node import node_binary, npm_command

_VERSION = "13.5.0"
_CATEGORIES = ("performance", "accessibility", "best-practices")
_NUM_RUNS = 11
_FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"


def main(
    exports: Annotated[Path, typer.Option(help="Folder of verified artifacts.")] = DEFAULT_EXPORTS,
    build_dir: Annotated[Path, typer.Option(help="Folder for the site, caches and Lighthouse.")] = DEFAULT_BUILD_DIR,
) -> None:
    """Assembles the site and has it judged; writes results/lighthouse.json."""
    program = _install(build_dir / "lighthouse")
    with serve_demo(exports, build_dir) as address:
        reports = [_judge(program, address) for _ in range(_NUM_RUNS)]
    scores = {name: tuple(report["categories"][name]["score"] for report in reports) for name in _CATEGORIES}
    print(write_record("lighthouse", LighthouseRecord(describe_environment(), _VERSION, scores)))


def _install(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("package.json").write_text("{}\n")
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.is_file():
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
        _run([*npm_command(), "install", f"lighthouse@{_VERSION}", *options], folder, {})
    return program


def _judge(program: Path, address: str) -> dict[str, Any]:
    browser = find_browser()
    command = [str(node_binary()), str(program.absolute()), address, "--output=json", "--quiet"]
    options = [f"--only-categories={','.join(_CATEGORIES)}", f"--chrome-flags={_FLAGS}"]
    environment = {"CHROME_PATH": str(browser.executable), **browser.environment}
    report: dict[str, Any] = json.loads(_run([*command, *options], program.parent, environment))
    return report


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    try:
        result = subprocess.run(
            command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=True
        )
    except subprocess.CalledProcessError as error:
        last_lines = " ".join(error.stderr.strip().splitlines()[-3:])
        raise EngineError(f"{command[1]}: {last_lines}; next: pipeline doctor") from error
    return result.stdout


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
