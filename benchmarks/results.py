"""The measurements, kept in a small JSON file: a part that is measured again replaces only itself.

A part is a workload, 'extras' or 'growth'.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date


@dataclass
class Part:
    """All measurements of one part, taken in one go.

    Args:
        machine: what they were taken on; see `machine.py`.
        date: when.
        versions: peer -> version.
        figures: cores ('one' or 'all') -> peer -> quantity -> a value for each round.
    """

    machine: dict
    date: str = field(default_factory=lambda: date.today().isoformat())
    versions: dict = field(default_factory=dict)
    figures: dict = field(default_factory=dict)

    def add(self, cores, peer, measurement):
        """Add what a worker has measured in a round."""
        self.versions[peer] = measurement["version"]
        kept = self.figures.setdefault(cores, {}).setdefault(peer, {})
        for quantity, value in measurement.items():
            if quantity != "version" and value is not None:
                kept.setdefault(quantity, []).append(float(f"{value:.4g}"))

    def values(self, cores, peer, quantity):
        """Return the values of all rounds; none where nothing was measured."""
        return self.figures.get(cores, {}).get(peer, {}).get(quantity, [])

    @property
    def rounds(self):
        """How often each thing was measured."""
        return max(len(v) for q in self.figures["one"].values() for v in q.values())


def load(path):
    """Return the parts that a file has, by name; none without a file."""
    if not path.exists():
        return {}
    return {name: Part(**part) for name, part in json.loads(path.read_text("utf-8")).items()}


def save(path, parts):
    """Write parts, each on a line of its own: a new measurement is a change of one line."""
    lines = [f"{json.dumps(name)}: {json.dumps(asdict(part))}" for name, part in parts.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
