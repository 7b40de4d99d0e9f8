"""The numbers of TF.js graph models."""

from pathlib import Path

import numpy as np

from pipeline.files import read_bytes
from pipeline.formats.tfjs_file import Weight, read_model_json
from pipeline.formats.weights import Weights, half_precision_rounding


def read_weights(folder: Path) -> list[Weights]:
    """Every float weight of a model, in the order of its manifest.

    Raises:
        ArtifactError: The model is damaged.
        StorageError: A file cannot be read.
    """
    weights = []
    for group in read_model_json(folder).weightsManifest:
        content = b"".join(read_bytes(folder / name) for name in group.paths)
        start = 0
        for weight in group.weights:
            if weight.dtype == "float32":
                weights.append(_read(weight, content[start : start + weight.num_bytes]))
            start += weight.num_bytes
    return weights


def _read(weight: Weight, content: bytes) -> Weights:
    with np.errstate(invalid="ignore"):  # a damaged shard may hold signalling NaNs
        stored = np.frombuffer(content, weight.stored_dtype).reshape(weight.shape).astype(np.float64)
    if weight.stored_dtype == "float16":
        return Weights(weight.name, stored, half_precision_rounding(stored))
    if weight.quantization is None:
        return Weights(weight.name, stored, np.zeros(()))
    step = weight.quantization.scale
    return Weights(weight.name, stored * step + weight.quantization.min, np.array(step / 2))
