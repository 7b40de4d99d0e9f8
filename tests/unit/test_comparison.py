from dataclasses import replace

import pytest

from pipeline.charts.architectures import ArchitecturePoint
from pipeline.comparison import measured_architectures
from pipeline.results import SCHEMA_VERSION, ModelInfo, Quality, Results, write_results

MODEL = ModelInfo("mnist", ("0", "1"), "edge", 29_818, "default", 0, 32, 300.0, 0.995, 0.8)
QUALITY = Quality(100, 0.99, 0, 0.99, 0.001, ((50, 0), (1, 49)), ())


@pytest.fixture
def write(environment, tmp_path):
    def write_run(accuracy, **model):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        quality = replace(QUALITY, accuracy=accuracy)
        write_results(Results(SCHEMA_VERSION, environment, replace(MODEL, **model), quality), path)
        return path

    return write_run


def test_measured_architectures_are_means_over_seeds(write):
    files = [write(0.98), write(1.0), write(0.9, arch="mlp-128", num_parameters=101_770)]
    assert measured_architectures(files, "default") == [
        ArchitecturePoint("edge", 29_818, pytest.approx(0.99), pytest.approx(0.01 * 2**0.5), is_ours=True),
        ArchitecturePoint("mlp-128", 101_770, 0.9, None, is_ours=False),
    ]


def test_measured_architectures_leave_out_other_profiles_and_damaged_files(write, tmp_path):
    damaged = tmp_path / "damaged.json"
    damaged.write_bytes(b"{")
    assert measured_architectures([damaged, write(0.97, profile="quick")], "default") == []
