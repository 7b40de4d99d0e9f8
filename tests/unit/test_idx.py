import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.idx import parse_idx, write_idx
from pipeline.errors import DataError

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
RAW = b"\0\0\x08\x03" + struct.pack(">III", 2, 3, 4) + IMAGES.tobytes()
GZIPPED = gzip.compress(RAW, mtime=0)


@pytest.mark.parametrize("content", [RAW, GZIPPED], ids=["raw", "gzip"])
def test_parse_idx_reads_raw_and_gzip(content):
    np.testing.assert_array_equal(parse_idx(content, "images", 3), IMAGES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found an empty file"),
        (b"PK\x03\x04" + RAW[4:], "found 50 4b 03 04"),
        (RAW[:10], "header of 16 bytes, found 10"),
        (RAW[:-1], "expected 24 values for shape (2, 3, 4), found 23: the file is cut off"),
        (RAW + b"\0", "found 25: the file is too long"),
        (GZIPPED[:-9], "cut off"),
        (b"\x1f\x8b" + bytes(20), "damaged gzip"),
        (b"\0\0\x08\x03" + struct.pack(">III", 0, 3, 4), "at least one value"),
        (b"\0\0\x08\x03" + struct.pack(">III", 2**32 - 1, 2**32 - 1, 2**32 - 1), "cut off"),
        (b"\0\0\x08\x01" + struct.pack(">I", 1) + b"\0", "starts with 00 00 08 03, found 00 00 08 01"),
    ],
)
def test_parse_idx_of_a_damaged_file_says_expected_and_found(content, message):
    with pytest.raises(DataError) as caught:
        parse_idx(content, "images", 3)
    assert message in str(caught.value)
    assert str(caught.value).startswith("images: ")


@given(st.binary(max_size=64), st.sampled_from([1, 3]), st.booleans())
def test_parse_idx_of_arbitrary_bytes_returns_an_array_or_a_data_error(content, num_dimensions, has_magic):
    if has_magic:
        content = bytes([0, 0, 8, num_dimensions]) + content
    try:
        values = parse_idx(content, "file", num_dimensions)
    except DataError:
        return
    assert values.ndim == num_dimensions
    assert values.size == len(content) - 4 - 4 * num_dimensions


def test_write_idx_is_read_back_and_has_no_time_stamp():
    content = write_idx(IMAGES)
    np.testing.assert_array_equal(parse_idx(content, "images", 3), IMAGES)
    assert content[4:8] == bytes(4)
