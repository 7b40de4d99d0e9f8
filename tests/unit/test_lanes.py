import threading

import pytest

from pipeline import lanes
from pipeline.lanes import run_in_lanes

PATIENCE_S = 30


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch):
    monkeypatch.setattr(lanes, "num_cpus", lambda: 2)


def test_results_are_in_the_order_of_the_items():
    assert run_in_lanes(lambda item: item**2, range(20), lambda item: item % 3 == 0) == [item**2 for item in range(20)]


def test_two_that_may_leave_run_at_the_same_time():
    barrier = threading.Barrier(2, timeout=PATIENCE_S)
    assert sorted(run_in_lanes(lambda _: barrier.wait(), range(2), lambda _: True)) == [0, 1]


def test_those_that_may_not_leave_run_in_the_thread_of_the_caller():
    threads = run_in_lanes(lambda _: threading.get_ident(), range(10), lambda item: item < 5)
    assert set(threads[5:]) == {threading.get_ident()}


@pytest.mark.parametrize("may_leave", [True, False])
def test_error_is_raised_and_nothing_begins_after_it(may_leave):
    begun = []

    def run(item):
        begun.append(item)
        raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match=r"item \d"):
        run_in_lanes(run, range(100), lambda _: may_leave)
    # One in each lane, at most.
    assert len(begun) <= (2 if may_leave else 1)


def test_interruption_waits_for_no_other_thread():
    released, begun, ended = threading.Event(), threading.Event(), threading.Event()
    caller = threading.get_ident()

    def run(item):
        if threading.get_ident() != caller:
            begun.set()
            released.wait(PATIENCE_S)
            ended.set()
        else:
            assert begun.wait(PATIENCE_S)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in_lanes(run, range(10), lambda item: item != 0)
    assert not ended.is_set()
    released.set()
