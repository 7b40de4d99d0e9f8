"""How many of the digits on a sheet are found, in their order, and answered rightly.

    python -m benchmarks.sheets [--sheets 50] [--save FOLDER]

Each sheet shows validation images of MNIST, pasted as ink of one pen onto one paper: a telephone number, a grid or
lines; with light from one side, the edge of a shadow, rulings, specks and noise, each on some of them.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, SplitConfig
from pipeline.data.datasets import MNIST
from pipeline.data.splits import Subset, load_splits
from pipeline.ending import run_program
from pipeline.predict import Predictor
from pipeline.preprocess import make_image
from pipeline.segmentation import find_symbols


@dataclass(frozen=True)
class ComposedSheet:
    """A picture, uint8 (height, width), and what is written on it."""

    name: str
    grey: NDArray[np.uint8]
    lines: tuple[str, ...]


def compose(random: np.random.Generator, digits: Subset) -> ComposedSheet:
    """Draws one sheet."""
    num_lines, num_columns = [(1, 11), (6, 6), (3, 8), (8, 10)][random.integers(4)]
    side = int(random.integers(34, 64))
    pitch = int(side * random.uniform(1.25, 1.6))
    ink = np.zeros((num_lines * pitch + side, num_columns * pitch + side))
    lines = []
    slant = random.uniform(-0.04, 0.04)
    for row in range(num_lines):
        chosen = random.integers(len(digits.labels), size=num_columns)
        lines.append("".join(str(digits.labels[index]) for index in chosen))
        for column, index in enumerate(chosen):
            size = int(side * random.uniform(0.85, 1.15))
            jitter = random.integers(-side // 12, side // 12 + 1, 2)
            top = side // 2 + row * pitch + round(slant * column * pitch) + jitter[0]
            left = side // 2 + column * pitch + jitter[1]
            _paste(ink, digits.images[index, :, :, 0], max(0, top), left, size)
    features = [name for name in _EFFECTS if random.random() < 0.4]
    paper, pen = random.uniform(190, 250), random.uniform(10, 110)
    levels = paper + (pen - paper) * ink
    for name in features:
        levels = _EFFECTS[name](random, levels, side)
    if random.random() < 0.2:
        levels, features = 255 - levels, [*features, "light on dark"]
    grey = levels.clip(0, 255).astype(np.uint8)
    return ComposedSheet(f"{num_lines} x {num_columns}, {', '.join(features) or 'plain'}", grey, tuple(lines))


def _paste(ink: NDArray[np.float64], digit: NDArray[np.uint8], top: int, left: int, size: int) -> None:
    """Ink, 0 to 1, of a digit whose image becomes `size` pixels wide."""
    large = np.asarray(Image.fromarray(digit).resize((size, size), Image.Resampling.BICUBIC)) / 255
    place = ink[top : top + size, left : left + size]
    np.maximum(place, large[: place.shape[0], : place.shape[1]], out=place)


def _light(random: np.random.Generator, levels: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    height, width = levels.shape
    across, down = random.uniform(-0.4, 0.4, 2)
    rows, columns = np.mgrid[0:height, 0:width]
    strength: NDArray[np.float64] = 1 - abs(across) - abs(down) + across * columns / width + down * rows / height
    lit: NDArray[np.float64] = levels * strength.clip(0.35)
    return lit


def _shadow(random: np.random.Generator, levels: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    rows, columns = np.mgrid[0 : levels.shape[0], 0 : levels.shape[1]]
    edge = random.uniform(0.3, 0.7) * levels.shape[1] + rows * random.uniform(-0.5, 0.5)
    return np.where(columns > edge, levels * random.uniform(0.5, 0.75), levels)


def _rulings(random: np.random.Generator, levels: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    ruled, gap = levels.copy(), int(side * random.uniform(0.7, 1.4))
    strength = random.uniform(0.6, 0.85)
    ruled[gap // 2 :: gap] *= strength
    if random.random() < 0.5:
        ruled[:, gap // 2 :: gap] *= strength
    return ruled


def _specks(random: np.random.Generator, levels: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    dirty = levels.copy()
    for top, left in random.integers(0, np.array(levels.shape) - 3, (12, 2)):
        dirty[top : top + random.integers(1, 4), left : left + random.integers(1, 4)] = 60
    return dirty


def _noise(random: np.random.Generator, levels: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    return levels + random.normal(0, random.uniform(2, 10), levels.shape)


_EFFECTS = {"light": _light, "shadow": _shadow, "rulings": _rulings, "specks": _specks, "noise": _noise}


def count_right(expected: str, found: str) -> int:
    """How many characters are in both, in the same order."""
    return sum(block.size for block in SequenceMatcher(None, expected, found, autojunk=False).get_matching_blocks())


def main(
    num_sheets: Annotated[int, typer.Option("--sheets", min=1)] = 50,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    save: Annotated[Path | None, typer.Option("--save", help="Folder for the sheets that are not right.")] = None,
) -> None:
    """Prints how many digits of all sheets are right."""
    random = np.random.default_rng(seed)
    predictor = Predictor(DEFAULT_EXPORTS)
    validation = load_splits(MNIST, SplitConfig(), DEFAULT_BUILD_DIR).validation
    num_digits = num_found = num_right = num_perfect = 0
    for index in range(num_sheets):
        sheet = compose(random, validation)
        lines = find_symbols(sheet.grey)
        answers = [
            predictor.answer_image("", make_image(symbol.ink, predictor.contract)) for line in lines for symbol in line
        ]
        expected, found = "".join(sheet.lines), "".join(answer.label or "?" for answer in answers)
        right = count_right(expected, found)
        num_digits, num_found, num_right = num_digits + len(expected), num_found + len(found), num_right + right
        num_perfect += expected == found
        if right < len(expected) or len(found) != len(expected):
            print(f"{index}: {right} of {len(expected)} right, {len(found)} found ({sheet.name})")
            if save:
                save.mkdir(parents=True, exist_ok=True)
                Image.fromarray(sheet.grey).save(save / f"{index}.png")
    print(f"{num_sheets} sheets of {num_digits:,} digits: {num_found:,} symbols found, {num_right:,} right")
    print(f"{num_right / num_digits:.2%} of all digits; {num_perfect} sheets without a mistake")


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
