"""What the web demo's "Check this device" found on phones and desks, put into a copy of report.html."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline.errors import ArtifactError, UsageError
from pipeline.files import read_bytes
from pipeline.formats.keras_file import KERAS
from pipeline.html_report import PLACE_OF_DEVICES
from pipeline.manifest import read_manifest
from pipeline.pages import render_page
from pipeline.site.golden import NUM_HARD
from pipeline.tables import Table, format_time
from pipeline.wording import ahead_by

_SCHEMA_VERSION = 1
_REMEDY = "next: pipeline serve with these files, then check the device on that page"


@dataclass(frozen=True)
class Device:
    """What a browser tells every page of the device that it runs on."""

    user_agent: str
    platform: str
    screen: str
    num_cores: int | None


@dataclass(frozen=True)
class _Versioned:
    schema_version: int


@dataclass(frozen=True)
class DeviceFlip:
    """A test image that gets another answer than from the reference; a margin of what is no number is None."""

    id: int
    label: int
    reference: int
    candidate: int
    reference_margin: float
    candidate_margin: float | None


@dataclass(frozen=True)
class DeviceCheck:
    """The content of a file that web_demo/check.js makes; fractions and seconds. What is no number is None.

    Attributes:
        model: SHA-256 of the reference whose answers the page compared with.
        renderer: What the engine drew on, where it tells; as in the name of a graphics processor.
    """

    schema_version: int
    model: str
    engine: str
    renderer: str
    date: str
    device: Device
    num_images: int
    accuracy: float
    reference_accuracy: float
    max_probability_difference: float | None
    flips: tuple[DeviceFlip, ...]
    load_s: float | None
    median_s: float
    p90_s: float


def read_check(path: Path, exports: Path, num_labels: int) -> DeviceCheck:
    """Reads what a device found.

    Args:
        path: The file that the page saved.
        exports: The release that the page was made of.
        num_labels: Of its contract.

    Raises:
        UsageError: The file is none of the page's, or is of other files than these.
        ArtifactError: These files have no manifest, or a damaged one.
    """
    content = read_bytes(path)
    try:
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version != _SCHEMA_VERSION:
            raise UsageError(f"{path}: expected schema version {_SCHEMA_VERSION}, found {version}; {_REMEDY}")
        check = msgspec.json.decode(content, type=DeviceCheck)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"expected what the page saves after a check of a device, found something else in {path}: {error}; "
            f"{_REMEDY}"
        ) from error
    reference = read_manifest(exports).files.get(KERAS.path)
    if reference is None or check.model != reference.sha256:
        raise UsageError(
            f"{path}: expected a check of the model in {exports}, found one of {check.model[:12]}…; {_REMEDY}"
        )
    numbers = {number for flip in check.flips for number in (flip.label, flip.reference, flip.candidate)}
    if not numbers <= set(range(num_labels)):
        raise UsageError(f"{path}: expected answers from 0 to {num_labels - 1}, found {sorted(numbers)}; {_REMEDY}")
    return check


def devices_table(checks: Iterable[DeviceCheck]) -> Table:
    """One row for each check of a device."""
    headings = (
        *("device", "engine", "flips", "accuracy", "reference"),
        *("max |Δp|", "load", "median", "p90", "date"),
    )
    rows = tuple(
        (
            _name(check.device),
            " on ".join(filter(None, (check.engine, check.renderer))),
            f"{len(check.flips)} of {check.num_images:,}",
            f"{check.accuracy:.1%}",
            f"{check.reference_accuracy:.1%}",
            "no number" if check.max_probability_difference is None else f"{check.max_probability_difference:.1g}",
            "–" if check.load_s is None else format_time(check.load_s),
            format_time(check.median_s),
            format_time(check.p90_s),
            check.date[:10],
        )
        for check in checks
    )
    least_important = ("date", "load", "max |Δp|", "p90", "reference")
    return Table(headings, rows, first_number=2, least_important=least_important)


def add_devices(report: Path, checks: Sequence[DeviceCheck], labels: Sequence[str]) -> str:
    """The content of a report with a section on other devices.

    Args:
        report: report.html of the same release.
        checks: What the devices found.
        labels: Of the contract.

    Raises:
        ArtifactError: The report has no place for that section.
    """
    page = read_bytes(report).decode()
    if PLACE_OF_DEVICES not in page:
        raise ArtifactError(f"{report} has no place for other devices; next: pipeline build-all")
    section = render_page(
        "devices.html.j2",
        checks=devices_table(checks),
        num_hard=NUM_HARD,
        flips=[_describe(check, flip, labels) for check in checks for flip in check.flips],
    )
    return page.replace(PLACE_OF_DEVICES, section)


def _name(device: Device) -> str:
    cores = f"{device.num_cores} cores" if device.num_cores else ""
    return ", ".join(filter(None, (device.platform, cores, device.screen)))


def _describe(check: DeviceCheck, flip: DeviceFlip, labels: Sequence[str]) -> str:
    candidate = "no number" if flip.candidate_margin is None else ahead_by(flip.candidate_margin)
    return (
        f"{_name(check.device)}, {check.engine}: test image {flip.id}, label {labels[flip.label]}: "
        f"{labels[flip.candidate]} ({candidate}) instead of "
        f"{labels[flip.reference]} ({ahead_by(flip.reference_margin)})"
    )
