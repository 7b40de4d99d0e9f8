"""How things look on the terminal: progress bars, lines and tables."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table as RichTable
from rich.text import Text

from pipeline.tables import Table

_STYLES = {
    "same": "green",
    "reference": "green",
    "not the same": "bold red",
    "not run": "bold yellow",
    "not exported": "bold red",
    "bad": "bold red",
}
_PLAIN_LINE_EVERY_S = 30.0
_GAP = 2
_LONG_S = 2.0


class _DetailColumn(ProgressColumn):
    """What is worked on and, where it takes long, for how long already."""

    def render(self, task: Task) -> Text:
        """One line; rich asks for it ten times a second."""
        detail, seconds = task.fields["detail"], time.monotonic() - task.fields["since_s"]
        return Text(f"{seconds:.0f} s  {detail}" if detail and seconds >= _LONG_S else detail, "dim")


class TerminalProgress:
    """A bar for the work at hand and a line for each thing finished; plain lines where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description:9}"),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            _DetailColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task("", visible=False, detail="", since_s=0.0)
        self._label, self._total, self._last_line_s = "", 0, 0.0

    def __enter__(self) -> "TerminalProgress":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def start(self, label: str, total: int) -> None:
        self._label, self._total, self._last_line_s = label, total, time.monotonic()
        self._bars.reset(self._task, description=label, total=total, visible=True, detail="", since_s=0.0)

    def update(self, done: int, detail: str = "") -> None:
        self._bars.update(self._task, completed=done, detail=detail, since_s=time.monotonic())
        if self._bars.disable and detail and time.monotonic() - self._last_line_s > _PLAIN_LINE_EVERY_S:
            self._last_line_s = time.monotonic()
            self._print(f"{self._label} {done:,}/{self._total:,}  {detail}")

    def note(self, text: str) -> None:
        self._bars.update(self._task, visible=False)
        self._print(text)

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def rich_table(table: Table, width: int) -> RichTable:
    """A table for a console of that many columns, coloured by verdict; no number is ever cut short."""
    shown = columns_that_fit(table, width)
    drawn = RichTable(box=None, header_style="bold", pad_edge=False)
    for index in shown:
        is_number = index >= table.first_number
        drawn.add_column(table.headings[index], justify="right" if is_number else "left", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*(Text(row[index], style=_STYLES.get(row[index], "")) for index in shown))
    return drawn


def columns_that_fit(table: Table, width: int) -> list[int]:
    """Which columns to show: the least important are left out until the others fit."""
    lines = (table.headings, *table.rows)
    widths = [max(len(line[index]) for line in lines) for index in range(len(table.headings))]
    shown = list(range(len(table.headings)))
    for heading in table.least_important:
        if sum(widths[index] + _GAP for index in shown) - _GAP <= width:
            break
        shown.remove(table.headings.index(heading))
    return shown
