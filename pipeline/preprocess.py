"""Any picture of one symbol becomes the model's input, by MNIST's own recipe.

LeCun et al. 1998: the ink is scaled into a box (20 × 20 for MNIST) with its aspect kept, and placed so that its centre
of mass is the centre of the image.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.contract import ModelContract
from pipeline.errors import PipelineError

MIN_CONTRAST = 40
_MAX_SIDE_PX = 1_024
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


def decode(content: bytes) -> NDArray[np.uint8]:
    """Reads a picture file as grey levels.

    Args:
        content: Arbitrary bytes of one of the usual picture formats.

    Returns:
        uint8 (height, width), 0 is black; upright by EXIF, transparent parts are white paper, at most 1,024 pixels on
        a side.

    Raises:
        PipelineError: Empty, damaged, too large, or no picture.
    """
    if not content:
        raise PipelineError("expected a picture, found an empty file")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            picture.draft("L", (_MAX_SIDE_PX, _MAX_SIDE_PX))
            upright = ImageOps.exif_transpose(_eight_bits(picture)).convert("RGBA")
    except UnidentifiedImageError as error:
        raise PipelineError(f"this is not a picture that can be read ({', '.join(_FORMATS)})") from error
    except (OSError, ValueError, SyntaxError, NotImplementedError, Image.DecompressionBombError) as error:
        raise PipelineError(f"cannot read this picture: {error}") from error
    paper = Image.new("RGBA", upright.size, "white")
    grey = Image.alpha_composite(paper, upright).convert("L")
    grey.thumbnail((_MAX_SIDE_PX, _MAX_SIDE_PX), Image.Resampling.BOX)
    return np.asarray(grey)


def _eight_bits(picture: Image.Image) -> Image.Image:
    # Pillow clips 16-bit grey levels instead of scaling them.
    if not picture.mode.startswith("I"):
        return picture
    return Image.fromarray((np.asarray(picture).astype(np.int64).clip(0, 65_535) >> 8).astype(np.uint8))


def prepare(grey: NDArray[np.uint8], contract: ModelContract) -> NDArray[np.uint8]:
    """Finds the ink, scales it into the contract's box and centres it by mass.

    Args:
        grey: uint8 (height, width).
        contract: Says the size, the box and the polarity.

    Returns:
        uint8 (height, width, channels) of the contract, ready for the model.

    Raises:
        PipelineError: The picture has no ink: all of it has nearly one grey level.
    """
    ink = _ink(grey)
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    if not len(rows):
        raise PipelineError("expected ink on paper, found a picture of one grey level")
    cropped = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    box = contract.preprocessing.box_px
    scale = box / max(cropped.size)
    size = (max(1, round(cropped.width * scale)), max(1, round(cropped.height * scale)))
    fitted = np.asarray(cropped.resize(size, Image.Resampling.BILINEAR))
    placed = _centre_by_mass(fitted, contract.input.height, contract.input.width)
    image = placed if contract.input.polarity == "bright_on_dark" else np.bitwise_not(placed)
    return np.repeat(image[:, :, np.newaxis], contract.input.channels, axis=2)


def _ink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bright ink on 0, with full contrast; the paper's level is the median of the picture's border."""
    levels = grey.astype(np.int32)
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    paper = int(np.median(border))
    ink = np.abs(levels - paper) if paper in range(100, 156) else (paper - levels if paper > 127 else levels - paper)
    strongest = int(ink.max())
    if strongest < MIN_CONTRAST:
        return np.zeros_like(grey)
    # What is fainter than a quarter of the ink is paper: its grain, its shadow, the edge of a scan.
    return np.where(ink * 4 < strongest, 0, ink * 255 // strongest).clip(0, 255).astype(np.uint8)


def _centre_by_mass(ink: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    mass = max(1, int(ink.sum()))
    centre_y = int((ink.sum(axis=1) * np.arange(ink.shape[0])).sum()) / mass
    centre_x = int((ink.sum(axis=0) * np.arange(ink.shape[1])).sum()) / mass
    top = min(max(0, round((height - 1) / 2 - centre_y)), height - ink.shape[0])
    left = min(max(0, round((width - 1) / 2 - centre_x)), width - ink.shape[1])
    placed = np.zeros((height, width), np.uint8)
    placed[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return placed
