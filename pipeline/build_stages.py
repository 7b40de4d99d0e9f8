"""The stages of a build: data, training, export, parity, benchmark, report, and the release of verified files.

Every stage reads and writes files below build/; the last one alone touches the exports folder.
"""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from pipeline import __version__
from pipeline.architectures import get_architecture
from pipeline.build_config import BuildConfig
from pipeline.charts.report import CHARTS, MEASURED_ARCHITECTURES, draw_charts
from pipeline.config import NUM_BORDERLINE, NUM_GOLDEN, PROJECT_ROOT
from pipeline.data.sources import fetch, load
from pipeline.data.splits import Splits, first, split
from pipeline.environment import describe_environment, package_versions
from pipeline.errors import PipelineError, storage_errors
from pipeline.files import read_bytes, to_json, write_atomically
from pipeline.progress import Progress
from pipeline.release import release
from pipeline.report import render_markdown
from pipeline.results import SCHEMA_VERSION, ModelInfo, Results, read_results, write_results
from pipeline.stages import Stage, is_current, run_stage

MODEL_LICENCE = "Apache-2.0"
RESULTS = "results.json"
REPORT = "report.md"
_JAVASCRIPT = (
    PROJECT_ROOT / "pipeline" / "runtimes" / "js",
    PROJECT_ROOT / "web_demo" / "classifier.js",
    PROJECT_ROOT / "package-lock.json",
)


@dataclass(frozen=True)
class TrainingRecord:
    """What the training stage leaves beside the model: who it is, and which images it did not learn from."""

    model: ModelInfo
    validation_ids: list[int]
    calibration_ids: list[int]


class Build:
    """The stages of one build; data is loaded once, and only when a stage needs it."""

    def __init__(self, config: BuildConfig, progress: Progress) -> None:
        run_dir = config.run_dir
        self.stamps = run_dir / "stamps"
        self.model = run_dir / "model.keras"
        self.training_json = run_dir / "training.json"
        self.training_log = run_dir / "training_log.csv"
        self.charts = run_dir / "charts"
        self.artifacts = run_dir / "artifacts"
        self.parity_json = run_dir / "parity.json"
        self.benchmark_json = run_dir / "benchmark.json"
        self._config, self._progress = config, progress
        self.stages = {stage.name: stage for stage in self._stages()}

    def run(self, names: Iterable[str]) -> None:
        """Runs stages in order, skipping those that are up to date."""
        for name in names:
            stage = self.stages[name]
            if is_current(stage, self.stamps):
                self._progress.note(f"{name}: up to date")
                continue
            started = time.perf_counter()
            summary = run_stage(stage, self.stamps)
            self._progress.note(f"{name}: {summary} ({_duration(time.perf_counter() - started)})")

    def _stages(self) -> Iterable[Stage]:
        config, run_dir = self._config, self._config.run_dir
        architecture, dataset = get_architecture(config.arch), config.dataset
        data = {
            "files": [file.sha256 for file in dataset.files],
            "contract": dataset.contract.sha256,
            "splits": asdict(config.splits),
        }
        yield Stage(
            name="train",
            modules=("pipeline.train", "pipeline.calibration", architecture.build.__module__, "pipeline.data.splits"),
            inputs=(),
            outputs=(self.model, self.training_json, self.training_log),
            config={
                **data,
                "arch": config.arch,
                "recipe": repr(config.recipe),
                "seed": config.seed,
                "num_train_images": config.profile.num_train_images,
                "min_validation_accuracy": architecture.min_validation_accuracy,
            },
            run=self._train,
        )
        yield Stage(
            name="export",
            modules=("pipeline.export",),
            inputs=(self.model, self.training_json),
            outputs=(self.artifacts,),
            config={
                **data,
                "num_golden": NUM_GOLDEN,
                "licences": (MODEL_LICENCE, dataset.licence),
                "version": __version__,
            },
            run=self._export,
        )
        yield Stage(
            name="parity",
            modules=("pipeline.parity",),
            inputs=(self.artifacts, self.training_json, *_JAVASCRIPT),
            outputs=(self.parity_json,),
            config={
                **data,
                "num_test_images": config.profile.num_test_images,
                "wrong_test_labels": dataset.wrong_test_labels,
                "num_borderline": NUM_BORDERLINE,
                "allow_missing": sorted(config.allow_missing),
            },
            run=self._parity,
        )
        yield Stage(
            name="benchmark",
            modules=("pipeline.benchmark",),
            inputs=(self.artifacts, *_JAVASCRIPT),
            outputs=(self.benchmark_json,),
            config=asdict(config.profile.timing),
            run=self._benchmark,
        )
        yield Stage(
            name="report",
            modules=("pipeline.report", "pipeline.charts.report"),
            inputs=(self.parity_json, self.benchmark_json, self.training_log, MEASURED_ARCHITECTURES),
            outputs=(run_dir / RESULTS, run_dir / REPORT, self.charts),
            config=data,
            run=self._report,
        )
        yield Stage(
            name="release",
            modules=("pipeline.release",),
            inputs=(self.artifacts, self.training_json, run_dir / RESULTS, run_dir / REPORT, self.charts),
            outputs=(config.exports,),
            config={},
            run=self._release,
        )

    @cached_property
    def _splits(self) -> Splits:
        config = self._config
        folder = fetch(config.dataset, config.build_dir, config.data_dir)
        return split(load(config.dataset, folder), config.splits)

    def _train(self, key: str) -> str:
        from pipeline.calibration import calibrate
        from pipeline.train import train, untrained_model

        config, splits, architecture = self._config, self._splits, get_architecture(self._config.arch)
        model = untrained_model(architecture, config.dataset.contract, config.seed)
        train_set = first(splits.train, config.profile.num_train_images)
        history = train(
            model, config.recipe, train_set, splits.validation, config.seed, config.run_dir, key, self._progress
        )
        accuracy, lowest = history[-1].validation_accuracy, architecture.min_validation_accuracy
        if accuracy < lowest:
            raise PipelineError(
                f"expected a validation accuracy of {lowest:.0%} or more, found {accuracy:.2%}; "
                "next: the same command with another --seed"
            )
        temperature = calibrate(model, splits.validation) if config.recipe.is_calibrated else 1.0
        unfinished = self.model.with_name("unfinished.keras")
        with storage_errors("write", self.model):
            model.save(unfinished)
            unfinished.replace(self.model)
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
        write_atomically(self.training_json, to_json(record))
        return f"{config.arch}, validation accuracy {accuracy:.2%}"

    def _export(self, key: str) -> str:
        from pipeline.export import export_all
        from pipeline.formats.base import ExportContext, Metadata

        config, info = self._config, self.record().model
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
        context = ExportContext(
            trained_model=self.model,
            artifacts=self.artifacts,
            contract=config.dataset.contract,
            metadata=metadata,
            calibration_images=self._splits.calibration.images,
            log=config.run_dir / "converter.log",
        )
        export_all(context, self._splits.validation, self._progress)
        return f"artifacts in {self.artifacts}"

    def _parity(self, key: str) -> str:
        from pipeline.parity import run_parity
        from pipeline.quality import assess_reference

        config = self._config
        test = first(self._splits.test, config.profile.num_test_images)
        rows = run_parity(
            self.artifacts, config.dataset.contract, test, self._progress, allow_missing=config.allow_missing
        )
        wrong_labels = config.dataset.wrong_test_labels
        quality = assess_reference(self.artifacts, config.dataset.contract, test, wrong_labels)
        results = Results(SCHEMA_VERSION, describe_environment(), self.record().model, quality, rows)
        write_results(results, self.parity_json)
        return f"{sum(row.is_accepted for row in rows)} of {len(rows)} rows are accepted"

    def _benchmark(self, key: str) -> str:
        from pipeline.benchmark import measure_sizes, run_benchmark
        from pipeline.export import read_golden_images

        config, contract = self._config, self._config.dataset.contract
        image = read_golden_images(self.artifacts, contract)[0]
        rows = run_benchmark(self.artifacts, contract, image, config.profile.timing, self._progress)
        results = Results(SCHEMA_VERSION, describe_environment(), timings=rows, sizes=measure_sizes(self.artifacts))
        write_results(results, self.benchmark_json)
        return f"{len(rows)} rows timed"

    def _report(self, key: str) -> str:
        from pipeline.train import read_log

        measured = read_results(self.benchmark_json)
        results = replace(read_results(self.parity_json), timings=measured.timings, sizes=measured.sizes)
        write_results(results, self._config.run_dir / RESULTS)
        draw_charts(results, read_log(self.training_log), self._splits.test, self.charts)
        write_atomically(self._config.run_dir / REPORT, render_markdown(results, CHARTS).encode())
        return f"{RESULTS}, {REPORT} and charts"

    def _release(self, key: str) -> str:
        config = self._config
        extras = (config.run_dir / RESULTS, config.run_dir / REPORT, self.charts)
        release(self.artifacts, extras, self._provenance(), config.exports)
        return f"verified files in {config.exports}"

    def record(self) -> TrainingRecord:
        """What the training stage left."""
        return msgspec.json.decode(read_bytes(self.training_json), type=TrainingRecord)

    def _provenance(self) -> dict[str, Any]:
        config, record = self._config, self.record()
        return {
            "made_by": f"same-model {__version__}",
            "model": record.model,
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
                "validation_ids": record.validation_ids,
                "calibration_ids": record.calibration_ids,
            },
            "environment": describe_environment(),
        }


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"
