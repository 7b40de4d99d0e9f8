"""How long work tells its caller how far it is; the command line draws it, tests and scripts ignore it."""

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of one piece of work after another."""

    def start(self, label: str, total: int) -> None:
        """A piece of work of `total` units begins."""

    def update(self, done: int, detail: str = "") -> None:
        """`done` of the units are finished; `detail` is a few words to show beside them."""

    def note(self, text: str) -> None:
        """One line that stays: something finished, or something the user should know."""


class Silent:
    """Progress that nobody watches."""

    def start(self, label: str, total: int) -> None:
        """Ignores it."""

    def update(self, done: int, detail: str = "") -> None:
        """Ignores it."""

    def note(self, text: str) -> None:
        """Ignores it."""
