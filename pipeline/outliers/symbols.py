"""What is no symbol any more: two side by side, or one turned or mirrored. Ink bright on dark, in mode L."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.data.splits import Subset

# Digits that are none when turned by a quarter, or mirrored from left to right.
_TURNABLE = (2, 3, 4, 5, 7)
_MIRRORABLE = (3, 4, 6, 7, 9)
_SCALE = 4


def turned(rng: np.random.Generator, subset: Subset) -> Image.Image:
    """A symbol turned by a quarter or mirrored."""
    if rng.random() < 0.5:
        return _picture(np.rot90(_symbol(rng, subset, _TURNABLE), int(rng.choice([1, 3]))))
    return _picture(_symbol(rng, subset, _MIRRORABLE)[:, ::-1])


def pair(rng: np.random.Generator, subset: Subset) -> Image.Image:
    """Two symbols so close that they touch, or nearly."""
    left, right = (_cropped(_symbol(rng, subset)) for _ in range(2))
    return _picture(np.concatenate([left, right], axis=1))


def _symbol(rng: np.random.Generator, subset: Subset, labels: tuple[int, ...] = ()) -> NDArray[np.uint8]:
    while True:
        row = rng.integers(len(subset))
        if not labels or subset.labels[row] in labels:
            symbol: NDArray[np.uint8] = subset.images[row, :, :, 0]
            return symbol


def _cropped(symbol: NDArray[np.uint8]) -> NDArray[np.uint8]:
    columns = np.flatnonzero(symbol.max(axis=0))
    return symbol[:, columns[0] : columns[-1] + 1] if len(columns) else symbol


def _picture(symbol: NDArray[np.uint8]) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(symbol))
    return picture.resize((picture.width * _SCALE, picture.height * _SCALE), Image.Resampling.BILINEAR)
