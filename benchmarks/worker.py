"""One measurement in a process of its own: `python -m benchmarks.worker PEER WORKLOAD START`.

START is `time.time()` when the process was asked for. Prints one line of JSON.
"""

import json
import sys
import time

from .trainers import TRAINERS
from .workloads import WORKLOADS

EPOCHS = 6


def measure(peer, workload, start):
    """Import the peer (NumPy is there already), train one batch, then some epochs."""
    before = time.perf_counter()
    trainer = TRAINERS[peer](peer)
    imported = time.perf_counter()
    size = WORKLOADS[workload]
    trainer.build(workload)
    trainer.fit(*size.data(1), epochs=1)
    first_batch = time.perf_counter()
    start_to_first_batch = time.time() - start

    epochs = trainer.fit(*size.data(size.steps), epochs=EPOCHS)[1:]  # the first warms up
    walls, cpus = (sorted(column) for column in zip(*epochs, strict=True))
    return {
        "version": trainer.version,
        "import": imported - before,
        "first batch": first_batch - imported,
        "start to first batch": start_to_first_batch,
        "wall": walls[len(walls) // 2] / size.steps,
        "cpu": cpus[len(cpus) // 2] / size.steps,
        "memory": peak_memory(),
    }


def peak_memory():
    """Return the largest resident size of this process in MB; None where nobody tells."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
