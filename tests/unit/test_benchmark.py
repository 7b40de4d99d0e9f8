import numpy as np
import pytest

from pipeline.benchmark import measure_sizes, run_benchmark, summarise
from pipeline.config import TimingConfig
from pipeline.data.datasets import MNIST
from pipeline.errors import EngineError, EngineMissing
from pipeline.files import write_atomically
from pipeline.formats import FORMATS
from pipeline.formats.base import EXACT, Format
from pipeline.progress import Silent
from pipeline.runtimes.base import Runtime
from pipeline.timing import RawTiming

CONFIG = TimingConfig(min_runs=4, noisy_above=0.5)
IMAGE = np.zeros((28, 28, 1), np.uint8)


def _timing(*samples_s, runs_per_sample=2):
    return RawTiming(first_s=9.0, samples_s=np.array(samples_s), runs_per_sample=runs_per_sample)


class FakeRunner:
    """Gives one prepared timing after the other; raises one that is an error."""

    load_s = 0.5
    device = "Browser 1"

    def __init__(self, timings):
        self.timings = list(timings)
        self.num_closed = 0

    def time(self, image, config):
        timing = self.timings.pop(0)
        if isinstance(timing, Exception):
            raise timing
        return timing

    def close(self):
        self.num_closed += 1


def _runtime(*timings, name="engine"):
    return Runtime(name, "", ("fake",), "one image", lambda path, contract: FakeRunner(timings))


def _run(tmp_path, *runtimes):
    format_ = Format("fake", "fake", "", EXACT, export=lambda *_: None, inspect=lambda *_: [])
    return run_benchmark(tmp_path, MNIST.contract, IMAGE, CONFIG, Silent(), [format_], runtimes)


def test_summarise_takes_quantiles_over_both_halves():
    statistics = summarise(_timing(1.0, 2.0, 3.0), _timing(2.0, 3.0, 4.0))
    # Sorted: 1 2 2 3 3 4; quantile q lies at position 5 q.
    assert statistics.median_s == 2.5
    assert statistics.p90_s == pytest.approx(3.5)
    assert statistics.p99_s == pytest.approx(3.95)


@pytest.mark.parametrize("medians", [(2.0, 3.0), (3.0, 2.0)])
def test_summarise_compares_the_halves_with_the_smaller_median(medians):
    first, second = medians
    assert summarise(_timing(first), _timing(second)).aa_difference == 0.5


def test_summarise_takes_the_first_run_of_the_first_half():
    second = RawTiming(1.0, np.array([2.0]), 1)
    assert summarise(_timing(2.0), second).first_s == 9.0


def test_run_benchmark_fills_a_row(tmp_path):
    (row,) = _run(tmp_path, _runtime(_timing(2.0, 2.0), _timing(3.0, 3.0, 3.0)))
    assert (row.format, row.runtime, row.status, row.timed) == ("fake", "engine", "ok", "one image")
    assert row.device == "Browser 1"
    assert (row.load_s, row.first_s, row.median_s, row.num_runs) == (0.5, 9.0, 3.0, 10)


def test_run_benchmark_of_halves_that_differ_is_noisy(tmp_path):
    (row,) = _run(tmp_path, _runtime(_timing(2.0, 2.0), _timing(3.5, 3.5)))
    assert row.status == "noisy"
    assert "two halves differ by 75%" in row.reason
    assert row.median_s == 2.75


@pytest.mark.parametrize("is_first_short", [True, False])
def test_run_benchmark_with_too_few_runs_in_one_half_is_invalid(tmp_path, is_first_short):
    halves = [_timing(2.0), _timing(2.0, 2.0)]
    (row,) = _run(tmp_path, _runtime(*(halves if is_first_short else reversed(halves))))
    assert row.status == "invalid"
    assert row.reason.startswith("2 runs, expected 4")


def test_run_benchmark_after_a_crash_goes_on(tmp_path):
    rows = _run(
        tmp_path,
        _runtime(_timing(2.0, 2.0), EngineError("out of memory"), name="first"),
        _runtime(_timing(2.0, 2.0), _timing(2.0, 2.0), name="second"),
    )
    assert [(row.status, row.num_runs) for row in rows] == [("not run", 0), ("ok", 8)]
    assert rows[0].reason == "out of memory"


def test_run_benchmark_closes_an_engine_that_crashed(tmp_path):
    runner = FakeRunner([EngineError("out of memory")])
    _run(tmp_path, Runtime("engine", "", ("fake",), "", lambda path, contract: runner))
    assert runner.num_closed == 1


def test_run_benchmark_without_an_engine_is_not_run(tmp_path):
    def load(path, contract):
        raise EngineMissing("no Node.js")

    (row,) = _run(tmp_path, Runtime("engine", "", ("fake",), "", load))
    assert (row.status, row.reason) == ("not run", "no Node.js")


def test_measure_sizes_leaves_out_what_does_not_exist(tmp_path):
    write_atomically(tmp_path / FORMATS["keras"].path, bytes(1000))
    write_atomically(tmp_path / FORMATS["saved_model"].path / "weights", bytes(30))
    write_atomically(tmp_path / FORMATS["saved_model"].path / "graph", bytes(20))
    assert {size.format: size.raw_bytes for size in measure_sizes(tmp_path)} == {"keras": 1000, "saved_model": 50}


def test_measure_sizes_compresses(tmp_path):
    write_atomically(tmp_path / FORMATS["keras"].path, bytes(1000))
    (size,) = measure_sizes(tmp_path)
    assert size.gzip_bytes < 50
