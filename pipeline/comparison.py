"""Which architectures were measured on this machine, and how good is each?"""

from pathlib import Path
from statistics import fmean, stdev

from pipeline.architectures import OURS
from pipeline.charts.architectures import ArchitecturePoint
from pipeline.errors import ArtifactError
from pipeline.results import Results, read_results


def measured_architectures(parity_files: list[Path], profile: str) -> list[ArchitecturePoint]:
    """One point for each architecture: the mean over its seeds.

    Args:
        parity_files: Results of parity, one of each run; those that cannot be read are left out.
        profile: Runs of another profile are left out, as they were trained for longer or shorter.
    """
    runs: dict[str, list[tuple[int, float]]] = {}
    for path in parity_files:
        results = _read_or_none(path)
        if results and results.model and results.quality and results.model.profile == profile:
            run = (results.model.num_parameters, results.quality.accuracy)
            runs.setdefault(results.model.arch, []).append(run)
    ours = {architecture.name for architecture in OURS}
    points = []
    for name, measured in sorted(runs.items()):
        accuracies = [accuracy for _, accuracy in measured]
        deviation = stdev(accuracies) if len(accuracies) > 1 else None
        points.append(ArchitecturePoint(name, measured[0][0], fmean(accuracies), deviation, name in ours))
    return points


def _read_or_none(path: Path) -> Results | None:
    try:
        return read_results(path)
    except ArtifactError:
        return None
