"""Shows results, tables and progress: results on standard output, progress on standard error."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from pipeline.results import Results
    from pipeline.tables import Table
    from pipeline.terminal import TerminalProgress


@contextmanager
def show_progress() -> "Iterator[TerminalProgress]":
    """Bars on standard error, for as long as the context lasts."""
    from rich.console import Console

    from pipeline.terminal import TerminalProgress

    # A descriptor of its own: native output of converters is sent away from descriptor 2 while bars are drawn.
    with os.fdopen(os.dup(2), "w") as stream, TerminalProgress(Console(file=stream)) as progress:
        yield progress


def print_results(results: "Results", as_json: bool) -> None:
    """A table with the verdict below it, or JSON."""
    from pipeline.tables import results_table
    from pipeline.wording import describe_model, verdict

    if as_json:
        rows = [with_properties(row, "status", "is_accepted") for row in results.parity]
        print_json({**with_properties(results, "is_same_everywhere"), "parity": rows})
        return
    print_table(results_table(results))
    print(f"\n{verdict(results)} {describe_model(results)}".rstrip())


def print_table(table: "Table") -> None:
    """A table as wide as the terminal; 200 columns where there is none."""
    from rich.console import Console

    from pipeline.terminal import rich_table

    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(rich_table(table, console.width))


def print_json(value: Any) -> None:
    """Anything that is made of dataclasses, lists and numbers, as JSON; what is no number or infinite is null."""
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def with_properties(value: Any, *names: str) -> dict[str, Any]:
    """The fields of a dataclass and some of its properties, so that scripts need not work them out again."""
    return {field.name: getattr(value, field.name) for field in fields(value)} | {
        name: getattr(value, name) for name in names
    }


def plain_output() -> TextIO:
    """Standard output as it is now, for results that come while a bar is drawn.

    It escapes what the terminal's encoding cannot say, as in names of files.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return sys.stdout


class JsonList:
    """A JSON list that is written entry by entry, and ends as one whatever happens in between."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._num_entries = 0

    def __enter__(self) -> "JsonList":
        self._stream.write("[")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, BrokenPipeError):
            self._stream.write("\n]\n" if self._num_entries else "]\n")
            self._stream.flush()

    def add(self, entry: Any) -> None:
        """Writes one more entry at once: a reader need not wait for the last."""
        import msgspec

        text = msgspec.json.format(msgspec.json.encode(entry), indent=2).decode()
        self._stream.write((",\n" if self._num_entries else "\n") + text)
        self._num_entries += 1
        self._stream.flush()
