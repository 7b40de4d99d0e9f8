"""The table of the generated C99 against TFLite Micro. Measures nothing: every number comes from results/c99.json."""

from benchmarks.records import C99Record, EmbeddedRow
from pipeline.tables import Table, format_time, markdown_table
from pipeline.wording import where_measured


def embedded_sections(record: C99Record) -> list[str]:
    """Ways to run the integer network on a microcontroller."""
    return [
        "## A microcontroller without a runtime",
        f"The integer network of exports/ as C99 and in TFLite Micro, on {record.num_images} golden images. "
        "Instructions are those of a Cortex-M4 under emulation (gcc -O2, no SIMD); times are of portable C on one core "
        "of this machine. Flash and instructions of TFLite Micro on a Cortex-M4 were not measured: its interpreter's "
        "code comes on top of the file, and its own kernels for Arm would be faster than the portable ones. RAM is "
        "static memory or the arena; the stack comes on top of both.",
        markdown_table(_table(record)),
        f"{', '.join(record.tools)}. {where_measured(record.environment)}",
    ]


def _table(record: C99Record) -> Table:
    headings = ("", "model, bytes", "flash, bytes", "RAM, bytes", "instructions", "at most", "time on this machine")
    return Table(headings, tuple(_row(row) for row in record.rows), first_number=1)


def _row(row: EmbeddedRow) -> tuple[str, ...]:
    measured = (row.constant_bytes, row.flash_bytes, row.ram_bytes, row.mean_instructions, row.max_instructions)
    return (
        row.name,
        *("–" if number is None else f"{number:,.0f}" for number in measured),
        format_time(row.host_median_s),
    )
