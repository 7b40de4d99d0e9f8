"""site, serve: the web demo."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.choice import require_filled
from pipeline.commands.options import BuildDirOption, ExportsOption, JsonOption
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS
from pipeline.console import print_json, show_progress
from pipeline.hints import as_called

_SITE = DEFAULT_BUILD_DIR / "site"


def site(
    output: Annotated[Path, typer.Option("--output", metavar="FOLDER", help="Folder for the site.")] = _SITE,
    exports: ExportsOption = DEFAULT_EXPORTS,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
    as_json: JsonOption = False,
) -> None:
    """Assemble the web demo for any static host, under any path."""
    from pipeline.site.assemble import assemble

    require_filled(exports)
    with show_progress() as progress:
        made = assemble(output, exports, build_dir, progress)
    if as_json:
        print_json(made)
        return
    hint = as_called(f"pipeline serve{'' if output == _SITE else f' --site {output}'}")
    print(f"site: {output}, {len(made.files)} files, version {made.version[:12]}; next: {hint}")


def serve(
    port: Annotated[
        int, typer.Option("--port", metavar="NUMBER", min=0, max=65_535, help="The next free one if it is taken.")
    ] = 8000,
    site: Annotated[
        Path, typer.Option("--site", metavar="FOLDER", help="Folder of the site; made where it is missing or old.")
    ] = _SITE,
    exports: ExportsOption = DEFAULT_EXPORTS,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
    is_opened: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Serve the web demo to this machine alone, until Ctrl-C."""
    import webbrowser

    from pipeline.site.assemble import assemble
    from pipeline.site.server import SiteServer

    require_filled(exports)
    with show_progress() as progress:
        assemble(site, exports, build_dir, progress)
    with SiteServer(site, port) as server:
        if port not in (0, server.server_port):
            print(f"port {port} is taken, so this is port {server.server_port}")
        print(f"{server.address} (Ctrl-C ends it)", flush=True)
        if is_opened:
            webbrowser.open(server.address)
        server.serve_until_interrupted()
