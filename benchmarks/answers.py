"""How soon `pipeline predict` answers, how many pictures it answers in a second, and how much memory it takes.

    python -m benchmarks.answers

The pictures are MNIST's test digits as ink on paper, 400 × 400 pixels, as JPEG. Each command is timed as a user would:
from its start to its end.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from benchmarks.records import AnswersRecord, FolderRow, write_record
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.data.datasets import MNIST
from pipeline.data.sources import fetch, load
from pipeline.ending import run_program
from pipeline.environment import describe_environment
from pipeline.errors import PipelineError
from pipeline.preprocess import decode, prepare

_SIDE_PX = 400
_PAPER, _PEN = 225, 40
_GRAIN = 4.0
_NUM_FIRST = 20
# One in so many files of the larger folder is no picture.
_UNREADABLE_EVERY = 100
_NUM_PREPARED = 500
# The peak of the command's own memory; what the system tells a parent of its children begins with the parent's.
_COMMAND = """
import atexit, pathlib, sys
from pipeline.cli import main
atexit.register(lambda: print(pathlib.Path("/proc/self/status").read_text(), file=sys.stderr))
main()
"""


def main(
    num_pictures: Annotated[int, typer.Option("--pictures", min=1, help="In the smaller folder.")] = 1_000,
    num_files: Annotated[int, typer.Option("--files", min=1, help="In the larger folder, 1 % unreadable.")] = 10_000,
) -> None:
    """Writes results/answers.json."""
    images = load(MNIST, fetch(MNIST, DEFAULT_BUILD_DIR)).test_images
    rng = np.random.default_rng(0)
    with TemporaryDirectory() as folder:
        small, large = Path(folder, "small"), Path(folder, "large")
        _write_pictures(small, images, num_pictures, num_pictures + 1, rng)
        _write_pictures(large, images, num_files, _UNREADABLE_EVERY, rng)
        record = AnswersRecord(
            environment=describe_environment(),
            side_px=_SIDE_PX,
            first_answers_s=tuple(_run(small / "00000.jpg", 1).duration_s for _ in range(_NUM_FIRST)),
            preparations_s=tuple(_time_preparations(sorted(small.iterdir())[:_NUM_PREPARED])),
            folders=(_run(small, num_pictures), _run(large, num_files)),
        )
    print(write_record("answers", record))


def _write_pictures(
    folder: Path, images: NDArray[np.uint8], num: int, unreadable_every: int, rng: np.random.Generator
) -> None:
    folder.mkdir()
    for index in range(num):
        path = folder / f"{index:05}.jpg"
        if index % unreadable_every == unreadable_every - 1:
            path.write_bytes(b"no picture")
            continue
        Image.fromarray(_photographed(images[index % len(images), :, :, 0], rng)).save(path, quality=85)


def _photographed(digit: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A digit in dark ink on light paper: uint8 (400, 400)."""
    ink = np.asarray(Image.fromarray(digit).resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BICUBIC)) / 255
    levels = _PAPER + (_PEN - _PAPER) * ink + rng.normal(0, _GRAIN, ink.shape)
    return levels.clip(0, 255).astype(np.uint8)


def _run(path: Path, num_files: int) -> FolderRow:
    """Asks about a picture or a folder.

    Raises:
        PipelineError: The command did not answer for every file.
    """
    command = [sys.executable, "-c", _COMMAND, "predict", str(path), "--json", "--exports", str(DEFAULT_EXPORTS)]
    started = time.perf_counter()
    result = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    duration_s = time.perf_counter() - started
    peak = re.search(r"VmHWM:\s+(\d+)", result.stderr)
    entries = json.loads(result.stdout or "[]")
    if peak is None or len(entries) != num_files:
        raise PipelineError(
            f"expected answers for {num_files} files, found {len(entries)}; it ended with {result.returncode}: "
            f"{result.stderr[:500]}"
        )
    num_unreadable = sum("this is not a picture" in entry["reason"] for entry in entries)
    return FolderRow(len(entries), num_unreadable, duration_s, int(peak[1]) * 1024)


def _time_preparations(paths: list[Path]) -> list[float]:
    """Seconds of each picture from the bytes of the file to the image that the network sees."""
    contract = read_contract(DEFAULT_EXPORTS)
    contents = [path.read_bytes() for path in paths]
    times = []
    for content in contents:
        started = time.perf_counter()
        prepare(decode(content), contract)
        times.append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    run_program(lambda: typer.run(main))
