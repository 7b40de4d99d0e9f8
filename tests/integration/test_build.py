import re
import shutil
import signal
import subprocess
import time
from dataclasses import replace

import msgspec
import pytest

from pipeline.architectures import ARCHITECTURES
from pipeline.architectures.mlp_128 import MLP_128
from pipeline.build import build_all, run_until
from pipeline.build_config import BuildConfig, get_profile
from pipeline.build_stages.release import ids_sha256
from pipeline.charts.report import CHARTS
from pipeline.config import PROJECT_ROOT
from pipeline.data.datasets import MNIST
from pipeline.data.sources import fetch, load
from pipeline.data.splits import Subset, split
from pipeline.errors import PipelineError
from pipeline.formats import FORMATS
from pipeline.formats.keras_file import KERAS, load_keras
from pipeline.manifest import read_manifest, verify
from pipeline.parity import run_parity
from pipeline.progress import Silent
from pipeline.results import read_results
from pipeline.runtimes import RUNTIMES
from pipeline.runtimes.chromium import CHROMIUM_RUNTIMES
from pipeline.runtimes.litert import LITERT, LITERT_REFERENCE
from pipeline.shipping.contract import read_shipped_contract
from pipeline.shipping.describe import describe
from pipeline.shipping.verification import verify_release
from pipeline.training_record import TrainingRecord

WITHOUT_BROWSER = (
    *("--browser", "no-browser"),
    *(part for runtime in CHROMIUM_RUNTIMES for part in ("--allow-missing", runtime.name)),
)
KILL_WHEN_WRITTEN = ("checkpoint.npz", "artifacts.unfinished", "parity.json")
POLL_S = 0.02
PATIENCE_S = 300


def tflite_bytes(place):
    return {path.name: path.read_bytes() for path in (place.exports / "tflite").iterdir()}


def modification_times(place):
    """Of all files but the locks, in which every build writes its process."""
    files = (path for path in place.root.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {path: path.stat().st_mtime_ns for path in files}


def start(place):
    return subprocess.Popen(
        place.build_command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(path, process):
    """Waits until a build has written a path; fails if it ends before."""
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(POLL_S)


def test_build_releases_verified_files(quick_build):
    verify(quick_build.exports)
    assert describe(quick_build.exports, quick_build.exports) == read_shipped_contract(quick_build.exports)
    results = read_results(quick_build.exports / "results.json")
    assert results.is_same_everywhere
    assert all(row.status in ("same", "reference") for row in results.parity)
    assert results.parity[0].agreement.accuracy >= 0.97


def test_build_releases_files_that_verify_accepts(quick_build):
    """Also with integers, which XNNPACK rounds otherwise than the kernels that golden outputs come from."""
    findings = verify_release(quick_build.exports, Silent(), runtimes=[LITERT, LITERT_REFERENCE])
    assert [finding for finding in findings if finding.status != "ok"] == []
    assert {f"rejection/int8.tflite in {runtime.name}" for runtime in (LITERT, LITERT_REFERENCE)} <= {
        finding.subject for finding in findings
    }


def test_build_calibrates_the_network_and_shows_how_good_it_is(quick_build):
    results = read_results(quick_build.exports / "results.json")
    assert results.model.temperature != 1
    assert sum(map(sum, results.quality.confusion)) == results.quality.num_images == 10_000
    assert len(results.quality.mistakes) == round(10_000 * (1 - results.quality.accuracy))
    page = (quick_build.exports / "report.html").read_text()
    assert page.count("<figure") == len(CHARTS)
    assert all((quick_build.run_dir / "charts" / f"{name}.svg").is_file() for name in CHARTS)


@pytest.fixture
def mlp_128_config(quick_build, tmp_path):
    """A training of one epoch of a published network, beside the finished build."""
    data_dir = fetch(MNIST, quick_build.build_dir)
    return BuildConfig(
        get_profile("quick"), "mlp-128", tmp_path / "exports", build_dir=tmp_path / "build", data_dir=data_dir
    )


def test_training_that_learnt_too_little_is_refused_and_leaves_no_model(mlp_128_config, monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "mlp-128", replace(MLP_128, min_validation_accuracy=1.0))
    with pytest.raises(PipelineError, match=r"expected a validation accuracy of 100% or more, found 9\d"):
        run_until(mlp_128_config, "train", Silent())
    assert not (mlp_128_config.run_dir / "model.keras").exists()


def test_training_by_a_recipe_without_temperature_scaling_leaves_the_logits(mlp_128_config):
    build = run_until(mlp_128_config, "train", Silent())
    assert build.training.model.temperature == 1


def test_build_records_the_split_by_id(quick_build):
    splits = read_manifest(quick_build.exports).provenance["splits"]
    assert (splits["num_validation"], splits["num_calibration"]) == (5_000, 500)
    training = msgspec.json.decode((quick_build.run_dir / "training.json").read_bytes(), type=TrainingRecord)
    assert splits["validation_ids_sha256"] == ids_sha256(training.validation_ids)
    assert not set(training.validation_ids) & set(training.calibration_ids)


def test_build_times_every_row(quick_build):
    results = read_results(quick_build.exports / "results.json")
    assert [(row.format, row.runtime) for row in results.timings] == [
        (row.format, row.runtime) for row in results.parity
    ]
    assert all(row.median_s > 0 for row in results.timings)


def test_build_again_does_nothing_and_says_so(quick_build):
    before = modification_times(quick_build)
    result = quick_build.build()
    assert result.returncode == 0
    for stage in ("train", "rejection", "export", "parity", "benchmark", "report", "release"):
        assert f"{stage}: up to date" in result.stderr
    assert modification_times(quick_build) == before


@pytest.fixture
def copied_build(quick_build, place):
    """A copy of the finished build that a test may change; the data set is shared."""
    shutil.copytree(quick_build.build_dir / "runs", place.build_dir / "runs")
    (place.build_dir / "data").symlink_to(quick_build.build_dir / "data")
    shutil.copytree(quick_build.exports, place.exports)
    return place


def test_build_restores_a_changed_release(quick_build, copied_build):
    (copied_build.exports / "labels.txt").write_bytes(b"changed")
    result = copied_build.build()
    assert result.returncode == 0
    assert "parity: up to date" in result.stderr
    assert "release: up to date" not in result.stderr
    assert (copied_build.exports / "labels.txt").read_bytes() == (quick_build.exports / "labels.txt").read_bytes()


def test_build_after_an_artifact_was_changed_makes_it_anew(quick_build, copied_build):
    changed = copied_build.run_dir / "artifacts" / "tflite" / "int8.tflite"
    changed.write_bytes(b"changed")
    assert replace(copied_build, more_options=WITHOUT_BROWSER).build().returncode == 0
    assert changed.read_bytes() == (quick_build.exports / "tflite" / "int8.tflite").read_bytes()


def test_parity_says_no_to_a_file_made_before_the_weights_changed(copied_build):
    """A stale file passes every static check, and only its answers give it away: here the reference is newer."""
    artifacts = copied_build.run_dir / "artifacts"
    model = load_keras(artifacts / KERAS.path)
    (kernel, *rest) = model.get_layer("conv2").get_weights()
    model.get_layer("conv2").set_weights([kernel[:, :, ::-1], *rest])
    model.save(artifacts / KERAS.path)
    config = BuildConfig(get_profile("quick"), "edge", copied_build.exports, build_dir=copied_build.build_dir)
    test = split(load(MNIST, fetch(MNIST, config.build_dir)), config.splits).test
    test = Subset(test.images[:1_000], test.labels[:1_000], test.ids[:1_000])
    rows = run_parity(artifacts, MNIST.contract, test, Silent(), [FORMATS["tflite/float32"]], [LITERT])
    assert [row.status for row in rows] == ["not the same"]
    assert "flips" in rows[0].reason


def test_build_killed_and_repeated_gives_the_same_bytes(quick_build, killed_build):
    verify(killed_build.exports)
    assert tflite_bytes(killed_build) == tflite_bytes(quick_build)


@pytest.fixture(scope="module")
def killed_build(tmp_path_factory, place_at):
    """A build that was killed after its first epoch, while exporting, and after parity, then finished."""
    place = place_at(tmp_path_factory.mktemp("killed"), WITHOUT_BROWSER)
    for name in KILL_WHEN_WRITTEN:
        process = start(place)
        wait_for(place.run_dir / name, process)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert not place.exports.exists()
    result = place.build()
    assert result.returncode == 0, result.stderr
    return place


def test_build_beside_another_says_who_holds_the_lock(place):
    process = start(place)
    try:
        wait_for(place.build_dir / "runs", process)
        second = place.build()
    finally:
        process.kill()
        process.communicate()
    assert second.returncode == 1
    assert re.fullmatch(rf"error: .* is in use by process {process.pid} since .*\n", second.stderr)


def test_build_interrupted_leaves_one_clean_line(place):
    process = start(place)
    wait_for(place.build_dir / "runs", process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.splitlines()[-1] == "interrupted: finished work is kept, the same command goes on from there"
    assert "Traceback" not in stderr


def test_build_with_exports_that_hold_foreign_files_stops_before_the_work(place):
    place.exports.mkdir()
    (place.exports / "thesis.txt").write_text("three years")
    result = place.build()
    assert result.returncode == 1
    assert "thesis.txt, which no build wrote" in result.stderr
    assert (place.exports / "thesis.txt").read_text() == "three years"
    assert not place.run_dir.exists()


def test_build_without_node_is_refused_unless_allowed(copied_build, tmp_path, monkeypatch):
    monkeypatch.chdir(PROJECT_ROOT)
    monkeypatch.setattr("pipeline.runtimes.javascript.node_binary", lambda: tmp_path / "node")
    (copied_build.run_dir / "stamps" / "parity.json").unlink()
    shutil.rmtree(copied_build.exports)
    config = BuildConfig(get_profile("quick"), "edge", copied_build.exports, build_dir=copied_build.build_dir)
    results = build_all(config, Silent())
    missing = [row for row in results.parity if row.status == "not run"]
    need_node = frozenset(name for name in RUNTIMES if name.startswith(("tfjs-node-", "chromium-")))
    assert {row.runtime for row in missing} == need_node
    assert all("cannot start" in row.reason for row in missing)
    assert not results.is_same_everywhere
    assert not config.exports.exists()

    allowed = replace(config, allow_missing=need_node)
    assert build_all(allowed, Silent()).is_same_everywhere
    verify(allowed.exports)
    shipped = read_shipped_contract(allowed.exports)
    assert shipped.file_of("tfjs/uint8").expected is None
    assert shipped.file_of("tflite/int8").expected is not None
    # By the next build Node.js may be there; the detector was compared in it before.
    stamps = {path.stem for path in (copied_build.run_dir / "stamps").iterdir()}
    assert stamps == {"train", "export", "report", "release"}
    assert (allowed.detector_dir / "stamps" / "rejection.json").is_file()
