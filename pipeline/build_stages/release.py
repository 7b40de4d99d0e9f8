"""The last stage: the verified files take the place of the exports folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import __version__
from pipeline.build_stages.context import MODEL_LICENCE, BuildContext
from pipeline.environment import describe_environment
from pipeline.files import sha256
from pipeline.release import release
from pipeline.stages import Stage


def release_stage(context: BuildContext) -> Stage:
    """Replaces the exports folder as a whole."""
    extras = _extras(context)
    return Stage(
        name="release",
        modules=(__name__,),
        packages=(),
        inputs=(context.artifacts, context.training_json, *extras),
        outputs=(context.config.exports,),
        config={"recipe": repr(context.config.recipe)},
        run=lambda _: _run(context),
    )


def _run(context: BuildContext) -> str:
    release(context.artifacts, _extras(context), _provenance(context), context.config.exports)
    return f"verified files in {context.config.exports}"


def _extras(context: BuildContext) -> tuple[Path, ...]:
    """The whole contract takes the place of the artifacts' own."""
    return (context.results_json, context.report_md, context.report_html, *context.described)


def ids_sha256(ids: Sequence[int]) -> str:
    """SHA-256 of row numbers as int64, little-endian: which images they were, in a line instead of thousands."""
    return sha256(np.array(ids, "<i8").tobytes())


def _provenance(context: BuildContext) -> dict[str, Any]:
    config, training = context.config, context.training
    return {
        "made_by": f"same-model {__version__}",
        "model": training.model,
        "optimizer": type(config.recipe.optimizer).__name__,
        "recipe": config.recipe,
        "licence": MODEL_LICENCE,
        "contract_sha256": config.dataset.contract.sha256,
        "data": {
            "name": config.dataset.name,
            "licence": config.dataset.licence,
            "files": {file.name: file.sha256 for file in config.dataset.files},
        },
        "splits": {
            "seed": config.splits.seed,
            "num_validation": len(training.validation_ids),
            "num_calibration": len(training.calibration_ids),
            "validation_ids_sha256": ids_sha256(training.validation_ids),
            "calibration_ids_sha256": ids_sha256(training.calibration_ids),
        },
        "environment": describe_environment(),
    }
