"""Keeps what native libraries print away from the lines that the user reads."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DESCRIPTORS = threading.RLock()


@contextmanager
def native_output_to(log: Path = Path(os.devnull)) -> Iterator[None]:
    """Sends what this process and its native libraries write to stdout and stderr into a file.

    TensorFlow and LiteRT write dozens of lines past Python's streams; they belong into a log. One thread at a time: the
    descriptors are the whole process'.
    """
    with _DESCRIPTORS:
        yield from _redirected(log)


def _redirected(log: Path) -> Iterator[None]:
    sys.stdout.flush()
    sys.stderr.flush()
    log.parent.mkdir(parents=True, exist_ok=True)
    saved = os.dup(1), os.dup(2)
    try:
        with log.open("ab") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, original in zip((1, 2), saved, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
