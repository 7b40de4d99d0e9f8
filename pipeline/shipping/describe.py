"""Fills the contract of a release from the artifacts themselves."""

from collections import Counter
from collections.abc import Iterable
from math import prod
from pathlib import Path

from pipeline.contract import ModelContract, read_contract
from pipeline.export import GOLDEN_EXPECTED, GOLDEN_IMAGES, read_golden_images
from pipeline.files import files_below, read_bytes, sha256
from pipeline.formats import FORMATS
from pipeline.formats.base import QUANTISED, Format
from pipeline.formats.tfjs_file import read_model_json
from pipeline.formats.tflite_file import TensorInfo, read_tflite
from pipeline.rejection import TFJS, TFLITE, read_rule
from pipeline.shipping.contract import (
    Golden,
    Input,
    Output,
    Preprocessing,
    Rejection,
    ShippedContract,
    ShippedFile,
    Tensor,
)
from pipeline.shipping.golden import FLOAT_LIMIT, expected_path, integer_limit, restore, stored_dtype
from pipeline.shipping.golden_detector import describe_expected_none
from pipeline.shipping.preparation_steps import preparation_steps


def describe(artifacts: Path, outputs: Path) -> ShippedContract:
    """The contract of all artifacts in a folder.

    Args:
        artifacts: The folder.
        outputs: Where the expected outputs are below golden/; those of an engine that is missing are not.

    Raises:
        ArtifactError: One is missing or damaged, or an engine is too far from what it has to answer.
    """
    contract = read_contract(artifacts)
    images, spec = read_golden_images(artifacts, contract), contract.input
    return ShippedContract(
        schema_version=contract.schema_version,
        name=contract.name,
        input=Input(spec.height, spec.width, spec.channels, spec.dtype, spec.value_range, spec.polarity),
        labels=contract.labels,
        preprocessing=Preprocessing(contract.preprocessing.box_px, contract.preprocessing.centre),
        output=Output("probabilities", contract.num_labels),
        preparation=preparation_steps(contract),
        golden=Golden(GOLDEN_IMAGES.as_posix(), "golden/NN.png", GOLDEN_EXPECTED.as_posix(), len(images)),
        files=tuple(_describe_file(format_, artifacts, outputs, contract) for format_ in FORMATS.values()),
        rejection=_describe_rejection(artifacts, outputs, contract),
    )


def _describe_rejection(artifacts: Path, outputs: Path, contract: ModelContract) -> Rejection:
    rule = read_rule(artifacts)
    return Rejection(
        tflite=TFLITE,
        tfjs=TFJS,
        labels=rule.labels,
        max_none_probability=rule.max_none_probability,
        kept=rule.kept,
        sha256=_sha256_of_parts(artifacts, TFLITE) | _sha256_of_parts(artifacts, TFJS),
        expected=describe_expected_none(artifacts, outputs, contract),
    )


def _sha256_of_parts(artifacts: Path, path: str) -> dict[str, str]:
    return {part.relative_to(artifacts).as_posix(): sha256(read_bytes(part)) for part in files_below(artifacts / path)}


def _describe_file(format_: Format, artifacts: Path, outputs: Path, contract: ModelContract) -> ShippedFile:
    path, expected = artifacts / format_.path, expected_path(format_)
    lacks_outputs = expected is not None and not (outputs / expected).is_file()
    given, answer, weights = _tensors(format_, path, contract)
    return ShippedFile(
        format=format_.name,
        path=format_.path,
        weights=weights,
        input=given,
        output=answer,
        expected=None if lacks_outputs else expected,
        max_difference=format_.tolerance.max_probability_difference
        if lacks_outputs
        else _max_difference(format_, artifacts, outputs, contract),
        bytes=sum(part.stat().st_size for part in files_below(path)),
        sha256=_sha256_of_parts(artifacts, format_.path),
    )


def _max_difference(format_: Format, artifacts: Path, outputs: Path, contract: ModelContract) -> float:
    """What engines may differ by."""
    expected = expected_path(format_)
    if expected is None or format_.tolerance is not QUANTISED or format_.family != "tflite":
        return FLOAT_LIMIT
    path = artifacts / format_.path
    stored = restore(read_bytes(outputs / expected), stored_dtype(format_, path), contract.num_labels)
    return integer_limit(path, contract, read_golden_images(artifacts, contract), stored)


def _tensors(format_: Format, path: Path, contract: ModelContract) -> tuple[Tensor, Tensor, str]:
    """Input, output, and how most weights are stored."""
    if format_.family == "tflite":
        info = read_tflite(path)
        weights = _most((kernel.dtype, kernel.num_elements) for kernel in info.kernels)
        return _tensor(info.inputs[0]), _tensor(info.outputs[0]), weights
    weights = "float32"
    if format_.family == "tfjs":
        groups = read_model_json(path).weightsManifest
        weights = _most((weight.stored_dtype, prod(weight.shape)) for group in groups for weight in group.weights)
    given = Tensor("float32", (None, *contract.input.shape), None, None)
    return given, Tensor("float32", (None, contract.num_labels), None, None), weights


def _most(sizes: Iterable[tuple[str, int]]) -> str:
    total: Counter[str] = Counter()
    for dtype, size in sizes:
        total[dtype] += size
    return total.most_common(1)[0][0]


def _tensor(info: TensorInfo) -> Tensor:
    if info.dtype == "uint8":
        return Tensor("uint8", info.shape, info.scale, info.zero_point)
    return Tensor("float32", info.shape, None, None)
