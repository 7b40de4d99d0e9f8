"""Draws the three photographs that README shows: python tests/data/draw_photographs.py

Ink on paper and chalk on slate, under uneven light, with the grain and the blur of a cheap camera.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter

FOLDER = Path(__file__).parent / "photographs"
WIDTH, HEIGHT = 320, 240
OVERSAMPLING = 3

Stroke = tuple[tuple[float, float], ...]

SEVEN: tuple[Stroke, ...] = (
    ((112, 74), (140, 70), (176, 72), (196, 68), (182, 100), (166, 138), (156, 182)),
    ((146, 124), (172, 120), (194, 122)),
)
FOUR: tuple[Stroke, ...] = (
    ((146, 62), (136, 92), (120, 128), (124, 136), (160, 132), (204, 126)),
    ((178, 66), (176, 110), (170, 150), (172, 186)),
)
TWO: tuple[Stroke, ...] = (
    (
        (120, 92),
        (134, 70),
        (164, 64),
        (182, 82),
        (172, 112),
        (144, 144),
        (122, 170),
        (130, 174),
        (160, 166),
        (198, 172),
    ),
)


def main() -> None:
    """Writes the three pictures."""
    FOLDER.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    _save(
        "seven.jpg", _photograph(rng, _squared((236, 232, 220), (178, 196, 214)), SEVEN, (36, 52, 140), 5, shadow=0.45)
    )
    _save("four.jpg", _photograph(rng, _plain((44, 56, 52)), FOUR, (214, 216, 208), 8, shadow=0.2, grain=16))
    _save("two.jpg", _photograph(rng, _ruled((240, 226, 160), (190, 150, 120)), TWO, (96, 96, 100), 3, shadow=0.35))


def _photograph(
    rng: np.random.Generator,
    paper: Image.Image,
    strokes: tuple[Stroke, ...],
    colour: tuple[int, int, int],
    pen_px: float,
    shadow: float,
    grain: float = 5,
) -> Image.Image:
    ink = Image.new("L", paper.size)
    for stroke in strokes:
        _draw(ImageDraw.Draw(ink), stroke, pen_px)
    written = Image.composite(Image.new("RGB", paper.size, colour), paper, ink)
    small = written.rotate(4, Image.Resampling.BICUBIC, fillcolor=paper.getpixel((5, 5))).resize((WIDTH, HEIGHT))
    light = _light(shadow)[:, :, np.newaxis] * np.asarray(small.filter(ImageFilter.GaussianBlur(0.8)), np.float64)
    noisy = light + gaussian_filter(rng.normal(0, 2 * grain, (HEIGHT, WIDTH, 3)), (0.7, 0.7, 0))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _draw(drawing: ImageDraw.ImageDraw, stroke: Stroke, pen_px: float) -> None:
    """A smooth curve through the points, pressed harder in its middle."""
    points = np.array(stroke)
    times = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    dense = np.linspace(0, times[-1], 400)
    for (x, y), time in zip(CubicSpline(times, points)(dense) * OVERSAMPLING, dense / times[-1], strict=True):
        radius = OVERSAMPLING * pen_px / 2 * (0.75 + 0.35 * np.sin(np.pi * time))
        drawing.ellipse((x - radius, y - radius, x + radius, y + radius), 255)


def _light(shadow: float) -> NDArray[np.float64]:
    """Light from the upper left, and the soft shadow of a hand from the lower right."""
    rows, columns = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    hand = 1 / (1 + np.exp(-14 * (columns + 0.6 * rows - 1.05)))
    light: NDArray[np.float64] = 1.02 - 0.18 * (rows + columns) / 2 - shadow * hand
    return light


def _plain(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING), colour)


def _squared(colour: tuple[int, int, int], line: tuple[int, int, int]) -> Image.Image:
    paper = _ruled(colour, line, 16)
    drawing = ImageDraw.Draw(paper)
    for x in range(0, paper.width, 16 * OVERSAMPLING):
        drawing.line((x, 0, x, paper.height), line, 2)
    return paper


def _ruled(colour: tuple[int, int, int], line: tuple[int, int, int], distance: int = 30) -> Image.Image:
    paper = _plain(colour)
    drawing = ImageDraw.Draw(paper)
    for y in range(0, paper.height, distance * OVERSAMPLING):
        drawing.line((0, y, paper.width, y), line, 2)
    return paper


def _save(name: str, picture: Image.Image) -> None:
    picture.save(FOLDER / name, quality=82)


if __name__ == "__main__":
    main()
