"""Numbers in words, the same in all sections."""

from statistics import fmean, stdev


def percent(fractions: list[float]) -> str:
    """Mean ± standard deviation of a sample of fractions, in percent; one alone has no deviation."""
    deviation = f" ± {100 * stdev(fractions):.2f}" if len(fractions) > 1 else ""
    return f"{fmean(fractions):.2%}{deviation}"
