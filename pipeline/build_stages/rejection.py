"""The second stage: the detector that tells pictures of a symbol from all others, and the rule of rejection."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline import __version__
from pipeline.build_stages.context import JAVASCRIPT, MODEL_LICENCE, BuildContext
from pipeline.detector import DETECTOR, choose_threshold, prepared_images, training_set
from pipeline.environment import ENGINE_PACKAGES, package_versions
from pipeline.errors import EngineMissing, PipelineError
from pipeline.export import export_formats
from pipeline.files import to_json, write_atomically
from pipeline.formats import get_format
from pipeline.formats.base import ExportContext, Metadata
from pipeline.formats.keras_file import KERAS
from pipeline.outliers import draw_outliers
from pipeline.rejection import RejectionRule, with_none
from pipeline.runtimes import RUNTIMES
from pipeline.runtimes.keras_model import KERAS_MODEL
from pipeline.stages import Stage
from pipeline.train import train, untrained_model

# For each epoch of the recipe that is trained.
_DRAWN_PER_EPOCH = 1_000
_NUM_JUDGED = 1_000
_NUM_PREPARED = 2_000
# To reject what somebody wrote is worse than to answer what nobody did.
_KEPT = 0.998
_LEAST_AGREEMENT = 0.99
_LEAST_REJECTED = 0.25
_SEED = 0
INT8, TFJS = get_format("tflite/int8"), get_format("tfjs/uint8")
ENGINES = {INT8: "litert", TFJS: "tfjs-node-wasm"}
# TF.js' bytes are chosen by the names in its float file.
_FORMATS = ("keras", "saved_model", INT8.name, "tfjs/float32", TFJS.name)


def rejection_stage(context: BuildContext) -> Stage:
    """Trains the detector, exports it and chooses the threshold."""
    return Stage(
        name="rejection",
        modules=(__name__,),
        packages=(*ENGINE_PACKAGES, "matplotlib"),
        inputs=JAVASCRIPT,
        outputs=(context.detector, context.rejection_json),
        config={
            **context.data_key,
            "epochs": _epochs(context),
            "licences": (MODEL_LICENCE, context.config.dataset.licence),
            "version": __version__,
        },
        run=lambda key: _run(context, key),
    )


def _run(context: BuildContext, key: str) -> str:
    config, splits = context.config, context.splits
    contract = config.dataset.contract
    epochs = _epochs(context)
    context.progress.note("rejection: draws pictures of other things")
    learnt = training_set(splits.train, contract, epochs * _DRAWN_PER_EPOCH, _SEED)
    others = draw_outliers(_NUM_JUDGED, splits.validation, contract, _SEED + 1)
    model = untrained_model(DETECTOR, with_none(contract), _SEED)
    recipe = replace(DETECTOR.recipe, epochs=epochs)
    folder = context.detector.parent
    folder.mkdir(parents=True, exist_ok=True)
    history = train(model, recipe, learnt, splits.validation, _SEED, folder, key, context.progress)
    accuracy, lowest = history[-1].validation_accuracy, DETECTOR.min_validation_accuracy
    if accuracy < lowest:
        raise PipelineError(f"detector: expected a validation accuracy of {lowest:.0%} or more, found {accuracy:.2%}")
    trained = folder / "model.keras"
    model.save(trained)
    unlike = draw_outliers(len(splits.calibration), splits.train, contract, _SEED + 2)
    calibration = np.concatenate([splits.calibration.images, unlike])
    export_formats(
        _export_context(context, trained, calibration), [get_format(name) for name in _FORMATS], context.progress
    )
    rule = _choose_rule(context, others)
    write_atomically(context.rejection_json, to_json(rule))
    return f"validation accuracy {accuracy:.2%}, {rule.rejected:.1%} of other pictures rejected"


def _epochs(context: BuildContext) -> int:
    return max(1, round(DETECTOR.recipe.epochs * context.config.profile.epochs_scale))


def _export_context(context: BuildContext, trained: Path, calibration: NDArray[np.uint8]) -> ExportContext:
    dataset = context.config.dataset
    contract = with_none(dataset.contract)
    metadata = Metadata(
        name=contract.name,
        arch=DETECTOR.name,
        labels=contract.labels,
        contract_sha256=contract.sha256,
        num_parameters=DETECTOR.build(contract).count_params(),
        seed=_SEED,
        versions={"same-model": __version__, **package_versions()},
        licence=MODEL_LICENCE,
        data_licence=dataset.licence,
    )
    log = context.detector.parent / "converter.log"
    return ExportContext(trained, context.detector, contract, metadata, calibration, log)


def _choose_rule(context: BuildContext, others: NDArray[np.uint8]) -> RejectionRule:
    """The threshold for the file that `pipeline predict` runs, and how the engines agree on what it decides.

    Raises:
        PipelineError: Too few of the other pictures are rejected, or an engine decides otherwise than Keras.
    """
    contract, validation = context.config.dataset.contract, context.splits.validation
    in_litert = _none_probabilities(context, INT8.path, ENGINES[INT8])
    prepared = prepared_images(validation.images[:_NUM_PREPARED], contract)[0]
    threshold = choose_threshold(_KEPT, INT8.output_step, in_litert(validation.images), in_litert(prepared))
    rejected = float(np.mean(in_litert(others) > threshold))
    if rejected < _LEAST_REJECTED:
        raise PipelineError(
            f"detector: expected {_LEAST_REJECTED:.0%} of the pictures of other things to be rejected or more, "
            f"found {rejected:.1%} where {_KEPT:.1%} of the validation images are kept"
        )
    judged = np.concatenate([validation.images[: len(others)], others])
    expected = _none_probabilities(context, KERAS.path, KERAS_MODEL.name)(judged) > threshold
    engines = {}
    for format_, engine in ENGINES.items():
        try:
            decided = _none_probabilities(context, format_.path, engine)(judged) > threshold
        except EngineMissing:
            continue  # The gate says so for the classifier.
        engines[f"{format_.name} in {engine}"] = agreement = float(np.mean(decided == expected))
        if agreement < _LEAST_AGREEMENT:
            raise PipelineError(
                f"{format_.name} of the detector in {engine}: expected the decisions of Keras on "
                f"{_LEAST_AGREEMENT:.0%} of the images or more, found {agreement:.2%}"
            )
    return RejectionRule(with_none(contract).labels, threshold, _KEPT, rejected, engines)


def _none_probabilities(
    context: BuildContext, path: str, engine: str
) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    runner = RUNTIMES[engine].load(context.detector / path, with_none(context.config.dataset.contract))
    return lambda images: runner.predict(images)[:, -1]
