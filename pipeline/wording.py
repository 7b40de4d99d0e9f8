"""Results in words. Computes nothing: every number comes from results.json."""

from collections.abc import Iterable

from pipeline.formats.base import EXACT, HALF_PRECISION, QUANTISED
from pipeline.results import Environment, ParityRow, Quality, Results, TimingRow


def verdict(results: Results) -> str:
    """One sentence: is it the same model everywhere?"""
    num_accepted = sum(row.is_accepted for row in results.parity)
    if results.is_same_everywhere:
        missing = sum(row.status == "not run" for row in results.parity)
        exception = f", {missing} not run as allowed" if missing else ""
        return f"The same model everywhere: {num_accepted - missing} of {len(results.parity)} rows{exception}."
    return f"NOT the same model everywhere: {len(results.parity) - num_accepted} of {len(results.parity)} rows fail."


def first_trouble(results: Results) -> str:
    """What is wrong with the first row that the gate does not accept, and how many more there are."""
    first, *others = troubles(results.parity)
    return f"{first} (and {len(others)} more)" if others else first


def troubles(rows: Iterable[ParityRow]) -> list[str]:
    """What is wrong with each row that the gate does not accept."""
    return [describe_row(row) for row in rows if not row.is_accepted]


def describe_row(row: ParityRow) -> str:
    """What the gate says of one artifact in one engine, and why."""
    return f"{row.format} in {row.runtime}: {row.status}: {row.reason}"


def describe_model(results: Results) -> str:
    """The network behind the results in one or two sentences; empty if they do not say."""
    model = results.model
    if model is None:
        return ""
    return (
        f"Network `{model.arch}`, {model.num_parameters:,} parameters, profile `{model.profile}`, seed {model.seed}: "
        f"{model.epochs} epochs in {model.training_s / 60:.1f} minutes, validation accuracy "
        f"{model.validation_accuracy:.2%}. Data: {model.contract}, {len(model.labels)} labels."
    )


def describe_devices(results: Results) -> list[str]:
    """Which engines ran on what, where they say so, a line for each; a browser may lack a GPU and draw by software."""
    all_rows: tuple[ParityRow | TimingRow, ...] = (*results.parity, *results.timings)
    rows = [row for row in all_rows if row.device]
    devices: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        formats = devices.setdefault(row.runtime, {}).setdefault(row.device, [])
        if row.format not in formats:
            formats.append(row.format)
    engines: dict[str, list[str]] = {}
    for runtime, by_device in devices.items():
        # An engine may have a device for each file, as the arena of TFLite Micro is.
        parts = {device: f" ({', '.join(formats)})" for device, formats in by_device.items()}
        described = "; ".join(f"{device}{part if len(parts) > 1 else ''}" for device, part in parts.items())
        engines.setdefault(described, []).append(f"`{runtime}`")
    return [f"{', '.join(names)}: {described}" for described, names in engines.items()]


def ahead_by(margin: float) -> str:
    """How far an answer is ahead of the next; a margin that rounds to nothing is not called 0.0 %."""
    if margin == 0:
        return "a tie"
    return f"ahead by {margin:.1%}" if margin >= 5e-4 else "ahead by less than 0.1%"


def describe_limits() -> str:
    """How much each kind of artifact may differ, in words."""
    kinds = {"float32": EXACT, "half precision": HALF_PRECISION, "quantised": QUANTISED}
    flips = ", ".join(f"{name} {10_000 * kind.max_flip_fraction:.0f}" for name, kind in kinds.items())
    return (
        f"flips in 10,000 images at most: {flips}; |Δp| at most {EXACT.max_probability_difference:g} as float32 and "
        f"{HALF_PRECISION.max_probability_difference:g} in half precision; quantised accuracy at most "
        f"{QUANTISED.max_accuracy_drop_pp:g} pp below, and mean confidence {QUANTISED.max_confidence_drift:g} off"
    )


def describe_quality(quality: Quality) -> str:
    """How good the reference itself is, in two or three sentences."""
    sentences = [
        f"The reference gives {len(quality.mistakes)} of {quality.num_images:,} test images another answer than "
        f"their label: accuracy {quality.accuracy:.2%}."
    ]
    if quality.num_wrong_labels:
        sentences.append(
            f"Without the {quality.num_wrong_labels} images whose label people did not confirm it is "
            f"{quality.accuracy_without_wrong_labels:.2%}."
        )
    sentences.append(
        "Expected calibration error, the mean distance of confidence from accuracy over 15 bins: "
        f"{quality.calibration_error:.2%}."
    )
    return " ".join(sentences)


def where_measured(environment: Environment) -> str:
    """Date, machine and versions behind a measurement, in one sentence."""
    versions = ", ".join(f"{name} {version}" for name, version in environment.versions.items())
    return (
        f"{environment.date}, {environment.machine}, governor {environment.governor}, {environment.system}, "
        f"Python {environment.python}; {versions}."
    )
