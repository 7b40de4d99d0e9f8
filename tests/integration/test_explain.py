"""Does --explain find the layer that was broken?"""

import shutil

import pytest

from pipeline.contract import read_contract
from pipeline.explain import compare_layer
from pipeline.export import read_golden_images
from pipeline.formats import FORMATS
from pipeline.formats.keras_file import KERAS
from pipeline.mutations import MUTATIONS
from pipeline.runtimes import RUNTIMES, pairs
from pipeline.runtimes.keras_model import trace_reference

TRACED = [(format_, runtime) for format_, runtime in pairs(FORMATS.values(), RUNTIMES.values()) if runtime.trace]
# The mistakes that are made in the kernel of the middle one of six layers, or in the last one.
LAYER_OF = {
    "two channels swapped": "relu4",
    "one kernel transposed": "relu4",
    "scale of one kernel × 2": "relu4",
    "scale of one channel × 2": "relu4",
    "two labels swapped": "logits",
    "softmax left out": "probabilities",
    "softmax taken twice": "probabilities",
    "polarity inverted": "relu1",
    "image transposed": "relu1",
    "no /255": "relu1",
}
MUTANTS = [mutation for mutation in MUTATIONS if mutation.name in LAYER_OF]
# TF.js has the rescaling apart, before which it gets the image.
LAYER_OF_TFJS = {"polarity inverted": "rescaling", "image transposed": "rescaling"}


@pytest.fixture(scope="module")
def compared(quick_build):
    """Compares the layers of an artifact with those of the quick build's reference."""
    contract = read_contract(quick_build.exports)
    images = read_golden_images(quick_build.exports, contract)
    expected = trace_reference(quick_build.exports / KERAS.path, images)

    def compare(path, format_, runtime):
        found = runtime.trace(path, contract, images, list(expected))
        limit = format_.tolerance.max_layer_error_steps
        return [compare_layer(layer, expected[layer], values, limit) for layer, values in found.items()]

    return compare


@pytest.mark.parametrize(("format_", "runtime"), TRACED, ids=[format_.name for format_, _ in TRACED])
def test_layers_of_a_sound_artifact_are_the_references(quick_build, compared, format_, runtime):
    rows = compared(quick_build.exports / format_.path, format_, runtime)
    relus = [f"relu{number}" for number in range(1, 6)]
    assert [row.layer for row in rows if row.layer != "rescaling"] == [*relus, "mean", "logits", "probabilities"]
    assert [row for row in rows if row.is_bad] == []


@pytest.mark.parametrize("mutation", MUTANTS, ids=[f"{mutation.format}-{mutation.name}" for mutation in MUTANTS])
def test_layer_that_was_broken_is_the_first_bad_one(quick_build, compared, tmp_path, mutation):
    format_ = FORMATS[mutation.format]
    shutil.copytree(quick_build.exports / format_.family, tmp_path / format_.family)
    mutation.apply(tmp_path / format_.path)
    (runtime,) = (runtime for other, runtime in TRACED if other is format_)
    first_bad = next(row.layer for row in compared(tmp_path / format_.path, format_, runtime) if row.is_bad)
    special = LAYER_OF_TFJS if format_.family == "tfjs" else {}
    assert first_bad == special.get(mutation.name, LAYER_OF[mutation.name])
