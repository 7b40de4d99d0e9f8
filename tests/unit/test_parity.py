import threading
from dataclasses import replace

import numpy as np
import pytest

from pipeline import parity
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset
from pipeline.errors import ArtifactError, EngineError, EngineMissing
from pipeline.formats.base import EXACT, HALF_PRECISION, QUANTISED, Format, Tolerance
from pipeline.parity import check_outputs, judge, make_reference, pairs, run_parity
from pipeline.progress import Silent
from pipeline.results import Check
from pipeline.runtimes.base import Runtime

CONTRACT = replace(MNIST.contract, labels=("a", "b", "c"))
LABELS = np.array([0, 1, 2, 0, 1, 2])
TEST = Subset(np.arange(6, dtype=np.uint8)[:, None, None, None], LABELS, np.arange(100, 106))
TOLERANCE = Tolerance(
    max_flip_fraction=0.01,
    max_probability_difference=0.1,
    max_accuracy_drop_pp=0.5,
    max_drop_bound_pp=1.0,
    max_confidence_drift=0.02,
)


def _probabilities(answers, confidence=0.8):
    """float32 (N, 3): `confidence` for each answer, the rest evenly for the two other labels."""
    probabilities = np.full((len(answers), 3), (1 - confidence) / 2, np.float32)
    probabilities[np.arange(len(answers)), answers] = confidence
    return probabilities


def test_make_reference_borderline_are_the_rows_of_lowest_margin():
    probabilities = np.array([[0.8, 0.1, 0.1], [0.4, 0.25, 0.35], [0.7, 0.2, 0.1], [0.1, 0.4, 0.5]], np.float32)
    reference = make_reference(TEST, probabilities, num_borderline=2)
    assert reference.margins == pytest.approx([0.7, 0.05, 0.5, 0.1])
    assert reference.borderline.tolist() == [1, 3]


def test_make_reference_of_few_images_has_all_of_them_as_borderline():
    assert make_reference(TEST, _probabilities(LABELS)).borderline.tolist() == [0, 1, 2, 3, 4, 5]


def _failed(probabilities, output_step=1e-5):
    return [check.name for check in check_outputs(probabilities, CONTRACT, output_step) if not check.passed]


def test_check_outputs_of_good_answers_passes():
    assert _failed(_probabilities(LABELS)) == []


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_check_outputs_finds_a_value_that_is_no_number(value):
    probabilities = _probabilities(LABELS)
    probabilities[3, 1] = value
    assert "probabilities are finite" in _failed(probabilities)


@pytest.mark.parametrize(
    ("excess", "failed"),
    [(0.02, []), (-0.02, []), (0.04, ["probabilities sum to 1"]), (-0.04, ["probabilities sum to 1"])],
)
def test_check_outputs_lets_sums_be_off_by_a_step_a_label(excess, failed):
    probabilities = _probabilities(LABELS)
    probabilities[4, 1] += excess
    assert _failed(probabilities, output_step=0.01) == failed


def test_check_outputs_finds_constant_answers():
    assert _failed(_probabilities([2, 2, 2])) == ["answers vary"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"num_flips": 10}, "10 flips in 1,000 images"),
        ({"num_flips": 11}, "11 flips, at most 10"),
        ({"max_probability_difference": 0.1}, "0 flips in 1,000 images"),
        ({"max_probability_difference": 0.11}, "|Δp| up to 0.11, at most 0.1"),
        ({"accuracy_drop_pp": 0.5}, "0 flips in 1,000 images"),
        ({"accuracy_drop_pp": 0.6}, "accuracy drops by 0.60 pp, at most 0.50"),
        ({"confidence_drift": -0.02}, "0 flips in 1,000 images"),
        ({"confidence_drift": -0.021}, "confidence drifts by -0.021, at most 0.02"),
        ({"confidence_drift": 0.021}, "confidence drifts by +0.021, at most 0.02"),
        ({"num_flips": 1, "drop_interval_pp": (-1.0, 1.0)}, "1 flips in 1,000 images"),
        ({"num_flips": 1, "drop_interval_pp": (-1.0, 1.01)}, "the drop may be 1.01 pp, at most 1.00"),
    ],
)
def test_judge_on_both_sides_of_each_limit(agreement, change, reason):
    answer = judge(replace(agreement, **change), [], TOLERANCE, 1000)
    assert answer.reason == reason
    assert answer.is_yes == reason.endswith("images")


@pytest.mark.parametrize(("num_flips", "is_yes"), [(2, True), (3, False)])
def test_judge_rounds_the_number_of_flips_up(agreement, num_flips, is_yes):
    assert judge(replace(agreement, num_images=150, num_flips=num_flips), [], TOLERANCE, 150).is_yes is is_yes


@pytest.mark.parametrize(("drop_pp", "is_yes"), [(5.0, True), (6.0, False)])
def test_judge_of_some_images_counts_lost_images_of_the_whole_test_set(agreement, drop_pp, is_yes):
    partial = replace(agreement, num_images=100, accuracy_drop_pp=drop_pp)
    assert judge(partial, [], TOLERANCE, 1000).is_yes is is_yes


@pytest.mark.parametrize(("bound_pp", "is_yes"), [(9.9, True), (10.1, False)])
def test_judge_of_some_images_scales_the_bound_to_the_whole_test_set(agreement, bound_pp, is_yes):
    partial = replace(agreement, num_images=100, num_flips=1, drop_interval_pp=(0.0, bound_pp))
    assert judge(partial, [], TOLERANCE, 1000).is_yes is is_yes


def test_judge_names_every_trouble(agreement):
    checks = [Check("labels", True, "fine"), Check("kernels are int8", False, "found float32")]
    answer = judge(replace(agreement, num_flips=11), checks, TOLERANCE, 1000)
    assert not answer.is_yes
    assert answer.reason == "kernels are int8: found float32; 11 flips, at most 10"


class FakeRunner:
    """Answers for images whose only pixel is their row number."""

    load_s = 0.0
    device = ""

    def __init__(self, probabilities):
        self.probabilities = probabilities
        self.num_closed = 0

    def predict(self, images):
        if isinstance(self.probabilities, Exception):
            raise self.probabilities
        return self.probabilities[images[:, 0, 0, 0]]

    def close(self):
        self.num_closed += 1


class InBrowser(FakeRunner):
    device = "Browser 1"


def _format(name, inspect=lambda path, contract: []):
    return Format(name, path=name, description="", tolerance=EXACT, export=lambda *_: None, inspect=inspect)


def _runtime(probabilities, name="engine", family="fake", max_images=None):
    """An engine that answers with these probabilities, or raises them if they are an error."""
    return Runtime(name, "", (family,), "", lambda path, contract: FakeRunner(probabilities), max_images)


def _raising(error):
    def load(path, contract):
        raise error

    return Runtime("engine", "", ("fake",), "", load)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs parity of fakes against a reference that is right about every image."""
    monkeypatch.setattr(parity, "KERAS_MODEL", _runtime(_probabilities(LABELS), family="keras"))

    def run_fakes(*runtimes, formats=None, **options):
        return run_parity(tmp_path, CONTRACT, TEST, Silent(), formats or [_format("fake")], runtimes, **options)

    return run_fakes


def test_pairs_are_formats_with_the_engines_of_their_family():
    formats = [_format("one/a"), _format("two"), _format("one/b")]
    first, second = _runtime(None, "first", "one"), _runtime(None, "second", "two")
    assert [(format_.name, runtime.name) for format_, runtime in pairs(formats, iter([first, second]))] == [
        ("one/a", "first"),
        ("two", "second"),
        ("one/b", "first"),
    ]


def test_run_parity_of_equal_answers_is_the_same(run):
    (row,) = run(_runtime(_probabilities(LABELS)))
    assert (row.format, row.runtime, row.status) == ("fake", "engine", "same")
    assert row.agreement.num_images == 6
    assert row.flips == ()


def test_run_parity_says_what_an_engine_ran_on_even_if_it_crashes(run):
    runners = [InBrowser(_probabilities(LABELS)), InBrowser(EngineError("lost"))]
    rows = run(*(replace(_runtime(None), load=lambda path, contract, runner=runner: runner) for runner in runners))
    assert [(row.status, row.device) for row in rows] == [("same", "Browser 1"), ("not run", "Browser 1")]


def test_run_parity_allows_an_engine_of_coarse_arithmetic_what_it_cannot_help(run):
    halves = _probabilities(LABELS) + np.float32(0.002)
    exact, coarse = run(
        _runtime(halves), replace(_runtime(halves, "coarse"), tolerance=HALF_PRECISION, output_step=2.0**-8)
    )
    assert exact.status == "not the same"
    assert "probabilities sum to 1" in exact.reason
    assert "|Δp|" in exact.reason
    assert coarse.status == "same"


@pytest.mark.parametrize(
    ("of_format", "of_engine", "limits"),
    [
        (EXACT, EXACT, EXACT),
        (EXACT, HALF_PRECISION, HALF_PRECISION),
        (HALF_PRECISION, EXACT, HALF_PRECISION),
        (QUANTISED, HALF_PRECISION, QUANTISED),
        (QUANTISED, EXACT, QUANTISED),
    ],
)
def test_limits_are_the_looser_of_format_and_engine(of_format, of_engine, limits):
    runtime = replace(_runtime(None), tolerance=of_engine)
    assert runtime.limits(replace(_format("fake"), tolerance=of_format)) is limits


def test_run_parity_of_other_answers_lists_the_flips(run):
    (row,) = run(_runtime(_probabilities([0, 1, 0, 0, 2, 2])))
    assert row.status == "not the same"
    assert [(flip.id, flip.label, flip.reference, flip.candidate) for flip in row.flips] == [
        (102, 2, 2, 0),
        (104, 1, 1, 2),
    ]
    assert row.flips[0].reference_margin == pytest.approx(0.7)
    assert row.flips[0].candidate_margin == pytest.approx(0.7)


def test_run_parity_after_a_crash_goes_on(run):
    crashed, following = run(
        _runtime(EngineError("out of memory"), "first"), _runtime(_probabilities(LABELS), "second")
    )
    assert (crashed.status, crashed.reason) == ("not run", "out of memory")
    assert following.status == "same"


def test_run_parity_closes_an_engine_that_crashed(run):
    runner = FakeRunner(EngineError("out of memory"))
    run(replace(_runtime(None), load=lambda path, contract: runner))
    assert runner.num_closed == 1


def test_run_parity_without_an_engine_is_not_run_and_not_accepted(run):
    (row,) = run(_raising(EngineMissing("no Node.js")))
    assert (row.status, row.reason) == ("not run", "missing: no Node.js")
    assert not row.is_accepted


@pytest.mark.parametrize(("name", "is_accepted"), [("engine", True), ("another", False)])
def test_run_parity_without_an_engine_accepts_those_that_may_be_missing(run, name, is_accepted):
    (row,) = run(_raising(EngineMissing("no Node.js")), allow_missing=frozenset({name}))
    assert row.status == "not run"
    assert row.is_accepted is is_accepted


def test_run_parity_of_outputs_of_another_shape_is_not_run(run):
    (row,) = run(_runtime(_probabilities(LABELS)[:, :2]))
    assert row.status == "not run"
    assert row.reason == "expected outputs of shape (6, 3), found (6, 2)"


def test_run_parity_of_a_damaged_artifact_is_not_exported_and_goes_on(run):
    def refuse(path, contract):
        raise ArtifactError(f"{path.name} is damaged")

    rows = run(_runtime(_probabilities(LABELS)), formats=[_format("fake/a", refuse), _format("fake/b")])
    assert [row.status for row in rows] == ["not exported", "same"]
    assert rows[0].reason == "a is damaged"


def test_run_parity_with_a_failed_static_check_is_not_the_same(run):
    format_ = _format("fake", lambda path, contract: [Check("kernels are int8", False, "found float32")])
    (row,) = run(_runtime(_probabilities(LABELS)), formats=[format_])
    assert row.status == "not the same"
    assert "kernels are int8: found float32" in row.reason


def test_run_parity_of_an_engine_that_refuses_keeps_the_failed_checks(run):
    format_ = _format("fake", lambda path, contract: [Check("kernels are int8", False, "found float32")])
    (row,) = run(_runtime(EngineError("refused")), formats=[format_])
    assert row.status == "not run"
    assert [check.name for check in row.checks] == ["kernels are int8"]


def test_run_parity_with_failed_output_checks_is_not_the_same(run):
    probabilities = _probabilities(LABELS)
    probabilities[0, 1] += 5e-4
    (row,) = run(_runtime(probabilities))
    assert row.status == "not the same"
    assert row.reason.startswith("probabilities sum to 1")


def test_run_parity_of_a_slow_engine_adds_the_borderline_set(run, monkeypatch):
    reference = np.concatenate([_probabilities(LABELS[:3], 0.8), _probabilities(LABELS[3:], 0.5)])
    reference[4] = _probabilities(LABELS[4:5], 0.9)
    monkeypatch.setattr(parity, "KERAS_MODEL", _runtime(reference, family="keras"))
    monkeypatch.setattr(parity, "NUM_BORDERLINE", 2)
    answers = reference.copy()
    answers[[2, 5]] = answers[[2, 5], ::-1]
    (row,) = run(_runtime(answers, max_images=1))
    assert row.agreement.num_images == 3
    assert row.borderline.num_images == 2
    assert [flip.id for flip in row.flips] == [105]


def test_run_parity_gives_slow_engines_alone_fewer_images(run, monkeypatch):
    monkeypatch.setattr(parity, "NUM_BORDERLINE", 4)
    slow, fast = run(
        _runtime(_probabilities(LABELS), max_images=2),
        _runtime(_probabilities(LABELS), "fast"),
        slow_images_scale=0.5,
    )
    # The first image is also among the two that the reference is least sure of.
    assert (slow.agreement.num_images, slow.borderline.num_images) == (2, 2)
    assert fast.agreement.num_images == 6


def test_run_parity_keeps_the_order_of_the_engines(run):
    """Whatever is begun first, and in whichever thread."""
    fast, slow = _runtime(_probabilities(LABELS), "fast"), _runtime(_probabilities(LABELS), "slow", max_images=2)
    lost = replace(_runtime(EngineError("lost"), "lost"), has_own_process=True)
    apart = replace(_runtime(_probabilities(LABELS), "apart"), has_own_process=True)
    rows = run(fast, lost, slow, apart)
    assert [(row.runtime, row.status) for row in rows] == [
        ("fast", "same"),
        ("lost", "not run"),
        ("slow", "same"),
        ("apart", "same"),
    ]


def test_run_parity_inspects_each_artifact_once_in_the_callers_thread(run):
    threads = []
    formats = [_format("fake/a", lambda path, contract: threads.append(threading.get_ident()) or [])]
    runtime = replace(_runtime(_probabilities(LABELS)), has_own_process=True)
    assert len(run(runtime, replace(runtime, name="second"), formats=formats)) == 2
    assert threads == [threading.get_ident()]


def test_run_parity_tells_how_many_rows_are_done(tmp_path, monkeypatch):
    class Told(Silent):
        def __init__(self):
            self.updates = []

        def update(self, done, detail=""):
            self.updates.append((done, detail))

    monkeypatch.setattr(parity, "KERAS_MODEL", _runtime(_probabilities(LABELS), family="keras"))
    told, runtimes = Told(), [_runtime(_probabilities(LABELS), "first"), _runtime(_probabilities(LABELS), "second")]
    run_parity(tmp_path, CONTRACT, TEST, told, [_format("fake")], runtimes)
    assert told.updates == [(0, "fake in first"), (1, ""), (1, "fake in second"), (2, "")]


def test_run_parity_of_a_slow_engine_with_time_for_more_images_than_there_are_runs_all(run):
    (row,) = run(_runtime(_probabilities(LABELS), max_images=1000))
    assert row.agreement.num_images == 6


def test_run_parity_marks_the_reference(run, monkeypatch):
    keras = _format("keras")
    monkeypatch.setattr(parity, "KERAS", keras)
    rows = run(
        _runtime(_probabilities(LABELS), family="keras"),
        _runtime(_probabilities(LABELS)),
        formats=[keras, _format("fake")],
    )
    assert [row.status for row in rows] == ["reference", "same"]


def test_run_parity_without_the_reference_is_an_artifact_error(run, monkeypatch):
    monkeypatch.setattr(parity, "KERAS_MODEL", _raising(ArtifactError("no Keras file")))
    with pytest.raises(ArtifactError, match="no Keras file"):
        run(_runtime(_probabilities(LABELS)))
