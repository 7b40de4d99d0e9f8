"""Pictures of the page to look at: python -m tests.web.screenshots [FOLDER]; two of them are in README."""

import json
import subprocess
import sys
import threading
from pathlib import Path

from pipeline.browser import find_browser
from pipeline.config import PROJECT_ROOT
from pipeline.node import node_binary
from pipeline.progress import Silent
from pipeline.site.assemble import assemble
from pipeline.site.server import SiteServer

SCRIPT = Path(__file__).with_suffix(".mjs")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    site = PROJECT_ROOT / "build" / "site"
    assemble(site, PROJECT_ROOT / "exports", PROJECT_ROOT / "build", Silent())
    browser = find_browser()
    with SiteServer(site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        arguments = [browser.executable, json.dumps(browser.environment), server.address, folder]
        subprocess.run([node_binary(), SCRIPT, *arguments], check=True)
        server.shutdown()
    print("\n".join(str(path) for path in sorted(folder.iterdir())))


if __name__ == "__main__":
    main()
