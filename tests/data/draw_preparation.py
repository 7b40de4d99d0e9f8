"""Draws the pictures of preparation.json and writes what the model is to see of them.

python -m tests.data.draw_preparation: run it only when the preparation is meant to give other bytes.
"""

import base64
import json
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from pipeline.data.datasets import MNIST
from pipeline.preprocess import find_symbol, prepare

VECTORS = Path(__file__).with_name("preparation.json")
FIVE = [(70, 10), (25, 10), (20, 45), (50, 40), (72, 60), (60, 85), (20, 88)]
SEVEN = [(20, 12), (75, 12), (45, 90)]


def draw(size=100, strokes=(FIVE,), pen=8, paper=230, ink=40, scale=100, at=(0, 0)):
    """A grey picture of strokes, whose points are in percent of `scale` pixels, from `at` on."""
    picture = Image.new("L", (size, size), paper)
    for stroke in strokes:
        points = [(at[0] + column * scale // 100, at[1] + row * scale // 100) for column, row in stroke]
        ImageDraw.Draw(picture).line(points, fill=ink, width=pen, joint="curve")
    return np.asarray(picture).astype(np.int64)


def _pictures():
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[0:200, 0:200]
    digit = draw(200, scale=150, at=(20, 25), pen=11)
    rulings = np.where((rows % 40 == 7) | (columns % 40 == 11), 110, 255)
    specks = draw(200, scale=150, at=(20, 25), pen=9)
    specks[10:13, 20:23] = specks[180:184, 150:153] = specks[60, 190:192] = 30
    gap = digit.copy()
    gap[95:99] = 230
    yield "plain", draw()
    yield "light on dark", draw(paper=20, ink=240)
    yield "thin", draw(120, strokes=(SEVEN,), pen=1)
    yield "thick", draw(pen=19)
    yield "28 x 28", draw(28, scale=28, pen=3, paper=0, ink=255)
    yield "touching the edge", digit[38:162, 48:132]
    yield "light from one side", digit * (columns + 150) // 350
    yield "hard shadow", np.where(columns + rows // 3 > 110, digit * 11 // 20, digit)
    yield "squared paper", np.minimum(digit, rulings)
    yield "squared paper, askew", np.minimum(digit, np.where((rows + columns // 40) % 40 == 7, 60, 255))
    yield "specks", specks
    yield "broken", gap
    yield "noise", digit[:120, :120] + random.integers(-25, 26, (120, 120))
    yield "dark table", np.where((columns > 185) | (rows < 12), 60, digit)
    yield "tiny", draw(700, scale=60, at=(500, 90), pen=5)
    yield "small and thick", draw(120, strokes=(SEVEN,), scale=24, at=(60, 30), pen=9)
    yield "faint beside strong", np.where(rows > 110, digit, 230 - (230 - digit) // 3)
    yield "a row", draw(100)[10:11]
    yield "one pixel", np.full((1, 1), 90)
    yield "blank", np.full((37, 90), 200)
    yield "grain", random.integers(190, 230, (60, 80))


def main():
    """Writes the file."""
    vectors = []
    for name, picture in _pictures():
        grey = picture.clip(0, 255).astype(np.uint8)
        image = None if find_symbol(grey) is None else prepare(grey, MNIST.contract)
        vectors.append(
            {
                "name": name,
                "height": grey.shape[0],
                "width": grey.shape[1],
                "grey": base64.b64encode(zlib.compress(grey.tobytes(), 9)).decode(),
                "expected": None if image is None else base64.b64encode(zlib.compress(image.tobytes(), 9)).decode(),
            }
        )
    VECTORS.write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
