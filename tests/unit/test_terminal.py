from pipeline.tables import Table
from pipeline.terminal import columns_that_fit

TABLE = Table(("name", "long heading", "n"), (("tflite", "x", "10,000"),), 1, least_important=("long heading", "n"))


def test_columns_that_fit_are_all_shown():
    assert columns_that_fit(TABLE, 28) == [0, 1, 2]


def test_columns_are_left_out_by_importance_where_there_is_no_room():
    assert columns_that_fit(TABLE, 27) == [0, 2]
    assert columns_that_fit(TABLE, 13) == [0]


def test_columns_that_matter_stay_however_narrow_it_is():
    assert columns_that_fit(TABLE, 1) == [0]
