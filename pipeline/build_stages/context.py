"""What the stages of one build share: the user's choices, the places of files, and the data, loaded once."""

from functools import cached_property
from typing import Any

import msgspec

from pipeline.architectures import get_architecture
from pipeline.architectures.base import Architecture
from pipeline.build_config import BuildConfig
from pipeline.config import PROJECT_ROOT
from pipeline.data.splits import Splits, load_splits
from pipeline.files import read_bytes
from pipeline.progress import Progress
from pipeline.shipping.contract import CONTRACT, SCHEMA
from pipeline.shipping.model_card import MODEL_CARD
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
        run_dir = config.run_dir
        self.config, self.progress = config, progress
        self.stamps = run_dir / "stamps"
        self.model = run_dir / "model.keras"
        self.training_json = run_dir / "training.json"
        self.training_log = run_dir / "training_log.csv"
        self.detector = run_dir / "rejection" / "artifacts"
        self.rejection_json = run_dir / "rejection" / "rule.json"
        self.artifacts = run_dir / "artifacts"
        self.parity_json = run_dir / "parity.json"
        self.benchmark_json = run_dir / "benchmark.json"
        self.results_json = run_dir / "results.json"
        self.report_md = run_dir / "report.md"
        self.report_html = run_dir / "report.html"
        self.charts = run_dir / "charts"
        self.description = run_dir / "description"
        self.described = tuple(self.description / name for name in (CONTRACT, SCHEMA, MODEL_CARD, "golden"))

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
