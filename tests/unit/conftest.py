import hashlib
from dataclasses import replace

import numpy as np
import pytest

from pipeline.data.datasets import MNIST, IdxFile, IdxPair
from pipeline.data.idx import decompress, write_idx
from pipeline.results import Agreement, Environment


@pytest.fixture
def tiny_dataset(tmp_path):
    """Twenty images that are a data set of their own, in a folder "data"; returns (dataset, folder)."""
    random = np.random.default_rng(0)
    folder = tmp_path / "data"
    folder.mkdir()
    contents = {}
    for part in ("train", "test"):
        contents[f"{part}-images"] = random.integers(0, 256, (20, 28, 28), np.uint8)
        contents[f"{part}-labels"] = np.arange(20, dtype=np.uint8) % 10
    files = {}
    for name, values in contents.items():
        content = decompress(write_idx(values), name)
        (folder / name).write_bytes(content)
        files[name] = IdxFile(name, hashlib.sha256(content).hexdigest())
    dataset = replace(
        MNIST,
        name="tiny",
        train=IdxPair(files["train-images"], files["train-labels"]),
        test=IdxPair(files["test-images"], files["test-labels"]),
    )
    return dataset, folder


@pytest.fixture
def agreement():
    """An artifact that gives every one of 1,000 images the same answer as the reference."""
    return Agreement(
        num_images=1000,
        num_flips=0,
        accuracy=0.99,
        accuracy_interval=(0.98, 0.995),
        accuracy_drop_pp=0.0,
        drop_interval_pp=(-0.2, 0.2),
        mcnemar_p=1.0,
        max_probability_difference=0.0,
        mean_probability_difference=0.0,
        confidence_drift=0.0,
        calibration_error=0.002,
        lost_by_label=(0,) * 10,
    )


@pytest.fixture
def environment():
    return Environment(
        date="2025-01-31",
        cpu="Test CPU",
        num_cpus=2,
        governor="performance",
        system="Linux x86_64",
        python="3.11.7",
        versions={"keras": "3.10.0"},
    )
