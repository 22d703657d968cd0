"""The measurements as one page: steps, ratios, starts and memory."""

from datetime import date
from statistics import median

from .workloads import WORKLOADS

TITLE = """\
# Results

Made by `{command}`; {date}.
{processor}, {system}; Python {python}, NumPy {numpy}; {versions}.
A float32 product of 2048 x 2048 runs at {rates}.

A figure is the median of {rounds} rounds, in which the peers took turns, each in a process of its
own; what follows the +- is half the distance between the fastest and the slowest round. A column
'/ peer' is kerasnb's figure over that peer's: below 1, kerasnb is faster (or smaller). A goal is for
the largest of these ratios, that to the fastest peer.
"""


class Results:
    """All measurements: `add` them as they come, `page` tells what they say."""

    def __init__(self):
        self.rounds = {}  # (workload, number of cores, peer) -> list of measurements

    def add(self, workload, cores, peer, measurement):
        self.rounds.setdefault((workload, cores, peer), []).append(measurement)

    def values(self, key, quantity):
        return [round_[quantity] for round_ in self.rounds.get(key, ())]

    def names(self, place):
        """Return the workloads (0), numbers of cores (1) or peers (2), in order of appearance."""
        return list(dict.fromkeys(key[place] for key in self.rounds))

    def page(self, machines, command):
        """Return the page; `machines`: number of cores -> facts (see machine.py)."""
        facts = next(iter(machines.values()))
        versions = {key[2]: rounds[0]["version"] for key, rounds in self.rounds.items()}
        title = TITLE.format(
            command=command,
            date=date.today(),
            versions=", ".join(f"{peer} {version}" for peer, version in versions.items()),
            rates=" and ".join(
                f"{fact['gflops']:.0f} GFLOP/s on {count_cores(cores)}"
                for cores, fact in machines.items()
            ),
            rounds=len(next(iter(self.rounds.values()))),
            **{name: facts[name] for name in ("processor", "system", "python", "numpy")},
        )
        fewest, most = min(self.names(1)), max(self.names(1))
        tables = [
            self.table(f"A step of fit, ms of CPU time, {count_cores(fewest)}", fewest, "cpu", 1e3),
            self.table(f"A step of fit, ms, {count_cores(fewest)}", fewest, "wall", 1e3),
        ]
        if most > fewest:
            tables.append(self.table(f"A step of fit, ms, {count_cores(most)}", most, "wall", 1e3))
        tables += [
            self.table("Import, once NumPy is there, s", most, "import", 1),
            self.table("From the import to the first trained batch, s", most, "first batch", 1),
            self.table(
                "From the start of the process to the first trained batch, s",
                most,
                "start to first batch",
                1,
            ),
            self.table("Peak memory, MB", most, "memory", 1),
        ]
        return "\n".join([title, *tables])

    def table(self, title, cores, quantity, factor):
        """Return one quantity of all workloads and peers as a Markdown table."""
        peers = self.names(2)
        steps = quantity in ("cpu", "wall")
        others = [peer for peer in peers if peer != "kerasnb"]
        columns = ["", *peers, *(f"/ {peer}" for peer in others), *(["goal"] if steps else [])]
        rows = []
        for workload in self.names(0):
            values = {peer: self.values((workload, cores, peer), quantity) for peer in peers}
            row = [workload, *(figure(values[peer], factor) for peer in peers)]
            row += [ratio(values["kerasnb"], values[peer]) for peer in others]
            if steps:
                row.append(str(WORKLOADS[workload].goal))
            rows.append(row)
        return "\n".join([f"## {title}", "", *markdown(columns, rows), ""])


def count_cores(cores):
    return "1 core" if cores == 1 else f"{cores} cores"


def figure(values, factor):
    """Return 'median +- spread', with three digits that count."""
    if not values or None in values:
        return "-"
    middle = median(values) * factor
    spread = (max(values) - min(values)) / 2 * factor
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2 if middle >= 1 else 3
    return f"{middle:.{digits}f} +- {spread:.{digits}f}"


def ratio(ours, theirs):
    """Return the ratio of the medians."""
    if not ours or not theirs or None in ours or None in theirs:
        return "-"
    return f"{median(ours) / median(theirs):.2f}"


def markdown(columns, rows):
    """Return the lines of a table with aligned columns."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    rule = ["-" * max(width, 3) for width in widths]
    return [
        "| "
        + " | ".join(cell.ljust(len(line)) for cell, line in zip(row, rule, strict=True))
        + " |"
        for row in (columns, rule, *rows)
    ]
