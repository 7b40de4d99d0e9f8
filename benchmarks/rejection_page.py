"""What gets no answer, as a table and text. Measures nothing."""

from benchmarks.records import RejectionRecord
from pipeline.tables import Table, markdown_table
from pipeline.wording import where_measured


def rejection_sections(record: RejectionRecord) -> list[str]:
    """How often pictures of digits and of other things are answered."""
    rows = tuple(
        (
            row.kind,
            f"{row.num_images:,}",
            f"{row.answered:.1%}",
            "–" if row.auroc is None else f"{row.auroc:.2%}",
            "–" if row.rejected_at_99 is None else f"{row.rejected_at_99:.1%}",
        )
        for row in record.rows
    )
    headings = (
        "pictures",
        "number",
        "answered",
        "AUROC against test digits",
        f"rejected where {record.compared_at:.0%} of digits are kept",
    )
    return [
        "## No digit, no answer",
        "The detector of the released files in LiteRT. *As pictures*: through the preparation, as `pipeline predict` "
        "does it; *as inputs*: the 28 × 28 bytes as they are. A picture is answered if the probability of *none* is at "
        f"most {record.max_none_probability:.3f}, which keeps {record.kept:.1%} of validation digits at least.",
        "The pictures of other things are not those that the detector was trained on, though of like kinds: its "
        "letters come from other fonts, its faces and silhouettes are drawn otherwise.",
        markdown_table(Table(headings, rows, first_number=1)),
        where_measured(record.environment),
    ]
