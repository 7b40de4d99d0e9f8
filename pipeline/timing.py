"""The timing method for engines that run in this process; runtimes/js/timing.mjs is its twin for JavaScript.

The clock is read once a sample; a sample is as many runs as take `min_sample_s`, so that reading the clock does not
count. Nothing is clipped or thrown away.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from pipeline.config import TimingConfig


@dataclass(frozen=True)
class RawTiming:
    """What a timing loop recorded.

    Attributes:
        first_s: The first run of all, before any warm-up.
        samples_s: float64 (samples,), seconds per run.
        runs_per_sample: Runs between two readings of the clock.
    """

    first_s: float
    samples_s: NDArray[np.float64]
    runs_per_sample: int

    @property
    def num_runs(self) -> int:
        """Timed runs in all."""
        return len(self.samples_s) * self.runs_per_sample


def measure(run: Callable[[], object], config: TimingConfig) -> RawTiming:
    """Times a function: first run, warm-up, then samples until there are enough runs and enough seconds."""
    first_s = _time(run, 1)
    warm_up, warm_up_s = [first_s], first_s
    while len(warm_up) < config.warm_up_runs or warm_up_s < config.warm_up_s:
        warm_up.append(_time(run, 1))
        warm_up_s += warm_up[-1]
    runs_per_sample = ceil(config.min_sample_s / max(float(np.median(warm_up)), 1e-9))
    samples: list[float] = []
    total_s = 0.0
    while (len(samples) * runs_per_sample < config.min_runs or total_s < config.min_s) and total_s < config.max_s:
        samples.append(_time(run, runs_per_sample))
        total_s += samples[-1]
    return RawTiming(first_s, np.array(samples) / runs_per_sample, runs_per_sample)


def _time(run: Callable[[], object], num_runs: int) -> float:
    started = time.perf_counter()
    for _ in range(num_runs):
        run()
    return time.perf_counter() - started
