"""How every program of ours ends: an error is one line, an interruption too, and a reader who left is no error."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from pipeline.errors import PipelineError, UsageError
from pipeline.hints import with_callable_hint


class _Interrupted(BaseException):
    """Ctrl-C or a request to end; not a KeyboardInterrupt, which the command-line library would answer itself."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.advice = ""


def _interrupt(number: int, _frame: object) -> NoReturn:
    raise _Interrupted(number)


@contextmanager
def work_is_kept() -> Iterator[None]:
    """Says so when the body is interrupted: what it finished, the next call does not do again."""
    try:
        yield
    except _Interrupted as interruption:
        interruption.advice = ": finished work is kept, the same command goes on from there"
        raise


def run_program(program: Callable[[], None]) -> None:
    """Runs a program to its end; the only place that turns errors into exit codes.

    0 done; 1 something the user can act on, or not the same model; 2 wrong usage; 130 interrupted.
    """
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        try:
            program()
        finally:
            sys.stdout.flush()
    except PipelineError as error:
        _fail(f"error: {with_callable_hint(str(error))}", 2 if isinstance(error, UsageError) else 1)
    except _Interrupted as interruption:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # ends the line in which the terminal shows ^C
        _fail(f"interrupted{interruption.advice}", 128 + interruption.number)
    except BrokenPipeError:
        # The reader of our output has left, as `head` does; what Python still holds must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _fail(message: str, code: int) -> NoReturn:
    # Engines put line breaks into their messages; ours are one line.
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(code)
