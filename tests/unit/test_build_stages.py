from dataclasses import replace

import pytest

from pipeline.architectures import ARCHITECTURES
from pipeline.build import lacks_an_engine, stages_of
from pipeline.build_config import BuildConfig, get_profile
from pipeline.build_stages.context import BuildContext
from pipeline.config import SplitConfig, TimingConfig
from pipeline.data.datasets import MNIST
from pipeline.files import to_json, write_atomically
from pipeline.progress import Silent
from pipeline.rejection import RULE, RejectionRule

PROFILE = get_profile("default")
OTHER_LABELS = replace(MNIST, wrong_test_labels=(1,))
OTHER_LICENCE = replace(MNIST, licence="another")
OTHER_FILES = replace(MNIST, train=replace(MNIST.train, labels=replace(MNIST.train.labels, sha256="0" * 64)))


@pytest.fixture
def config(tmp_path):
    return BuildConfig(PROFILE, "edge", tmp_path / "exports", build_dir=tmp_path / "build")


def keys(config):
    return {name: stage.key for name, stage in stages_of(BuildContext(config, Silent())).items()}


def changed(config, **changes):
    """The stages whose own key, apart from their input files, is another after a change."""
    before, after = keys(config), keys(replace(config, **changes))
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("changes", "stages"),
    [
        ({"seed": 1}, {"train"}),
        ({"arch": "nano"}, {"train", "release"}),
        ({"profile": get_profile("quick")}, {"train", "rejection", "parity", "benchmark", "release"}),
        ({"profile": replace(PROFILE, timing=TimingConfig(min_runs=7))}, {"benchmark"}),
        ({"splits": SplitConfig(seed=1)}, {"train", "rejection", "export", "parity", "report"}),
        ({"dataset": OTHER_FILES}, {"train", "rejection", "export", "parity", "report"}),
        ({"dataset": OTHER_LABELS}, {"parity"}),
        ({"dataset": OTHER_LICENCE}, {"rejection", "export", "describe"}),
        ({"allow_missing": frozenset({"tfjs-node-cpu"})}, {"parity"}),
    ],
    ids=["seed", "architecture", "profile", "timing", "splits", "files", "labels", "licence", "allow missing"],
)
def test_key_of_a_stage_changes_with_what_it_depends_on(config, changes, stages):
    assert changed(config, **changes) == stages


def test_key_of_the_training_changes_with_the_recipe_and_the_floor(config, monkeypatch):
    before, edge = keys(config)["train"], ARCHITECTURES["edge"]
    monkeypatch.setitem(ARCHITECTURES, "edge", replace(edge, recipe=replace(edge.recipe, batch_size=64)))
    other_recipe = keys(config)["train"]
    monkeypatch.setitem(ARCHITECTURES, "edge", replace(edge, min_validation_accuracy=0.5))
    other_floor = keys(config)["train"]
    assert len({before, other_recipe, other_floor}) == 3


def test_keys_of_what_is_measured_change_with_the_machine(config, monkeypatch):
    before = keys(config)
    for module in ("parity", "benchmark"):
        monkeypatch.setattr(f"pipeline.build_stages.{module}.describe_machine", lambda: "64 × another")
    after = keys(config)
    assert {name for name in before if before[name] != after[name]} == {"parity", "benchmark"}


def test_keys_of_what_is_measured_change_with_the_browser(config, monkeypatch):
    monkeypatch.setenv("SAME_MODEL_BROWSER", "/one")
    before = keys(config)
    monkeypatch.setenv("SAME_MODEL_BROWSER", "/another")
    after = keys(config)
    assert {name for name in before if before[name] != after[name]} == {"parity", "benchmark"}


@pytest.mark.parametrize(("engines", "lacks"), [({"one": 1.0}, True), ({"one": 1.0, "two": 1.0}, False)])
def test_detector_is_made_again_only_if_an_engine_was_missing(tmp_path, engines, lacks):
    write_atomically(tmp_path / RULE, to_json(RejectionRule(("a", "none"), 0.5, 0.99, 0.8, engines)))
    assert lacks_an_engine(tmp_path) is lacks


def test_the_detector_is_shared_by_all_architectures_and_seeds_of_a_profile(config):
    others = [replace(config, arch="mlp-128"), replace(config, seed=7)]
    places = set()
    for each in (config, *others):
        context = BuildContext(each, Silent())
        stages = stages_of(context)
        places.add((context.stamps_of(stages["rejection"]), context.detector, stages["rejection"].key))
        assert context.stamps_of(stages["export"]) == each.run_dir / "stamps"
    assert len(places) == 1
    assert places.pop()[0].is_relative_to(config.detector_dir)
    assert replace(config, profile=get_profile("full")).detector_dir != config.detector_dir


def test_every_stage_reads_only_what_stages_before_it_wrote(config):
    written = set()
    for stage in stages_of(BuildContext(config, Silent())).values():
        below_build = {path for path in stage.inputs if path.is_relative_to(config.build_dir)}
        assert below_build <= written
        written |= set(stage.outputs)
    assert config.exports in written
