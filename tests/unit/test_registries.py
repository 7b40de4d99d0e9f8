import pkgutil
from importlib import import_module
from itertools import pairwise

import pytest

from pipeline import architectures, formats, runtimes
from pipeline.architectures import ARCHITECTURES, get_architecture
from pipeline.architectures.base import Architecture
from pipeline.config import PROFILES
from pipeline.data.datasets import DATASETS
from pipeline.errors import PipelineError
from pipeline.formats import FORMATS, get_format
from pipeline.formats.base import Format
from pipeline.formats.keras_file import KERAS
from pipeline.losses import LOSSES
from pipeline.runtimes import RUNTIMES, get_runtime, pairs
from pipeline.runtimes.base import Runtime


def _defined_in(package, kind):
    """Every instance of a kind that a module of the package holds, alone or in a tuple."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(import_module(module.name)).values():
            members = value if isinstance(value, tuple) else (value,)
            found.update({id(member): member for member in members if isinstance(member, kind)})
    return list(found.values())


@pytest.mark.parametrize(
    ("package", "kind", "registry"),
    [
        (formats, Format, FORMATS),
        (runtimes, Runtime, RUNTIMES),
        (architectures, Architecture, ARCHITECTURES),
    ],
    ids=["formats", "runtimes", "architectures"],
)
def test_registry_holds_everything_under_a_name_of_its_own(package, kind, registry):
    assert sorted(entry.name for entry in _defined_in(package, kind)) == sorted(registry)


@pytest.mark.parametrize("registry", [FORMATS, RUNTIMES, ARCHITECTURES, DATASETS], ids=lambda registry: min(registry))
def test_registry_keys_are_the_names_of_the_entries(registry):
    assert [entry.name for entry in registry.values()] == list(registry)


@pytest.mark.parametrize("format_", FORMATS.values(), ids=list(FORMATS))
def test_every_format_has_a_runtime(format_):
    assert pairs([format_], RUNTIMES.values())


@pytest.mark.parametrize("runtime", RUNTIMES.values(), ids=list(RUNTIMES))
def test_every_runtime_runs_families_that_exist(runtime):
    assert runtime.families
    assert set(runtime.families) <= {format_.family for format_ in FORMATS.values()}


def test_pairs_leave_out_formats_that_an_engine_cannot_run():
    runs = {(format_.name, runtime.name) for format_, runtime in pairs(FORMATS.values(), RUNTIMES.values())}
    assert ("tflite/int8", "tflite-micro") in runs
    assert ("tflite/float16", "tflite-micro") not in runs
    assert ("tflite/float16", "litert") in runs


@pytest.mark.parametrize("runtime", RUNTIMES.values(), ids=list(RUNTIMES))
def test_every_format_that_a_runtime_names_exists_in_its_families(runtime):
    for name in runtime.formats or ():
        assert FORMATS[name].family in runtime.families


def test_format_paths_do_not_overlap():
    paths = sorted(f"{format_.path}/" for format_ in FORMATS.values())
    # Sorted, a path stands directly before the first one that it equals or contains.
    assert not [(path, following) for path, following in pairwise(paths) if following.startswith(path)]


def test_reference_is_exported_first():
    assert next(iter(FORMATS.values())) is KERAS


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_every_profile_names_an_architecture(profile):
    assert profile.arch in ARCHITECTURES


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=list(ARCHITECTURES))
def test_every_recipe_names_a_loss_and_cuts_its_batches_evenly(architecture):
    recipe = architecture.recipe
    assert recipe.loss in LOSSES
    assert recipe.batch_size % recipe.num_shards == 0


@pytest.mark.parametrize(
    ("get", "name", "message"),
    [
        (get_format, "int8", "unknown format 'int8': did you mean tflite/int8"),
        (get_runtime, "kers", "unknown runtime 'kers': did you mean keras"),
        (get_architecture, "nanno", "unknown architecture 'nanno': did you mean nano"),
    ],
)
def test_get_of_an_unknown_name_suggests_the_nearest(get, name, message):
    with pytest.raises(PipelineError) as caught:
        get(name)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("get", "registry"), [(get_format, FORMATS), (get_runtime, RUNTIMES), (get_architecture, ARCHITECTURES)]
)
def test_get_of_a_known_name_returns_the_entry(get, registry):
    assert all(get(name) is entry for name, entry in registry.items())
