"""Checks the documentation: links lead to files and headings, commands that it names exist. Run by `make check`."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIPELINE = Path(sys.executable).with_name("pipeline")
DOCUMENTS = ("README.md", "CHANGELOG.md", "benchmarks/README.md", "benchmarks/RESULTS.md", "web_demo/README.md")


def find_troubles(document: Path, targets: set[str], commands: set[str]) -> list[str]:
    """Says what is wrong with one document."""
    text = document.read_text()
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    troubles = [f"dead link {link}" for link in links if not _leads_somewhere(document, link)]
    troubles += [f"no target {name}" for name in re.findall(r"\bmake ([a-z-]+)", text) if name not in targets]
    if re.search(r"<!-- results:[^>]*-->\s*<!-- end", text):
        troubles.append("no results table; next: make readme")
    named = re.findall(r"(?:^|`|\$ |bin/)pipeline ([a-z][a-z-]+)", text, re.MULTILINE)
    return troubles + [f"no command {name}" for name in named if name not in commands]


def _leads_somewhere(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    if not anchor or target.suffix != ".md":
        return target.exists()
    return target.is_file() and anchor in _anchors(target.read_text())


def _anchors(text: str) -> set[str]:
    """What GitHub calls the headings of a Markdown text."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.+?) *$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def main() -> int:
    """Checks every document; returns the exit code."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    help_text = subprocess.run([PIPELINE, "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^  ([a-z-]+) ", help_text, re.MULTILINE))
    troubles = [f"{name}: {trouble}" for name in DOCUMENTS for trouble in find_troubles(ROOT / name, targets, commands)]
    print(*troubles, sep="\n")
    return bool(troubles)


if __name__ == "__main__":
    sys.exit(main())
