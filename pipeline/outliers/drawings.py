"""Ink of nobody's digit: bright on dark, a picture in mode L."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pipeline.data.splits import Subset

# Fonts that come with matplotlib. Symbols that somebody writes as a digit are left out, among them Θ (slashed 0),
# y (open 4), t (crossed 7), З and б.
_FONTS = ("DejaVuSans", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Italic", "STIXGeneral")
LETTERS = "ACEFHKLMNPRVWXacdefhkmnpruvwxÄÖÜéñΓΔΛΞΠΣΨΩαβγδεηκλμνξπστχψωЖЦШЩЮЯджкмшщюя@#$%?+=<>*~♥★"
_SIDE = 128
_CENTRE = _SIDE // 2
_FONT_PX = 84


def letter(rng: np.random.Generator, _: Subset) -> Image.Image:
    """A printed letter or sign, slanted, stretched and thickened by random amounts."""
    picture, drawing = _canvas()
    name = _FONTS[rng.integers(len(_FONTS))]
    sign = LETTERS[rng.integers(len(LETTERS))]
    drawing.text((_CENTRE, _CENTRE), sign, 255, font=_font(name), anchor="mm")
    return _thickened(_bent(picture, rng), int(rng.integers(0, 4)))


def scribble(rng: np.random.Generator, _: Subset) -> Image.Image:
    """One long curve: a sum of waves of random length, height and phase."""
    picture, drawing = _canvas()
    time = np.linspace(0, 1, 80)[:, np.newaxis]
    curve = np.zeros((80, 2))
    for frequency in range(1, int(rng.integers(4, 10))):
        phase = 2 * np.pi * frequency * time * rng.uniform(0.6, 1.4) + rng.uniform(0, 2 * np.pi, (1, 2))
        curve += rng.normal(0, 1, (1, 2)) * np.sin(phase) / np.sqrt(frequency)
    curve = (curve - curve.min(axis=0)) / np.ptp(curve, axis=0).max() * 100 + 14
    drawing.line([(x, y) for x, y in curve.tolist()], 255, int(rng.integers(4, 14)), joint="curve")
    return picture


def strokes(rng: np.random.Generator, _: Subset) -> Image.Image:
    """Three to six lines and arcs, anywhere."""
    picture, drawing = _canvas()
    width = int(rng.integers(5, 14))
    for _index in range(int(rng.integers(3, 7))):
        if rng.random() < 0.6:
            drawing.line(tuple(rng.uniform(10, 118, 4)), 255, width)
        else:
            centre, radius = rng.uniform(34, 94, 2), rng.uniform(10, 40, 2)
            start = rng.uniform(0, 360)
            drawing.arc((*(centre - radius), *(centre + radius)), start, start + rng.uniform(60, 300), 255, width)
    return picture


def silhouette(rng: np.random.Generator, _: Subset | None = None) -> Image.Image:
    """Filled ellipses, rectangles and polygons over each other, some with holes or as their own mirror image."""
    picture, drawing = _canvas()
    for _index in range(int(rng.integers(1, 5))):
        _fill(drawing, rng)
    if rng.random() < 0.3:
        picture = Image.fromarray(np.maximum(np.asarray(picture), np.asarray(picture)[:, ::-1]))
    if rng.random() < 0.3:
        _punch(ImageDraw.Draw(picture), rng)
    return picture


def framed(rng: np.random.Generator, _: Subset) -> Image.Image:
    """An oval or a box with dots, lines and arcs in it, as in faces and signs."""
    picture, drawing = _canvas()
    width = int(rng.integers(3, 9))
    half = rng.uniform(35, 58, 2)
    outline = (*(_CENTRE - half), *(_CENTRE + half))
    (drawing.ellipse if rng.random() < 0.7 else drawing.rectangle)(outline, outline=255, width=width)
    for _index in range(int(rng.integers(2, 6))):
        centre, radius = _CENTRE + rng.uniform(-0.55, 0.55, 2) * half, rng.uniform(3, 14, 2)
        box = (*(centre - radius), *(centre + radius))
        mark = rng.integers(3)
        if mark == 0:
            drawing.ellipse(box, 255)
        elif mark == 1:
            drawing.line(box, 255, width)
        else:
            start = rng.uniform(0, 360)
            drawing.arc(box, start, start + rng.uniform(90, 200), 255, width)
    return picture


def silhouette_mask(rng: np.random.Generator) -> NDArray[np.uint8]:
    """What `silhouette` draws, cut out: uint8 (any height, any width)."""
    picture = silhouette(rng)
    return np.asarray(picture.crop(picture.getbbox()))


def _fill(drawing: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    shape, centre, radius = rng.integers(3), rng.uniform(38, 90, 2), rng.uniform(8, 45, 2)
    if shape == 0:
        drawing.ellipse((*(centre - radius), *(centre + radius)), 255)
    elif shape == 1:
        drawing.rectangle((*(centre - radius), *(centre + radius)), 255)
    else:
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
        corners = centre + 1.3 * radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        drawing.polygon([(x, y) for x, y in corners.tolist()], 255)


def _punch(drawing: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 4))):
        centre, radius = rng.uniform(38, 90, 2), rng.uniform(3, 15, 2)
        drawing.ellipse((*(centre - radius), *(centre + radius)), 0)


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("L", (_SIDE, _SIDE))
    return picture, ImageDraw.Draw(picture)


@cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", _FONT_PX)


def _bent(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    angle, shear, stretch = rng.uniform(-0.25, 0.25), rng.uniform(-0.35, 0.35), rng.uniform(0.8, 1.25, 2)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, shear], [0, 1]]) @ np.diag(stretch)
    shift = _CENTRE - matrix @ (_CENTRE, _CENTRE)
    coefficients = (*matrix[0].tolist(), float(shift[0]), *matrix[1].tolist(), float(shift[1]))
    return picture.transform(picture.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)


def _thickened(picture: Image.Image, by_px: int) -> Image.Image:
    return picture.filter(ImageFilter.MaxFilter(2 * by_px + 1)) if by_px else picture
