"""Pieces of work side by side: some may run in any thread, the others in the caller's alone."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Thread, current_thread
from typing import TypeVar

from pipeline.environment import num_cpus

_MAX_LANES = 4

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def run_in_lanes(
    run: Callable[[_Item], _Result], items: Sequence[_Item], may_leave: Callable[[_Item], bool]
) -> list[_Result]:
    """Runs every item, as many at once as there are processors, four at most.

    After an error or an interruption no further item begins; one in the caller's thread does not wait for those that
    run in others.

    Args:
        run: What to do with an item.
        items: What to do it with.
        may_leave: Whether an item may run in another thread. The others run in the caller's, one after another, before
            it helps with the rest.

    Returns:
        The results, in the order of the items.
    """
    results: dict[int, _Result] = {}
    errors: list[BaseException] = []
    caller = current_thread()
    here, anywhere = deque[int](), deque[int]()
    for index, item in enumerate(items):
        (anywhere if may_leave(item) else here).append(index)

    def stop() -> None:
        here.clear()
        anywhere.clear()

    def work(queue: deque[int]) -> None:
        while True:
            try:
                index = queue.popleft()
            except IndexError:
                return
            try:
                results[index] = run(items[index])
            except BaseException as error:
                errors.append(error)
                stop()
                if current_thread() is caller:
                    raise

    # Daemons: an interrupted program does not wait for them.
    others = [Thread(target=work, args=(anywhere,), daemon=True) for _ in range(min(num_cpus(), _MAX_LANES) - 1)]
    try:
        for other in others:
            other.start()
        work(here)
        work(anywhere)
        for other in others:
            other.join()
    finally:
        stop()
    if errors:
        raise errors[0]
    return [results[index] for index in range(len(items))]
