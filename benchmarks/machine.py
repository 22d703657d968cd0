"""What the figures were measured on: `python -m benchmarks.machine` prints it as JSON.

The rate of a large float32 product tells machines, and a machine's good and bad hours, apart.
"""

import json
import platform
import time
from importlib import metadata
from pathlib import Path

import numpy as np

SIZE = 2048


def gflops():
    """Return the best rate of a square float32 product, in GFLOP/s."""
    generator = np.random.default_rng(0)
    a, b = generator.random((2, SIZE, SIZE), dtype="float32")
    out = np.empty_like(a)
    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        np.matmul(a, b, out=out)
        seconds.append(time.perf_counter() - start)
    return 2 * SIZE**3 / min(seconds) / 1e9


def processor():
    """Return the processor's name where the system tells."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if "model name" in line]
        return names[0]
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def llvmlite():
    """Return the version of what compiles our kernels."""
    try:
        return metadata.version("llvmlite")
    except metadata.PackageNotFoundError:
        return "none"


if __name__ == "__main__":
    facts = {
        "gflops": gflops(),
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "llvmlite": llvmlite(),
    }
    print(json.dumps(facts))
