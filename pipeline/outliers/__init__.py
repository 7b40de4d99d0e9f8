"""Images of no label: letters, scribbles, silhouettes, patterns, symbols in pairs, turned or mirrored.

Hendrycks et al., "Deep Anomaly Detection with Outlier Exposure", 2019: a network that has to be unsure about some of
them learns to be unsure about others. Every export of it can then say "no digit", by its probabilities alone.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.contract import ModelContract
from pipeline.data.splits import Subset
from pipeline.errors import PipelineError
from pipeline.outliers import drawings, frames, symbols
from pipeline.preprocess import prepare

# Shares of all outliers. Ink on a dark ground is prepared like a user's picture; a frame is an input as it is.
INK: dict[str, tuple[float, Callable[[np.random.Generator, Subset], Image.Image]]] = {
    "letter": (0.32, drawings.letter),
    "scribble": (0.10, drawings.scribble),
    "strokes": (0.10, drawings.strokes),
    "silhouette": (0.12, drawings.silhouette),
    "framed": (0.08, drawings.framed),
    "turned": (0.08, symbols.turned),
    "pair": (0.06, symbols.pair),
}
FRAMES: dict[str, tuple[float, Callable[[np.random.Generator, tuple[int, int]], NDArray[np.uint8]]]] = {
    "textured": (0.10, frames.textured),
    "noise": (0.04, frames.noise),
}


def draw_outliers(num: int, subset: Subset, contract: ModelContract, seed: int) -> NDArray[np.uint8]:
    """Draws images of no label, each of a random kind.

    Args:
        num: How many.
        subset: Images with labels, to make pairs and mirror images of.
        contract: Says how a picture becomes an input.
        seed: Of what is drawn.

    Returns:
        uint8 (num, height, width, channels).
    """
    rng = np.random.default_rng(seed)
    shares = {name: share for name, (share, _) in (INK | FRAMES).items()}
    kinds = rng.choice(list(shares), num, p=list(shares.values()))
    return np.stack([_draw(kind, rng, subset, contract) for kind in kinds])


def _draw(kind: str, rng: np.random.Generator, subset: Subset, contract: ModelContract) -> NDArray[np.uint8]:
    if kind in FRAMES:
        frame = FRAMES[kind][1](rng, (contract.input.height, contract.input.width))
        if contract.input.polarity == "dark_on_bright":
            frame = np.bitwise_not(frame)
        return np.repeat(frame[:, :, np.newaxis], contract.input.channels, axis=2)
    while True:
        try:
            image = prepare(np.asarray(INK[kind][1](rng, subset)), contract)
        except PipelineError:
            continue  # Too little ink to be found; the next one has more.
        if not _is_narrow(image):
            return image


def _is_narrow(image: NDArray[np.uint8]) -> bool:
    """Whether it might be somebody's 1, which must not count as an outlier."""
    is_ink = image.max(axis=2) != image[0, 0].max()
    height, width = (np.ptp(np.flatnonzero(is_ink.any(axis=axis))) + 1 for axis in (1, 0))
    return bool(2 * width < height)
