"""Pictures of no digit that no training has seen: Fashion-MNIST, letters from Hershey's stroke fonts, faces.

The outliers of a training (pipeline/outliers/) come from other fonts and other shapes. Each function gives pictures as
users have them: uint8 (height, width), dark ink on light paper.
"""

import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.hershey import strokes_of
from pipeline.data.idx import parse_idx
from pipeline.errors import PipelineError
from pipeline.files import read_bytes

FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")
LETTERS = string.ascii_letters
# Letters that many people write as they write a digit.
LOOK_ALIKES = frozenset("OoQDaIiLlZzSsyYbGTtBgqe")
_FONTS = ("cursive", "scripts", "scriptc", "rowmans", "rowmand", "rowmant", "futural", "timesr", "timesi")
_SIDE, _INK = 240, 160
# In the fonts' own units; capitals are 21 high.
_WAVE, _WAVE_LENGTH = 0.7, 6.0


def fashion_images(folder: Path = FASHION_FOLDER) -> NDArray[np.uint8]:
    """The 10,000 test images of Fashion-MNIST: uint8 (N, 28, 28), bright on black.

    Raises:
        PipelineError: They are not in the folder, or are damaged.
    """
    path = folder / "t10k-images-idx3-ubyte.gz"
    if not path.is_file():
        raise PipelineError(f"expected {path}; next: apt-get install dataset-fashion-mnist, or --fashion FOLDER")
    return parse_idx(read_bytes(path), str(path), 3)


def letter(rng: np.random.Generator, letters: Sequence[str] = LETTERS) -> tuple[str, NDArray[np.uint8]]:
    """One letter drawn with a pen: its strokes are slanted, stretched, bent and thickened by random amounts."""
    font, sign = str(rng.choice(_FONTS)), str(rng.choice(list(letters)))
    angle, shear = rng.uniform(-0.2, 0.2), rng.uniform(-0.3, 0.3)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, shear], [0, 1]]) @ np.diag(rng.uniform(0.8, 1.2, 2))
    amount, phase = rng.normal(0, _WAVE, 2), rng.uniform(0, 2 * np.pi, 2)
    strokes = [stroke @ matrix.T for stroke in strokes_of(font, sign)]
    bent = [stroke + amount * np.sin(stroke[:, ::-1] / _WAVE_LENGTH + phase) for stroke in strokes]
    return sign, _draw(_fit(bent), int(rng.integers(6, 22)))


def face(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A line drawing: an oval, two eyes, a mouth, perhaps a nose and hair."""
    picture = Image.new("L", (_SIDE, _SIDE), 255)
    drawing = ImageDraw.Draw(picture)
    width = int(rng.integers(4, 12))
    centre, radius = rng.uniform(110, 130, 2), rng.uniform(60, 100, 2)
    drawing.ellipse((*(centre - radius), *(centre + radius)), outline=0, width=width)
    for side in (-1, 1):
        eye = centre + radius * (side * rng.uniform(0.3, 0.45), -rng.uniform(0.2, 0.4))
        drawing.ellipse((*(eye - rng.uniform(4, 12)), *(eye + rng.uniform(4, 12))), 0)
    mouth = radius * (rng.uniform(0.3, 0.6), rng.uniform(0.3, 0.6))
    start = 20 if rng.random() < 0.7 else 200
    drawing.arc((*(centre - mouth), *(centre + mouth)), start, start + 140, 0, width)
    if rng.random() < 0.5:
        drawing.line((*centre, centre[0], centre[1] + radius[1] * 0.2), 0, width)
    for x in rng.uniform(-0.5, 0.5, int(rng.integers(0, 6))):
        root = centre + radius * (x, -0.9)
        drawing.line((*root, *(root + rng.normal(0, 10, 2) - (0, 25))), 0, width)
    return np.asarray(picture)


def _fit(strokes: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = _INK / max(1.0, float((high - low).max()))
    return [(stroke - (low + high) / 2) * scale + _SIDE / 2 for stroke in strokes]


def _draw(strokes: list[NDArray[np.float64]], width: int) -> NDArray[np.uint8]:
    picture = Image.new("L", (_SIDE, _SIDE), 255)
    drawing = ImageDraw.Draw(picture)
    for stroke in strokes:
        points = [(x, y) for x, y in stroke.tolist()]
        drawing.line(points, 0, width)
        for x, y in points:
            drawing.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), 0)
    return np.asarray(picture)
