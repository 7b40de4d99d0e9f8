"""Pictures of the page to look at: python -m tests.web.screenshots [FOLDER]; two of them are in README."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.web_demo import serve_demo
from pipeline.browser import find_browser
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS
from pipeline.node import node_binary

SCRIPT = Path(__file__).with_suffix(".mjs")


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_BUILD_DIR / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    browser = find_browser()
    with serve_demo(DEFAULT_EXPORTS, DEFAULT_BUILD_DIR) as address:
        arguments = [browser.executable, json.dumps(browser.environment), address, folder]
        subprocess.run([node_binary(), SCRIPT, *arguments], check=True)
    print("\n".join(str(path) for path in sorted(folder.iterdir())))


if __name__ == "__main__":
    main()
