"""The third stage: every artifact from the trained model."""

from pipeline import __version__
from pipeline.build_stages.context import MODEL_LICENCE, BuildContext
from pipeline.config import NUM_GOLDEN
from pipeline.environment import package_versions
from pipeline.export import export_all
from pipeline.formats import get_format
from pipeline.formats.base import ExportContext, Metadata
from pipeline.rejection import RULE, TFJS, TFLITE
from pipeline.stages import Stage


def export_stage(context: BuildContext) -> Stage:
    """Makes the artifacts."""
    return Stage(
        name="export",
        modules=(__name__,),
        packages=("tensorflow", "keras", "tensorflowjs", "numpy", "pillow"),
        inputs=(context.model, context.training_json, context.detector, context.rejection_json),
        outputs=(context.artifacts,),
        config={
            **context.data_key,
            "num_golden": NUM_GOLDEN,
            "licences": (MODEL_LICENCE, context.config.dataset.licence),
            "version": __version__,
        },
        run=lambda _: _run(context),
    )


def _run(context: BuildContext) -> str:
    config, info = context.config, context.training.model
    metadata = Metadata(
        name=info.contract,
        arch=info.arch,
        labels=info.labels,
        contract_sha256=config.dataset.contract.sha256,
        num_parameters=info.num_parameters,
        seed=info.seed,
        versions={"same-model": __version__, **package_versions()},
        licence=MODEL_LICENCE,
        data_licence=config.dataset.licence,
    )
    export = ExportContext(
        trained_model=context.model,
        artifacts=context.artifacts,
        contract=config.dataset.contract,
        metadata=metadata,
        calibration_images=context.splits.calibration.images,
        log=config.run_dir / "converter.log",
    )
    rejection = {
        RULE: context.rejection_json,
        TFLITE: context.detector / get_format("tflite/int8").path,
        TFJS: context.detector / get_format("tfjs/uint8").path,
    }
    export_all(export, context.splits.validation, rejection, context.progress)
    return f"artifacts in {context.artifacts}"
