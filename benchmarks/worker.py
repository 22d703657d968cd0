"""One measurement in a process of its own: `python -m benchmarks.worker PEER PART START`.

PART is a workload, 'extras' or 'growth'; START is `time.time()` when the process was asked for.
Prints one line of JSON: the peer's version, and figures in seconds and MB.
"""

import importlib
import json
import sys
import time

from .peers import PEERS
from .trainers import trainer
from .workloads import WORKLOADS

SECONDS = 2.5  # that the epochs take which are measured


def measure(package, name, start):
    """Import the peer (NumPy is there already), train one batch, then some epochs."""
    before = time.perf_counter()
    peer = trainer(package)
    imported = time.perf_counter()
    workload = WORKLOADS[name]
    peer.build(name, workload.batch)
    peer.fit(peer.prepare(*workload.data(1)), epochs=1)
    first_batch = time.perf_counter()
    start_to_first_batch = time.time() - start
    if peer.weights() != workload.weights:
        raise ValueError(f"{name}: got {peer.weights()} weights; needs {workload.weights}.")

    measured = epochs(peer, peer.prepare(*workload.data(workload.steps)))
    wall, cpu = (middle(column) / workload.steps for column in zip(*measured, strict=True))
    return {
        "version": peer.version,
        "import": imported - before,
        "first batch": first_batch - imported,
        "start to first batch": start_to_first_batch,
        "wall": wall,
        "cpu": cpu,
        "memory": peak_memory(),
    }


def epochs(peer, data):
    """Return the (wall, CPU) seconds of epochs after a first one, which warms up.

    Where the first takes longer than all should, it is the measurement: its steps were compiled
    for the first batch.
    """
    first = peer.fit(data, epochs=1)
    return peer.fit(data, epochs=round(SECONDS / first[0][0])) if first[0][0] < SECONDS else first


def middle(values):
    """Return the median; `statistics` takes a while to import, and the start is measured."""
    return sorted(values)[len(values) // 2]


def peak_memory():
    """Return the largest resident size of this process in MB; None where nobody tells."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main(name, part, start):
    package = PEERS[name].package
    if part in WORKLOADS:
        return measure(package, part, float(start))
    return importlib.import_module(f".{part}", __package__).measure(package)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
