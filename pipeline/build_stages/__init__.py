"""The stages of a build, in order. A new one is one file and one entry in `STAGES`.

Every stage reads and writes files below build/; the last one alone touches the exports folder.
"""

from pipeline.build_stages.benchmark import benchmark_stage
from pipeline.build_stages.describe import describe_stage
from pipeline.build_stages.export import export_stage
from pipeline.build_stages.parity import parity_stage
from pipeline.build_stages.rejection import rejection_stage
from pipeline.build_stages.release import release_stage
from pipeline.build_stages.report import report_stage
from pipeline.build_stages.train import train_stage

STAGES = (
    train_stage,
    rejection_stage,
    export_stage,
    parity_stage,
    benchmark_stage,
    report_stage,
    describe_stage,
    release_stage,
)
