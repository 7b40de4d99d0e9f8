"""Picture files as grey levels: whatever Pillow reads, within bounded memory."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from pipeline.errors import PipelineError
from pipeline.preparation.scale import reduce

MAX_PIXELS = 64_000_000
_MAX_SIDE_PX = 1_024
_ORIENTATION_TAG = 0x0112
_AFTER_TRANSPOSING = {5: 1, 6: 2, 7: 3, 8: 4}
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


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
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            _check_size(picture.size)
            picture.draft("L", (_MAX_SIDE_PX, _MAX_SIDE_PX))
            grey = _grey(picture)
    except UnidentifiedImageError as error:
        raise PipelineError(f"this is not a picture that can be read ({', '.join(_FORMATS)})") from error
    except MemoryError as error:
        raise PipelineError("cannot read this picture: not enough memory") from error
    except PipelineError:
        raise
    except Exception as error:  # Pillow's readers raise anything from struct.error to IndexError on damaged files.
        raise PipelineError(f"cannot read this picture: {error}") from error
    return grey


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if not 0 < width * height <= MAX_PIXELS:
        raise PipelineError(
            f"cannot read this picture: expected 1 to {MAX_PIXELS:,} pixels, found {width:,} × {height:,}"
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
    if orientation in (5, 6, 7, 8):
        levels, orientation = levels.T, _AFTER_TRANSPOSING[orientation]
    if orientation in (2, 3):
        levels = levels[:, ::-1]
    if orientation in (3, 4):
        levels = levels[::-1]
    return np.ascontiguousarray(levels)


def _small(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return reduce(levels, -(-max(levels.shape) // _MAX_SIDE_PX))


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
    if not np.issubdtype(levels.dtype, np.floating):
        num_bits = int(levels.max()).bit_length()
        return (np.maximum(levels, 0) >> max(0, num_bits - 8)).astype(np.uint8)
    finite = levels[np.isfinite(levels)]
    if not finite.size or finite.min() == finite.max():
        return np.zeros(levels.shape, np.uint8)
    low, high = float(finite.min()), float(finite.max())
    share = (np.nan_to_num(levels, nan=high, posinf=high, neginf=low).astype(np.float64) - low) / (high - low)
    return (share * 255).clip(0, 255).astype(np.uint8)
