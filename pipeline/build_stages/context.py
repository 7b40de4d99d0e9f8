"""What the stages of one build share: the user's choices, the places of files, and the data, loaded once."""

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from pipeline.architectures import get_architecture
from pipeline.architectures.base import Architecture
from pipeline.build_config import BuildConfig
from pipeline.config import PROJECT_ROOT
from pipeline.data.splits import Splits, load_splits
from pipeline.files import read_bytes
from pipeline.progress import Progress
from pipeline.rejection import FOLDER, RULE
from pipeline.shipping.contract import CONTRACT, SCHEMA
from pipeline.shipping.model_card import MODEL_CARD
from pipeline.stages import Stage
from pipeline.training_record import TrainingRecord

MODEL_LICENCE = "Apache-2.0"
JAVASCRIPT = (
    PROJECT_ROOT / "pipeline" / "runtimes" / "js",
    PROJECT_ROOT / "web_demo" / "classifier.js",
    PROJECT_ROOT / "package-lock.json",
)


class BuildContext:
    """One build.

    Args:
        config: The user's choices.
        progress: Told how far the work is.
    """

    def __init__(self, config: BuildConfig, progress: Progress) -> None:
        run_dir, detector_dir = config.run_dir, config.detector_dir
        self.config, self.progress = config, progress
        self.model = run_dir / "model.keras"
        self.training_json = run_dir / "training.json"
        self.training_log = run_dir / "training_log.csv"
        self.detector = detector_dir / FOLDER / "artifacts"
        self.rejection_json = detector_dir / RULE
        self.artifacts = run_dir / "artifacts"
        self.parity_json = run_dir / "parity.json"
        self.benchmark_json = run_dir / "benchmark.json"
        self.results_json = run_dir / "results.json"
        self.report_md = run_dir / "report.md"
        self.report_html = run_dir / "report.html"
        self.charts = run_dir / "charts"
        self.description = run_dir / "description"
        self.described = tuple(self.description / name for name in (CONTRACT, SCHEMA, MODEL_CARD, "golden"))

    def stamps_of(self, stage: Stage) -> Path:
        """The folder of a stage's stamp: that of the detector is shared as the detector is."""
        folder = self.config.detector_dir if self.rejection_json in stage.outputs else self.config.run_dir
        return folder / "stamps"

    @property
    def architecture(self) -> Architecture:
        """What is trained."""
        return get_architecture(self.config.arch)

    @cached_property
    def splits(self) -> Splits:
        """The images; fetched and loaded when a stage first needs them."""
        config = self.config
        return load_splits(config.dataset, config.splits, config.build_dir, config.data_dir)

    @property
    def training(self) -> TrainingRecord:
        """What the training stage left."""
        return msgspec.json.decode(read_bytes(self.training_json), type=TrainingRecord)

    @property
    def data_key(self) -> dict[str, Any]:
        """Everything that decides which images there are and what they look like."""
        dataset = self.config.dataset
        return {
            "files": [file.sha256 for file in dataset.files],
            "contract": dataset.contract.sha256,
            "splits": self.config.splits,
        }
