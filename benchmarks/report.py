"""The page: goals and ratios first, then every quantity of all workloads, extras and growth."""

from statistics import median

from .figures import fastest, figure, geometric_mean, ratio, short, straightness, table
from .growth import GROWTH
from .peers import PEERS
from .workloads import WORKLOADS

TITLE = """\
# Results

Made by `python -m benchmarks`, out of the measurements in `results.json`.

A figure is the median of some rounds, in which the peers took turns, each in a process of its own;
what follows the +- is half the distance between the fastest and the slowest round. A column
'/ peer' is kerasnb's figure over that peer's: below 1, kerasnb is faster (or smaller). A goal is for
the largest of these ratios, that to the fastest peer. kerasnb_numpy is kerasnb without compiled
kernels, `KERASNB_KERNELS=numpy`.

More goals: from the start of the process to the first trained batch at most 0.25 of tf_keras and 0.4
of PyTorch; memory at most 0.33 of tf_keras and below PyTorch; predicting one sample at most 1.5 of
PyTorch; the plan of 1,000 layers in less than 2 s; kerasnb_numpy at most 1.7 of the fastest peer, 2
for resnet.
"""
# Title of a table, its cores, what is measured, and the unit's factor.
STEPS = {
    "CPU, 1 core": ("A step of fit, ms of CPU time, 1 core", "one", "cpu", 1e3),
    "1 core": ("A step of fit, ms, 1 core", "one", "wall", 1e3),
    "all cores": ("A step of fit, ms, all cores", "all", "wall", 1e3),
}
OTHERS = [
    ("Import, once NumPy is there, s", "one", "import", 1),
    ("From the import to the first trained batch, s", "one", "first batch", 1),
    ("From the start of the process to the first trained batch, s", "one", "start to first batch", 1),
    ("Peak memory, MB, 1 core", "one", "memory", 1),
    ("Peak memory, MB, all cores", "all", "memory", 1),
]  # fmt: skip


def page(parts):
    """Return the page of some parts, by name."""
    workloads = {name: parts[name] for name in WORKLOADS if name in parts}
    sections = [TITLE]
    if workloads:
        sections.append(goals(workloads))
        sections += [quantities(workloads, *row) for row in (*STEPS.values(), *OTHERS)]
    if "extras" in parts:
        sections.append(extras(parts["extras"]))
    if "growth" in parts:
        sections += [grown(parts["growth"], *row) for row in GROWTH.items()]
    return "\n".join([*sections, measured(parts)])


def others(part):
    """Return the peers that a part was measured with."""
    return [peer for peer in part.versions if not PEERS[peer].ours]


def to_fastest(part, ours, cores, quantity):
    """Return (our ratio to the fastest peer, its name), None if nothing was measured."""
    peers = {peer: part.values(cores, peer, quantity) for peer in others(part)}
    return fastest(part.values(cores, ours, quantity), peers)


def goals(parts):
    """Return the table of the ratios to the fastest peers."""
    columns = [("kerasnb", *row[1:3]) for row in STEPS.values()]
    columns.append(("kerasnb_numpy", "one", "cpu"))
    cells = [[to_fastest(part, *column) for column in columns] for part in parts.values()]
    rows = [
        [name, *(f"{c[0]:.2f} {c[1]}" if c else "-" for c in row), str(WORKLOADS[name].goal)]
        for name, row in zip(parts, cells, strict=True)
    ]
    means = [[cell[0] for cell in column if cell] for column in zip(*cells, strict=True)]
    rows.append(
        ["geometric mean", *(short(geometric_mean(m)) if m else "-" for m in means), "0.65"]
    )
    head = ["", *STEPS, "CPU, 1 core, kerasnb_numpy", "goal"]
    return table("A step of fit over that of the fastest peer", head, rows)


def compared(title, rows, factor):
    """Return a table of figures and of our ratios to each peer.

    Args:
        title: its title.
        rows: (name, part, number of cores, quantity).
        factor: of the unit.
    """
    peers = [peer for peer in PEERS if any(row[1].values(row[2], peer, row[3]) for row in rows)]
    against = [peer for peer in peers if not PEERS[peer].ours]
    lines = []
    for name, part, cores, quantity in rows:
        values = {peer: part.values(cores, peer, quantity) for peer in peers}
        ratios = [short(ratio(values.get("kerasnb"), values[peer])) for peer in against]
        lines.append([name, *(figure(values[peer], factor) for peer in peers), *ratios])
    return table(title, ["", *peers, *(f"/ {peer}" for peer in against)], lines)


def quantities(parts, title, cores, quantity, factor):
    """Return one quantity of all workloads."""
    return compared(title, [(name, part, cores, quantity) for name, part in parts.items()], factor)


def extras(part):
    names = list(part.figures["one"]["kerasnb"])
    return compared("Extras, ms, 1 core", [(name, part, "one", name) for name in names], 1e3)


def grown(part, name, sizes):
    """Return how the costs grow with something."""
    known = part.figures["one"]["kerasnb"]
    what = [key.partition(": ")[2] for key in known if key.startswith(f"{name} {sizes[0]}: ")]
    columns = []
    for quantity in what:
        values = [part.values("one", "kerasnb", f"{name} {size}: {quantity}") for size in sizes]
        columns.append([figure(v, 1e3) for v in values])
        columns.append([short(r) for r in straightness(sizes, [median(v) for v in values])])
    head = [name, *(cell for quantity in what for cell in (f"{quantity}, ms", "/ line"))]
    rows = list(zip(map(str, sizes), *columns, strict=True))
    line = f"a line through {sizes[0]} and {sizes[len(sizes) // 2]}"
    return table(f"Growth with the {name}: ms of CPU time, 1 core, and over {line}", head, rows)


def measured(parts):
    """Return when, on what and with which versions each part was measured."""
    rows = []
    for name, part in parts.items():
        facts = part.machine
        rates = " and ".join(f"{rate:.0f}" for rate in facts["gflops"].values())
        versions = ", ".join(f"{peer} {version}" for peer, version in part.versions.items())
        machine = f"{facts['processor']}, {facts['cores']} cores, {facts['system']}"
        python = f"Python {facts['python']}, NumPy {facts['numpy']}, llvmlite {facts['llvmlite']}"
        rows.append([name, part.date, str(part.rounds), rates, f"{machine}; {python}; {versions}"])
    head = ["", "date", "rounds", "GFLOP/s, 1 core and all", "machine and versions"]
    return table("Measured (GFLOP/s: a float32 product of 2048 x 2048)", head, rows)
