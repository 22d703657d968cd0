"""The arithmetic of the page, and its tables."""

from math import exp, log
from statistics import fmean, median


def figure(values, factor=1):
    """Return 'median +- spread' with three digits that count; the spread is half the range."""
    if not values:
        return "-"
    middle = median(values) * factor
    spread = (max(values) - min(values)) / 2 * factor
    digits = max(0, min(3, 2 - (len(str(int(middle))) - 1))) if middle >= 1 else 3
    return f"{middle:.{digits}f} +- {spread:.{digits}f}"


def ratio(ours, theirs):
    """Return the ratio of the medians; None where one of them was not measured."""
    return median(ours) / median(theirs) if ours and theirs else None


def fastest(ours, peers):
    """Return (ratio to the fastest peer, its name), None if there is none.

    Args:
        ours: our values.
        peers: peer -> its values.
    """
    ratios = [(ratio(ours, theirs), peer) for peer, theirs in peers.items()]
    return max((r for r in ratios if r[0] is not None), default=None)


def geometric_mean(ratios):
    return exp(fmean(map(log, ratios)))


def straightness(sizes, values):
    """Return each value over that of a straight line, through the first and the middle size."""
    middle = len(sizes) // 2
    slope = (values[middle] - values[0]) / (sizes[middle] - sizes[0])
    line = [values[0] + slope * (size - sizes[0]) for size in sizes]
    return [value / straight for value, straight in zip(values, line, strict=True)]


def short(number):
    """Return a ratio as it is written in a table."""
    return "-" if number is None else f"{number:.2f}"


def table(title, columns, rows):
    """Return a section with a Markdown table whose columns are aligned."""
    widths = [max(3, *map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = [
        "| " + " | ".join(map(str.ljust, row, widths)) + " |"
        for row in (columns, ["-" * width for width in widths], *rows)
    ]
    return "\n".join([f"## {title}", "", *lines, ""])
