"""Help of the commands that take formats and engines."""

from typing import Any

import typer
from typer.core import TyperCommand


class ChoosingCommand(TyperCommand):
    """A command whose help names what it can choose from; that is imported only when its help is asked for."""

    def format_epilog(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Writes the names between the options and the example."""
        from pipeline.formats import FORMATS
        from pipeline.runtimes import RUNTIMES

        if any(param.name == "formats" for param in self.params):
            with formatter.section("Formats"):
                formatter.write_text(", ".join(FORMATS))
        with formatter.section("Engines"):
            formatter.write_dl([(runtime.name, runtime.description) for runtime in RUNTIMES.values()])
        super().format_epilog(ctx, formatter)
