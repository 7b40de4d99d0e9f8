"""The IDX file format of MNIST (LeCun et al. 1998, https://yann.lecun.com/exdb/mnist/), raw or gzip.

Layout: two zero bytes, a type code, the number of dimensions, then each dimension as a big-endian uint32, then the
values in row-major order. Only unsigned bytes (type 0x08) are read: they are all that MNIST and its relatives use.
"""

import gzip
import struct
import zlib
from math import prod

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import DataError

_UNSIGNED_BYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_BYTES = 1 << 30


def decompress(content: bytes, origin: str) -> bytes:
    """The raw bytes of a file that may be gzip; at most 1 GiB.

    Raises:
        DataError: The gzip stream is damaged, cut off or larger than 1 GiB.
    """
    if not content.startswith(_GZIP_MAGIC):
        return content
    stream = zlib.decompressobj(wbits=31)
    try:
        raw = stream.decompress(content, _MAX_BYTES)
    except zlib.error as error:
        raise DataError(f"{origin}: damaged gzip data ({error}); fetch the file again") from error
    if not stream.eof:
        trouble = "larger than 1 GiB when unpacked" if len(raw) >= _MAX_BYTES else "gzip data is cut off"
        raise DataError(f"{origin}: {trouble}; fetch the file again")
    return raw


def parse_idx(content: bytes, origin: str, num_dimensions: int) -> NDArray[np.uint8]:
    """Reads an IDX file of unsigned bytes.

    Args:
        content: Arbitrary bytes; raw or gzip.
        origin: What to call them in an error message.
        num_dimensions: 3 for images (N, height, width), 1 for labels (N,).

    Returns:
        uint8 array with the dimensions that the header states; not empty, read-only.

    Raises:
        DataError: Wrong magic number, other dimensions, or more or fewer values than the header promises.
    """
    raw = decompress(content, origin)
    magic = bytes([0, 0, _UNSIGNED_BYTE, num_dimensions])
    if raw[:4] != magic:
        found = raw[:4].hex(" ") or "an empty file"
        raise DataError(f"{origin}: expected an IDX file that starts with {magic.hex(' ')}, found {found}")
    start = 4 + 4 * num_dimensions
    if len(raw) < start:
        raise DataError(f"{origin}: expected a header of {start} bytes, found {len(raw)}: the file is cut off")
    shape = struct.unpack(f">{num_dimensions}I", raw[4:start])
    expected, found_bytes = prod(shape), len(raw) - start
    if expected != found_bytes:
        trouble = "cut off" if found_bytes < expected else "too long"
        raise DataError(
            f"{origin}: expected {expected:,} values for shape {shape}, found {found_bytes:,}: the file is {trouble}"
        )
    if expected == 0:
        raise DataError(f"{origin}: expected at least one value, found shape {shape}")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def write_idx(values: NDArray[np.uint8]) -> bytes:
    """The inverse of `parse_idx`, as gzip without a time stamp.

    Args:
        values: uint8 array of 1 to 255 dimensions.
    """
    header = bytes([0, 0, _UNSIGNED_BYTE, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return gzip.compress(header + values.tobytes(), mtime=0)
