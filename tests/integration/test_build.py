import re
import signal
import subprocess
import time

import pytest

from pipeline.config import PROJECT_ROOT
from pipeline.manifest import read_manifest, verify
from pipeline.results import read_results

KILL_WHEN_WRITTEN = ("checkpoint.npz", "artifacts.unfinished", "parity.json")
POLL_S = 0.02
PATIENCE_S = 300


def tflite_bytes(place):
    return {path.name: path.read_bytes() for path in (place.exports / "tflite").iterdir()}


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
    results = read_results(quick_build.exports / "results.json")
    assert results.is_same_everywhere
    assert all(row.status in ("same", "reference") for row in results.parity)
    assert results.parity[0].agreement.accuracy >= 0.97


def test_build_records_the_split_by_id(quick_build):
    splits = read_manifest(quick_build.exports).provenance["splits"]
    assert len(splits["validation_ids"]) == 5_000
    assert len(splits["calibration_ids"]) == 500
    assert not set(splits["validation_ids"]) & set(splits["calibration_ids"])


def test_build_times_every_row(quick_build):
    results = read_results(quick_build.exports / "results.json")
    assert [(row.format, row.runtime) for row in results.timings] == [
        (row.format, row.runtime) for row in results.parity
    ]
    assert all(row.median_s > 0 for row in results.timings)


def test_build_again_does_nothing_and_says_so(quick_build):
    before = {path: path.stat().st_mtime_ns for path in quick_build.root.rglob("*") if path.is_file()}
    result = quick_build.build()
    assert result.returncode == 0
    for stage in ("train", "export", "parity", "benchmark", "report", "release"):
        assert f"{stage}: up to date" in result.stderr
    after = {path: path.stat().st_mtime_ns for path in quick_build.root.rglob("*") if path.is_file()}
    del before[quick_build.build_dir / ".lock"], after[quick_build.build_dir / ".lock"]
    assert after == before


def test_build_restores_a_changed_release(quick_build):
    labels = quick_build.exports / "labels.txt"
    content = labels.read_bytes()
    labels.write_bytes(b"changed")
    result = quick_build.build()
    assert result.returncode == 0
    assert "train: up to date" in result.stderr
    assert "release: up to date" not in result.stderr
    assert labels.read_bytes() == content


def test_build_killed_and_repeated_gives_the_same_bytes(quick_build, killed_build):
    verify(killed_build.exports)
    assert tflite_bytes(killed_build) == tflite_bytes(quick_build)


@pytest.fixture(scope="module")
def killed_build(tmp_path_factory, place_at):
    """A build that was killed after its first epoch, while exporting, and after parity, then finished."""

    place = place_at(tmp_path_factory.mktemp("killed"))
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
    assert stderr.strip() == "interrupted: finished work is kept, the same command goes on from there"


def test_build_with_exports_that_hold_foreign_files_stops_before_the_work(place):
    place.exports.mkdir()
    (place.exports / "thesis.txt").write_text("three years")
    result = place.build()
    assert result.returncode == 1
    assert "thesis.txt, which no build wrote" in result.stderr
    assert (place.exports / "thesis.txt").read_text() == "three years"
    assert not place.run_dir.exists()


def test_build_without_node_is_refused_and_keeps_the_release(quick_build, tmp_path, monkeypatch):
    """A second build folder shares the training; without Node.js its gate must say no."""
    from dataclasses import replace

    from pipeline.build import BuildConfig, build_all, get_profile
    from pipeline.progress import Silent

    monkeypatch.chdir(PROJECT_ROOT)
    monkeypatch.setattr("pipeline.runtimes.tfjs_node.node_binary", lambda: tmp_path / "node")
    (tmp_path / "data").symlink_to(quick_build.build_dir / "data")
    (tmp_path / "runs").mkdir()
    subprocess.run(["cp", "-r", str(quick_build.run_dir), str(tmp_path / "runs")], check=True)
    (tmp_path / "runs" / "nano-quick-seed0" / "stamps" / "parity.json").unlink()
    config = BuildConfig(get_profile("quick"), "nano", tmp_path / "exports", build_dir=tmp_path)
    results = build_all(config, Silent())
    missing = [row for row in results.parity if row.status == "not run"]
    assert {row.format for row in missing} == {"tfjs/float32", "tfjs/float16", "tfjs/uint8"}
    assert all("cannot start" in row.reason for row in missing)
    assert not results.is_same_everywhere
    assert not config.exports.exists()

    allowed = replace(config, allow_missing=frozenset({"tfjs-node-wasm", "tfjs-node-cpu"}))
    assert build_all(allowed, Silent()).is_same_everywhere
    verify(allowed.exports)
