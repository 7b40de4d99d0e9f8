"""What `pipeline evaluate` measured, as tables. Computes nothing."""

from pipeline.evaluate import NO_ANSWER, Evaluation, SourceAccuracy
from pipeline.tables import Table


def accuracy_table(evaluation: Evaluation) -> Table:
    """One row for each source, then the mean over sources and all pictures as one."""
    rows = [_row(source) for source in evaluation.sources]
    if len(evaluation.sources) > 1:
        rows.append(("mean over sources", "", "", f"{evaluation.mean_accuracy:.2%}", ""))
        rows.append(_row(evaluation.overall))
    headings = ("source", "pictures", "right", "accuracy", "95 % interval")
    return Table(headings, tuple(rows), first_number=1, least_important=("95 % interval",))


def confusion_table(evaluation: Evaluation) -> Table:
    """One row for each label, one column for each answer; zeros are dots."""
    rows = tuple(
        (label, *(str(count) if count else "·" for count in counts))
        for label, counts in zip(evaluation.labels, evaluation.confusion, strict=True)
    )
    return Table(("label", *evaluation.labels, NO_ANSWER), rows, first_number=1)


def _row(source: SourceAccuracy) -> tuple[str, ...]:
    low, high = source.interval
    interval = f"{low:.1%} – {high:.1%}"
    return (source.source, f"{source.num_pictures:,}", f"{source.num_right:,}", f"{source.accuracy:.2%}", interval)
