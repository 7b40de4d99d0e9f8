"""The first stage: a trained model, its record and its log."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.build_stages.context import BuildContext
from pipeline.errors import PipelineError, storage_errors
from pipeline.files import to_json, write_atomically
from pipeline.stages import Stage
from pipeline.temperature_scaling import scale_temperature
from pipeline.train import train, untrained_model
from pipeline.training_record import ModelInfo, TrainingRecord

if TYPE_CHECKING:
    import keras


def train_stage(context: BuildContext) -> Stage:
    """Trains the architecture, or goes on where a training was stopped."""
    config, architecture = context.config, context.architecture
    return Stage(
        name="train",
        modules=(__name__, architecture.build.__module__),
        packages=("tensorflow", "keras", "numpy", "scipy"),
        inputs=(),
        outputs=(context.model, context.training_json, context.training_log),
        config={
            **context.data_key,
            "arch": config.arch,
            "profile": config.profile.name,
            "recipe": repr(config.recipe),
            "seed": config.seed,
            "min_validation_accuracy": architecture.min_validation_accuracy,
        },
        run=lambda key: _run(context, key),
    )


def _run(context: BuildContext, key: str) -> str:
    config, splits = context.config, context.splits
    model = untrained_model(context.architecture, config.dataset.contract, config.seed)
    history = train(
        model, config.recipe, splits.train, splits.validation, config.seed, config.run_dir, key, context.progress
    )
    accuracy, lowest = history[-1].validation_accuracy, context.architecture.min_validation_accuracy
    if accuracy < lowest:
        raise PipelineError(
            f"expected a validation accuracy of {lowest:.0%} or more, found {accuracy:.2%}; "
            "next: the same command with another --seed"
        )
    temperature = scale_temperature(model, splits.validation) if config.recipe.has_temperature_scaling else 1.0
    _save(model, context.model)
    info = ModelInfo(
        contract=config.dataset.contract.name,
        labels=config.dataset.contract.labels,
        arch=config.arch,
        num_parameters=sum(int(np.prod(weight.shape)) for weight in model.weights),
        profile=config.profile.name,
        seed=config.seed,
        epochs=config.recipe.epochs,
        training_s=sum(entry.duration_s for entry in history),
        validation_accuracy=accuracy,
        temperature=temperature,
    )
    record = TrainingRecord(info, splits.validation.ids.tolist(), splits.calibration.ids.tolist())
    write_atomically(context.training_json, to_json(record))
    return f"{config.arch}, validation accuracy {accuracy:.2%}"


def _save(model: "keras.Model", path: Path) -> None:
    unfinished = path.with_name("unfinished.keras")
    with storage_errors("write", path):
        model.save(unfinished)
        unfinished.replace(path)
