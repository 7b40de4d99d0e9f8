"""The kernel of every first lesson on convolutions: it answers to vertical edges."""

import numpy as np
from numpy.typing import NDArray

VERTICAL_EDGE = np.array([[1, 0, -1]] * 3, np.int64)


def vertical_edges(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How much brighter it is to the left of each pixel than to its right.

    A layer of a network does not turn the kernel around, so neither does this; beyond the border the picture goes on
    as it ends.

    Args:
        grey: uint8 (height, width).

    Returns:
        int64 (height, width), −765 to 765.
    """
    from scipy.ndimage import correlate

    edges: NDArray[np.int64] = correlate(grey.astype(np.int64), VERTICAL_EDGE, mode="nearest")
    return edges
