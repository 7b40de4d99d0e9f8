"""Images on which programs decide whether there is an answer, and what LiteRT decides."""

import json
from pathlib import Path

import numpy as np

from pipeline.data.splits import Subset
from pipeline.export import GOLDEN_EXPECTED, read_golden_images
from pipeline.outliers import draw_outliers
from pipeline.rejection import TFLITE, read_rule, with_none
from pipeline.shipping.golden_detector import detector_images

_NUM_DRAWN = 40


def judged_images(exports: Path, contract):
    """Uint8 images: golden ones and what is made of them, none, a cross, and drawn pictures of other things."""
    golden = read_golden_images(exports, contract)
    blank = np.zeros((1, *golden.shape[1:]), np.uint8)
    cross = blank.copy()
    cross[:, 12:16], cross[:, :, 12:16] = 255, 255
    labels = np.array(json.loads((exports / GOLDEN_EXPECTED).read_bytes())["labels"])
    drawn = draw_outliers(_NUM_DRAWN, Subset(golden, labels, labels), contract, seed=3)
    return np.concatenate([detector_images(golden), blank, cross, drawn])


def none_probabilities(exports: Path, runtime, contract, images):
    """What the detector's integer file answers in an engine, float32 (N,)."""
    return runtime.load(exports / TFLITE, with_none(contract)).predict(images)[:, -1]


def withheld(exports: Path, runtime, contract, images):
    """Which images get no answer, bool (N,); some of them do, and some do not."""
    decided = none_probabilities(exports, runtime, contract, images) > read_rule(exports).max_none_probability
    assert 5 < decided.sum() < len(images) - 5
    return decided
