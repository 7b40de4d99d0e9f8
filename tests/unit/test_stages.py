import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import stages
from pipeline.config import PROJECT_ROOT
from pipeline.errors import PipelineError, StorageError
from pipeline.files import write_atomically
from pipeline.stages import Stage, forget, is_current, lock, run_stage, source_files


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A package in which a imports b, and b imports c; nothing imports d."""
    sources = {
        "__init__": "",
        "a": "from pipeline.b import something\nfrom pipeline import config",
        "b": "def later():\n    from pipeline import c",
        "c": "import os",
        "d": "from pipeline.a import anything",
        "config": "",
    }
    for name, source in sources.items():
        write_atomically(tmp_path / "project/pipeline" / f"{name}.py", source.encode())
    monkeypatch.setattr(stages, "PROJECT_ROOT", tmp_path / "project")
    return tmp_path / "project/pipeline"


@pytest.fixture
def stage(project, tmp_path):
    """A stage that copies one file."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"1")

    def run(key):
        copy.write_bytes(source.read_bytes())
        return "one file"

    return Stage("copy", ("pipeline.a",), (source,), (copy,), {"seed": 1}, run)


@pytest.fixture
def stamps(tmp_path):
    return tmp_path / "stamps"


def test_stage_that_never_ran_is_not_current(stage, stamps):
    assert not is_current(stage, stamps)


def test_stage_is_current_after_it_ran(stage, stamps):
    assert run_stage(stage, stamps) == "one file"
    assert is_current(stage, stamps)


def test_run_stage_gives_the_stage_its_key(stage, stamps):
    keys = []
    run_stage(replace(stage, run=lambda key: keys.append(key) or ""), stamps)
    assert keys == [stage.key]


def test_stage_with_a_changed_input_is_stale(stage, stamps):
    run_stage(stage, stamps)
    stage.inputs[0].write_bytes(b"2")
    assert not is_current(stage, stamps)


def test_stage_with_a_changed_output_is_stale(stage, stamps):
    run_stage(stage, stamps)
    stage.outputs[0].write_bytes(b"2")
    assert not is_current(stage, stamps)


def test_stage_with_a_missing_output_is_stale(stage, stamps):
    run_stage(stage, stamps)
    stage.outputs[0].unlink()
    assert not is_current(stage, stamps)


def test_stage_with_a_changed_config_is_stale(stage, stamps):
    run_stage(stage, stamps)
    assert not is_current(replace(stage, config={"seed": 2}), stamps)


@pytest.mark.parametrize(("module", "is_stale"), [("a", True), ("c", True), ("d", False), ("config", False)])
def test_stage_is_stale_if_a_module_changed_that_it_imports(stage, stamps, project, module, is_stale):
    run_stage(stage, stamps)
    with (project / f"{module}.py").open("a") as stream:
        stream.write("\nchanged = True")
    assert is_current(stage, stamps) is not is_stale


def test_stage_is_current_after_a_comment_and_a_docstring_were_written(stage, stamps, project):
    run_stage(stage, stamps)
    source = (project / "b.py").read_text()
    documented = source.replace("later():\n", 'later():\n    """Imports late."""\n    # Why: to be tested.\n')
    (project / "b.py").write_text(f'"""A module."""\n{documented}')
    assert is_current(stage, stamps)


def test_stage_with_other_package_versions_is_stale(stage, stamps, monkeypatch):
    run_stage(stage, stamps)
    monkeypatch.setattr(stages, "package_versions", lambda _: {"keras": "4"})
    assert not is_current(stage, stamps)


def test_stage_with_a_damaged_stamp_is_stale(stage, stamps):
    run_stage(stage, stamps)
    (stamps / "copy.json").write_bytes(b"{")
    assert not is_current(stage, stamps)


def test_stage_that_fails_leaves_no_stamp(stage, stamps):
    def fail(key):
        raise PipelineError("no")

    run_stage(stage, stamps)
    with pytest.raises(PipelineError, match="no"):
        run_stage(replace(stage, run=fail), stamps)
    assert list(stamps.iterdir()) == []


def test_forget_makes_a_stage_stale(stage, stamps):
    run_stage(stage, stamps)
    forget(stage, stamps)
    assert not is_current(stage, stamps)


def test_forget_of_a_stage_that_never_ran_is_harmless(stage, stamps):
    forget(stage, stamps)
    assert not is_current(stage, stamps)


def test_source_files_follows_imports_and_leaves_out_config(project):
    assert [path.stem for path in source_files(("pipeline.a",))] == ["__init__", "a", "b", "c"]


def test_source_files_of_a_cycle_ends(project):
    (project / "c.py").write_text("from pipeline.a import something")
    assert [path.stem for path in source_files(("pipeline.b",))] == ["__init__", "a", "b", "c"]


def test_source_files_of_the_parity_stage_include_every_engine_and_no_config():
    found = {path.relative_to(PROJECT_ROOT).as_posix() for path in source_files(("pipeline.parity",))}
    assert {"pipeline/parity.py", "pipeline/runtimes/litert.py", "pipeline/formats/tflite_file.py"} <= found
    assert "pipeline/config.py" not in found
    assert "pipeline/cli.py" not in found


def test_lock_refuses_a_second_holder_and_names_the_first(tmp_path):
    in_use = rf"is in use by process {os.getpid()} since \d\d:\d\d:\d\d"
    with (
        lock(tmp_path / ".lock", tmp_path),
        pytest.raises(PipelineError, match=in_use),
        lock(tmp_path / ".lock", tmp_path),
    ):
        pass


def test_lock_lets_another_folder_be_built(tmp_path):
    with lock(tmp_path / "one" / ".lock", tmp_path / "one"), lock(tmp_path / "two" / ".lock", tmp_path / "two"):
        assert (tmp_path / "two").is_dir()


def test_lock_is_free_after_a_failed_build(tmp_path):
    with pytest.raises(ZeroDivisionError), lock(tmp_path / ".lock", tmp_path):
        raise ZeroDivisionError
    with lock(tmp_path / ".lock", tmp_path):
        pass


HOLD = """
import sys, time
from pathlib import Path
from pipeline.stages import lock

folder = Path(sys.argv[1])
with lock(folder / ".lock", folder):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_lock_is_free_after_its_holder_was_killed(tmp_path):
    command = [sys.executable, "-c", HOLD, tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as holder:
        try:
            assert holder.stdout.readline() == b"locked\n"
            with pytest.raises(PipelineError, match=f"process {holder.pid}"), lock(tmp_path / ".lock", tmp_path):
                pass
        finally:
            holder.kill()
    with lock(tmp_path / ".lock", tmp_path):
        pass


def test_lock_on_a_full_disk_still_locks(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", fail)
    with lock(tmp_path / ".lock", tmp_path), pytest.raises(PipelineError), lock(tmp_path / ".lock", tmp_path):
        pass


def test_lock_below_a_file_is_a_storage_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot write"), lock(tmp_path / "file" / ".lock", tmp_path / "file"):
        pass
