import time
from dataclasses import replace

import pytest

from pipeline.config import TimingConfig
from pipeline.timing import measure

CONFIG = TimingConfig(warm_up_runs=1, warm_up_s=0.0, min_runs=1, min_s=0.0, max_s=1024.0, min_sample_s=0.0625)


class FakeRun:
    """A function whose calls take the given seconds, the last of them again and again; all are sums of powers of 2."""

    def __init__(self, *durations_s):
        self.durations_s = durations_s
        self.now_s = 0.0
        self.num_calls = 0

    def __call__(self):
        self.now_s += self.durations_s[min(self.num_calls, len(self.durations_s) - 1)]
        self.num_calls += 1


@pytest.fixture
def fake_run(monkeypatch):
    def make(*durations_s):
        run = FakeRun(*durations_s)
        monkeypatch.setattr(time, "perf_counter", lambda: run.now_s)
        return run

    return make


def test_measure_keeps_the_first_run_apart(fake_run):
    timing = measure(fake_run(8.0, 0.25), replace(CONFIG, warm_up_runs=2, min_runs=3))
    assert timing.first_s == 8.0
    assert timing.samples_s.tolist() == [0.25, 0.25, 0.25]


@pytest.mark.parametrize(("warm_up_runs", "warm_up_s", "expected"), [(3, 0.0, 3), (1, 1.0, 4), (6, 1.0, 6)])
def test_measure_warms_up_until_runs_and_seconds_suffice(fake_run, warm_up_runs, warm_up_s, expected):
    run = fake_run(0.25)
    timing = measure(run, replace(CONFIG, warm_up_runs=warm_up_runs, warm_up_s=warm_up_s))
    assert run.num_calls - timing.num_runs == expected


def test_measure_times_short_runs_in_batches(fake_run):
    timing = measure(fake_run(0.25), replace(CONFIG, min_sample_s=1.0, min_runs=10))
    assert timing.runs_per_sample == 4
    assert timing.samples_s.tolist() == [0.25, 0.25, 0.25]
    assert timing.num_runs == 12


@pytest.mark.parametrize(("min_runs", "min_s", "expected"), [(10, 0.0, 10), (1, 2.0, 8), (10, 2.0, 10)])
def test_measure_goes_on_until_runs_and_seconds_suffice(fake_run, min_runs, min_s, expected):
    assert measure(fake_run(0.25), replace(CONFIG, min_runs=min_runs, min_s=min_s)).num_runs == expected


def test_measure_stops_at_the_time_limit(fake_run):
    assert measure(fake_run(1.0), replace(CONFIG, min_runs=1000, max_s=5.0)).num_runs == 5


def test_measure_keeps_an_outlier(fake_run):
    timing = measure(fake_run(1.0, 1.0, 64.0, 1.0), replace(CONFIG, min_runs=3))
    assert timing.samples_s.tolist() == [1.0, 64.0, 1.0]
