"""Feeds damaged pictures to the reader and the preparation, and odd grey pictures to the preparation and the sheets.

python tests/fuzz/reader.py --minutes 10

Every input has to end in an image or in a PipelineError of one line, within ten seconds and 1 GB, and nothing may be
written to standard error. Inputs that do not are kept in build/fuzz/.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from mutate import mutate, seeds

from pipeline.data.datasets import MNIST
from pipeline.errors import PipelineError
from pipeline.files import sha256
from pipeline.preprocess import decode, prepare
from pipeline.segmentation import find_symbols

FOLDER = Path("build/fuzz")
MAX_S, MAX_KIB = 10.0, 1_000_000
_GREY_SHARE = 0.1


def check(content, log):
    """What became of an input; raises whatever is not allowed.

    Args:
        content: Bytes of a file, or uint8 (height, width).
        log: Descriptor of the file that standard error goes to.
    """
    message = "-"
    written, started = os.fstat(log).st_size, time.process_time()
    try:
        grey = decode(content) if isinstance(content, bytes) else content
        outcome = "read"
        image = prepare(grey, MNIST.contract)
        assert (image.shape, image.dtype) == ((28, 28, 1), np.uint8)
        assert image.max() > 0
        if not isinstance(content, bytes):
            find_symbols(grey)
        outcome = "answered"
    except PipelineError as error:
        message = str(error)
        outcome = "read, no ink" if "expected ink" in message else "refused"
    assert message.strip()
    assert len(message.splitlines()) == 1
    sys.stderr.flush()
    assert os.fstat(log).st_size == written, "something was written to standard error"
    assert time.process_time() - started < MAX_S, "too slow"
    assert _peak_kib() < MAX_KIB, "too much memory"
    return outcome


def odd_grey(random):
    """A picture that no camera takes: noise, stripes, steps, blots, of any shape."""
    height, width = (int(2 ** random.uniform(0, 8)) for _ in range(2))
    rows, columns = np.mgrid[0:height, 0:width]
    kind = random.integers(6)
    period = int(random.integers(1, 40))
    levels = [
        random.integers(0, 256, (height, width)),
        (random.random((height, width)) < random.random()) * 255,
        (rows // period % 2) * random.integers(256) + (columns // period % 3) * 40,
        rows * random.integers(1, 9) + columns * random.integers(1, 9),
        random.integers(0, 256, (height, 1)) + 0 * columns,
        np.where((rows - height / 2) ** 2 + (columns - width / 2) ** 2 < period**2, 20, 200),
    ][kind]
    return (levels % 256).astype(np.uint8)


@contextmanager
def standard_error_to(path):
    """Sends everything that is written to descriptor 2 into a file; gives the file's descriptor."""
    saved = os.dup(2)
    with path.open("wb") as stream:
        os.dup2(stream.fileno(), 2)
        try:
            yield stream.fileno()
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def run(seed, is_over, keep):
    """Tries inputs until it is over.

    Args:
        seed: Of the random numbers.
        is_over: Asked with the number of inputs so far.
        keep: Called with the bytes of an input that breaks a rule, and the error.

    Returns:
        How many inputs had each outcome.
    """
    random = np.random.default_rng(seed)
    contents = [content for _, content in seeds()]
    outcomes = Counter()
    with tempfile.TemporaryDirectory() as folder, standard_error_to(Path(folder) / "stderr") as log:
        while not is_over(outcomes.total()):
            content = odd_grey(random) if random.random() < _GREY_SHARE else mutate(random, contents)
            try:
                outcomes[check(content, log)] += 1
            except Exception as error:
                outcomes["BROKEN"] += 1
                keep(content if isinstance(content, bytes) else _as_pgm(content), error)
    return outcomes


def _as_pgm(levels):
    return f"P5 {levels.shape[1]} {levels.shape[0]} 255\n".encode() + levels.tobytes()


def _keep(content, error):
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{sha256(content)[:16]}.bin"
    path.write_bytes(content)
    print(f"{path}: {type(error).__name__}: {error}", flush=True)


def _peak_kib():
    """Of this program alone: ru_maxrss begins with the peak of the process that started it."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def _is_over(options, num_inputs, started):
    if options.inputs is not None:
        return num_inputs >= options.inputs
    return time.monotonic() - started > 60 * options.minutes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--inputs", type=int, help="stop after so many instead")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.monotonic()
    outcomes = run(options.seed, lambda num_inputs: _is_over(options, num_inputs, started), _keep)
    minutes, peak_mib = (time.monotonic() - started) / 60, _peak_kib() // 1024
    print(f"{outcomes.total():,} inputs in {minutes:.1f} minutes: {dict(outcomes)}; peak memory {peak_mib} MiB")
    sys.exit(1 if outcomes["BROKEN"] else 0)


if __name__ == "__main__":
    main()
