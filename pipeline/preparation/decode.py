"""Picture files as grey levels: whatever Pillow reads, within bounded memory."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from pipeline.errors import PipelineError
from pipeline.native_output import native_output_to
from pipeline.preparation.scale import reduce

MAX_PIXELS = 64_000_000
# A square of a reduced picture takes up to a 1,024th of this from beyond a narrow picture's edge.
MAX_SIDE_PX = 200_000
_MAX_RESULT_PX = 1_024
_ORIENTATION_TAG = 0x0112
_AFTER_TRANSPOSING = {5: 1, 6: 2, 7: 3, 8: 4}
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_BLOCK_PIXELS = 1 << 20

# What Pillow has to say of damaged files is in the error; without a handler it would also go to standard error.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def decode(content: bytes) -> NDArray[np.uint8]:
    """Reads a picture file as grey levels.

    Args:
        content: Arbitrary bytes of one of the usual picture formats; of several frames the first counts.

    Returns:
        uint8 (height, width), 0 is black; upright by EXIF, at most 1,024 pixels on a side. Transparent parts are paper:
        white, or black where the ink would not be seen on white.

    Raises:
        PipelineError: Empty, damaged, too large, or no picture.
    """
    if not content:
        raise PipelineError("expected a picture, found an empty file")
    try:
        with _quiet(content):
            return _decode(content)
    except UnidentifiedImageError as error:
        raise PipelineError(f"this is not a picture that can be read ({', '.join(_FORMATS)})") from error
    except Image.DecompressionBombError as error:
        raise PipelineError(f"cannot read this picture: expected at most {MAX_PIXELS:,} pixels, found more") from error
    except MemoryError as error:
        raise PipelineError("cannot read this picture: not enough memory") from error
    except PipelineError:
        raise
    except Exception as error:  # Pillow's readers raise anything from struct.error to IndexError on damaged files.
        raise PipelineError(
            f"cannot read this picture: {' '.join(str(error).split()) or type(error).__name__}"
        ) from error


def _decode(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
        _check_size(picture.size)
        picture.draft("L", (_MAX_RESULT_PX, _MAX_RESULT_PX))
        return _grey(picture)


@contextmanager
def _quiet(content: bytes) -> Iterator[None]:
    """Keeps warnings to itself: Pillow's, and libtiff's, which writes them to standard error past Python."""
    is_tiff = content[:2] in (b"II", b"MM")
    with warnings.catch_warnings(), native_output_to() if is_tiff else nullcontext():
        warnings.simplefilter("ignore")
        yield


def upright_size(content: bytes) -> tuple[int, int]:
    """(height, width) of a picture that `decode` reads, before it is made smaller."""
    with _quiet(content), Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
        width, height = picture.size
        is_transposed = picture.getexif().get(_ORIENTATION_TAG, 1) in _AFTER_TRANSPOSING
    return (width, height) if is_transposed else (height, width)


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if not 0 < width * height <= MAX_PIXELS:
        raise PipelineError(
            f"cannot read this picture: expected 1 to {MAX_PIXELS:,} pixels, found {width:,} × {height:,}"
        )
    if max(size) > MAX_SIDE_PX:
        raise PipelineError(
            f"cannot read this picture: expected at most {MAX_SIDE_PX:,} pixels on a side, found {width:,} × {height:,}"
        )


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    orientation = picture.getexif().get(_ORIENTATION_TAG, 1)
    if picture.has_transparency_data:
        levels = _on_paper(picture)
    elif picture.mode.startswith(("I", "F")):
        levels = _small(_eight_bits(np.asarray(picture)))
    else:
        levels = _small(np.asarray(picture.convert("L")))
    return _upright(levels, orientation)


def _upright(levels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undoes what EXIF says was done: 5 to 8 are transposed; of these and the others some are flipped."""
    if orientation in _AFTER_TRANSPOSING:
        levels, orientation = levels.T, _AFTER_TRANSPOSING[orientation]
    if orientation in (2, 3):
        levels = levels[:, ::-1]
    if orientation in (3, 4):
        levels = levels[::-1]
    return np.ascontiguousarray(levels)


def _small(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return reduce(levels, -(-max(levels.shape) // _MAX_RESULT_PX))


def _on_paper(picture: Image.Image) -> NDArray[np.uint8]:
    """The ink of a transparent picture on white paper, or on black where that shows more of it."""
    layer = picture if picture.mode in ("LA", "RGBA") else picture.convert("RGBA")
    opacity = np.asarray(layer.getchannel("A"))
    ink = np.asarray(layer.convert("RGB").convert("L"))
    on_black = _small(_divide_by_255(ink, opacity))
    on_white = on_black + (255 - _small(opacity))
    return on_white if np.ptp(on_white) >= np.ptp(on_black) else on_black


def _divide_by_255(ink: NDArray[np.uint8], opacity: NDArray[np.uint8]) -> NDArray[np.uint8]:
    product = ink.astype(np.uint16)
    product *= opacity
    product //= 255
    return product.astype(np.uint8)


def _eight_bits(levels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Deep grey levels as bytes: 12, 16 and 32 bits by their leading ones, floats by their range."""
    scaled = np.zeros(levels.shape, np.uint8)
    if not np.issubdtype(levels.dtype, np.floating):
        num_bits = int(levels.max()).bit_length()
        for rows in _blocks(levels.shape):
            scaled[rows] = np.maximum(levels[rows], 0) >> max(0, num_bits - 8)
        return scaled
    low, high = _finite_range(levels)
    if not low < high:
        return scaled
    for rows in _blocks(levels.shape):
        numbers = np.nan_to_num(levels[rows], nan=high, posinf=high, neginf=low).astype(np.float64)
        scaled[rows] = ((numbers - low) / (high - low) * 255).clip(0, 255)
    return scaled


def _finite_range(levels: NDArray[np.generic]) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    for rows in _blocks(levels.shape):
        finite = levels[rows][np.isfinite(levels[rows])]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return low, high


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Rows of a million pixels: numbers of 8 bytes for all of a large picture would not fit into memory."""
    num_rows = max(1, _BLOCK_PIXELS // shape[1])
    return (slice(start, start + num_rows) for start in range(0, shape[0], num_rows))
