import numpy as np
import pytest

from pipeline.embed.elementwise import add_table, logistic_table, multiply_table, requantise_table
from pipeline.embed.layers import Values

BYTES = np.arange(256)
UNIT = Values((1,), 1.0, 0)


def test_requantise_table_of_equal_scales_changes_nothing():
    np.testing.assert_array_equal(requantise_table(UNIT, UNIT), BYTES)


def test_requantise_table_moves_the_zero_point_and_clamps():
    table = requantise_table(Values((1,), 0.5, 100), Values((1,), 0.25, 50))
    np.testing.assert_array_equal(table, np.clip((BYTES - 100) * 2 + 50, 0, 255))


def test_multiply_table_multiplies_what_the_bytes_stand_for():
    table = multiply_table(UNIT, Values((1,), 0.5, 10), constant=3, scale=0.25, lowest=10, highest=255)
    np.testing.assert_array_equal(table, np.clip(np.floor(BYTES * 1.5 + 0.5) + 10, 10, 255))


def test_add_table_adds_what_the_number_stands_for():
    table = add_table(UNIT, UNIT, constant=6, scale=0.5, lowest=0, highest=100)
    np.testing.assert_array_equal(table, np.clip(BYTES + 3, 0, 100))


@pytest.mark.parametrize(("byte", "expected"), [(128, 128), (0, 0), (255, 255), (129, 187), (127, 69)])
def test_logistic_table_is_the_sigmoid(byte, expected):
    assert logistic_table(Values((1,), 1.0, 128), Values((1,), 1 / 256, 0))[byte] == expected
