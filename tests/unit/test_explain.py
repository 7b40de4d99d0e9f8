from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import UsageError
from pipeline.explain import Explanation, LayerRow, compare_layer, explain, explanation_table, summary
from pipeline.formats import get_format
from pipeline.progress import Silent
from pipeline.results import Answer, ParityRow
from pipeline.runtimes import get_runtime
from pipeline.runtimes.trace import LayerValues

# Two channels of five images, from 0 to 2.55: a step of floats is 0.01.
EXPECTED = np.stack([np.linspace(0, 2.55, 5), np.ones(5)], axis=1).astype(np.float32)


def compare(found, step=None, limit=1.0):
    return compare_layer("conv1", EXPECTED, LayerValues(np.asarray(found, np.float32), step), limit)


def test_layer_of_equal_values_has_no_noise():
    row = compare(EXPECTED)
    assert (row.snr_db, row.error_steps, row.worst_error_steps, row.is_bad) == (None, 0, 0, False)


def test_layer_off_in_one_channel_names_it():
    row = compare(EXPECTED + np.array([0, 0.02], np.float32))
    assert row.worst_channel == 1
    assert row.worst_error_steps == pytest.approx(2, rel=1e-4)
    assert row.error_steps == pytest.approx(2 / np.sqrt(2), rel=1e-4)
    assert row.is_bad


def test_layer_of_a_tenth_of_the_signal_as_noise_has_twenty_decibels():
    assert compare(1.1 * EXPECTED).snr_db == pytest.approx(20, abs=1e-3)


def test_layer_that_is_quantised_is_measured_in_its_own_steps():
    row = compare(EXPECTED + np.float32(0.02), step=0.05)
    assert row.error_steps == pytest.approx(0.4, rel=1e-4)
    assert not row.is_bad


def test_layer_without_values_of_its_own_counts_in_units():
    row = compare_layer("mean", np.zeros((3, 2), np.float32), LayerValues(np.full((3, 2), 4, np.float32)), 1.0)
    assert row.error_steps == 4


def test_layer_that_is_no_number_is_bad():
    assert compare(EXPECTED * np.float32("nan")).is_bad


def test_layer_of_another_shape_is_bad():
    row = compare(np.ones((5, 3)))
    assert (row.shape, row.snr_db, row.is_bad) == ((3,), None, True)


def test_layer_that_is_flattened_is_compared():
    expected = np.arange(24, dtype=np.float32).reshape(2, 2, 2, 3)
    row = compare_layer("pixels", expected, LayerValues(expected.reshape(2, 12)), 0.0)
    assert (row.shape, row.error_steps) == ((2, 2, 3), 0)


SOUND = LayerRow("conv1", (14, 14, 16), 40.0, 0.25, 0.5, 3, is_bad=False)
BAD = LayerRow("conv2", (7, 7, 32), 3.0, 2.5, 14.3, 22, is_bad=True)


def explanation(*layers, is_same=False):
    parity = ParityRow("tflite/int8", "litert", Answer(True, ""), Answer(True, ""))
    return Explanation(replace(parity, same=Answer(is_same, "9 flips")), "litert-reference", 200, 18, 3.0, layers)


def test_summary_names_the_first_bad_layer():
    text = summary(explanation(SOUND, BAD, replace(BAD, layer="conv3")))
    assert text.startswith("Layers as litert-reference computes them, 3 of the reference's 18, for 200 images.")
    assert "First bad layer: conv2. Its channel 22 is off by 14.3 steps, at most 3 steps:" in text


def test_summary_of_sound_layers_says_so():
    assert summary(explanation(SOUND, is_same=True)).endswith("3 steps, which the arithmetic of the format explains.")


def test_summary_of_sound_layers_that_answer_otherwise_suspects_the_engine():
    assert "None is off by more than 3 steps: look at how litert computes" in summary(explanation(SOUND))


def test_summary_of_a_layer_of_another_shape_says_so():
    other = LayerRow("conv2", (7, 7, 8), None, None, None, None, is_bad=True)
    assert "First bad layer: conv2, which has values of another shape" in summary(explanation(SOUND, other))
    assert explanation_table(explanation(other)).rows == (("conv2", "7×7×8", "bad", "–", "–", "–", "–"),)


def test_table_has_a_line_for_each_layer():
    lines = explanation_table(explanation(SOUND, BAD)).rows
    assert lines[0] == ("conv1", "14×14×16", "same", "40.0", "0.25", "0.5", "3")
    assert [line[2] for line in lines] == ["same", "bad"]


def test_engine_that_does_not_run_the_format_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="keras does not run tflite/int8; choose from litert, "):
        explain(tmp_path, None, None, Silent(), get_format("tflite/int8"), get_runtime("keras"))


def test_format_whose_layers_no_engine_shows_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="no engine shows the layers of saved_model"):
        explain(tmp_path, None, None, Silent(), get_format("saved_model"), None)
