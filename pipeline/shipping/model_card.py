"""MODEL_CARD.md, in the manner of Mitchell et al. 2019. Measures nothing: numbers come from results.json."""

from pipeline.results import ParityRow, Results, TimingRow
from pipeline.shipping.contract import ShippedContract
from pipeline.shipping.handwriting import OURS, REJECTING, Handwriting, accuracies_table
from pipeline.tables import Table, format_median, format_time, markdown_table
from pipeline.wording import describe_model, describe_quality, where_measured

MODEL_CARD = "MODEL_CARD.md"
# Beside the first engine of each format: all engines of these.
_SHOWN_EVERYWHERE = ("tflite/int8", "tfjs/uint8")


def render_model_card(
    results: Results,
    contract: ShippedContract,
    licence: str,
    data_licence: str,
    handwriting: Handwriting | None = None,
) -> str:
    """The content of MODEL_CARD.md.

    Args:
        results: All of them, with quality and timings.
        contract: Of the same files.
        licence: Of the network.
        data_licence: Of the images that it was trained on.
        handwriting: How the same files do on other people's handwriting, if that was measured.
    """
    sections = [
        f"# Model card: {contract.name}",
        describe_model(results),
        _purpose(contract),
        "## Data\n\n" + _data(results, data_licence),
        "## Accuracy\n\n" + _accuracy(results),
        _handwriting(handwriting) if handwriting else "",
        "## Limits\n\n" + _limits(contract, has_handwriting=handwriting is not None),
        "## Latency\n\nOne image. The device, the threads and the delegate are in each row; an empty device is the "
        f"processor named below. `~` noisy, `?` too few runs.\n\n{markdown_table(_latency(results))}",
        f"## Where it was measured\n\n{where_measured(results.environment)}",
        f"## Licence\n\nOf the network: {licence}.",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _purpose(contract: ShippedContract) -> str:
    image = contract.input
    return (
        "## What it is for\n\n"
        f"It says which of {len(contract.labels)} symbols ({', '.join(contract.labels)}) is on a picture with one of "
        f"them, on a web page, a phone, a Raspberry Pi or a microcontroller. It takes {image.height} × {image.width} "
        f"pixels × {image.channels}, {image.value_range[0]:g} to {image.value_range[1]:g}, "
        f"{image.polarity.replace('_', ' ')}, prepared as contract.json says, and answers with probabilities. "
        "Not for: cheques, forms or exams without a person who looks again; pictures with several symbols; writing of "
        "which no one has tried whether it reads it."
    )


def _data(results: Results, data_licence: str) -> str:
    model, quality = results.model, results.quality
    if model is None or quality is None:
        return f"{data_licence}"
    return (
        f"`{model.contract}`: {data_licence}. Trained on its training images without those kept for validation and for "
        f"the ranges of quantisation, which manifest.json lists; the {quality.num_images:,} test images were read "
        "once, at the end, and decided nothing."
    )


def _accuracy(results: Results) -> str:
    reference = next((row for row in results.parity if row.is_reference), None)
    parts = []
    if reference is not None and reference.agreement is not None:
        low, high = reference.agreement.accuracy_interval
        parts.append(
            f"**{reference.agreement.accuracy:.2%}** of {reference.agreement.num_images:,} test images, Wilson 95 % "
            f"interval {low:.2%} to {high:.2%}."
        )
    if results.quality is not None:
        parts.append(describe_quality(results.quality))
    if results.model is not None:
        parts.append(f"Calibrated on validation images by one temperature, {results.model.temperature:.3f}.")
    rows = [row for row in results.parity if row.is_full and row.agreement is not None]
    return " ".join(parts) + "\n\n" + markdown_table(_accuracy_table(rows))


def _accuracy_table(rows: list[ParityRow]) -> Table:
    """One row for each format: its first engine on all test images."""
    first: dict[str, ParityRow] = {}
    for row in rows:
        first.setdefault(row.format, row)
    cells = tuple(
        (
            row.format,
            row.runtime,
            f"{row.agreement.accuracy:.2%}",
            f"{row.agreement.accuracy_interval[0]:.2%}–{row.agreement.accuracy_interval[1]:.2%}",
            f"{row.agreement.calibration_error:.2%}",
            str(row.agreement.num_flips),
        )
        for row in first.values()
        if row.agreement is not None
    )
    return Table(("file", "engine", "accuracy", "95 % interval", "calibration error", "flips"), cells, first_number=2)


def _handwriting(measured: Handwriting) -> str:
    """What `pipeline predict` makes of pictures from elsewhere, and what it would without the detector."""
    return (
        f"## Other people's handwriting\n\nOn {measured.pictures}, through the preparation of contract.json, by "
        "`tflite/int8` in LiteRT; no answer counts as wrong.\n\n"
        f"{markdown_table(accuracies_table(measured, (OURS, REJECTING)))}"
    )


def _limits(contract: ShippedContract, has_handwriting: bool) -> str:
    rejection = contract.rejection
    others = "beyond the sources above" if has_handwriting else "than the data's"
    return "\n".join(
        [
            f"- Alone it always answers. That a picture shows none of the labels is said by a second model, "
            f"`{rejection.tflite}`, where its last probability is above {rejection.max_none_probability:.3f}; that "
            f"keeps {rejection.kept:.1%} of validation images. Letters that look like a digit get an answer too.",
            "- Its probabilities are calibrated for images like its test images; for other writing they are too high.",
            f"- Writing of people, countries and pens {others} was not measured for this card.",
            "- Connected, crossed-out or several symbols are outside of what it knows.",
        ]
    )


def _latency(results: Results) -> Table:
    seen: set[str] = set()
    rows = []
    for row in results.timings:
        if row.status == "not run" or (row.format in seen and row.format not in _SHOWN_EVERYWHERE):
            continue
        seen.add(row.format)
        rows.append(_latency_row(row))
    headings = ("file", "engine", "what is timed, threads, delegate", "device", "median", "p90")
    return Table(headings, tuple(rows), first_number=4)


def _latency_row(row: TimingRow) -> tuple[str, ...]:
    return (row.format, row.runtime, row.timed, row.device, format_median(row), format_time(row.p90_s))
