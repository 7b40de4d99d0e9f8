"""Which processes a test has started, and whether any is left."""

import os
import signal
import time
from pathlib import Path

_SETTLE_S = 60.0


def descendants(pid):
    """Ids of all processes below one, with their command lines."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := _state_and_parent(int(entry.name))[1]) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = {}, [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            found[child] = _command(child)
            todo.append(child)
    return found


def alive(pids):
    """Those that still run when they had time to end; one that has ended and is not yet collected does not run."""
    deadline = time.monotonic() + _SETTLE_S
    while (left := [pid for pid in pids if _state_and_parent(pid)[0] not in (None, "Z", "X")]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    return left


def browser_process(pid):
    """The id of the one Chromium below a process, not of those that it started itself."""
    commands = descendants(pid).items()
    (found,) = [child for child, text in commands if "--remote-debugging-pipe" in text and "--type=" not in text]
    return found


def send(number, pids):
    """Sends a signal to processes, by name of the signal."""
    for pid in pids:
        os.kill(pid, getattr(signal, number))


def _state_and_parent(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None, None
    return fields[0], int(fields[1])


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
