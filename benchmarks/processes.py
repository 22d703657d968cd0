"""Run one measurement in a process of its own, held to some of the cores."""

import json
import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
THREAD_SETTINGS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}


def all_cores():
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def run(python, module, arguments, cores, settings=None):
    """Run `python -m module` on the given cores; return the JSON that it prints last.

    Args:
        python: the interpreter.
        module: what it runs; the time at which it was asked for is its last argument.
        arguments: the arguments before that.
        cores: numbers of the cores.
        settings: more environment variables.
    """
    threads = dict.fromkeys(THREAD_SETTINGS, str(len(cores)))
    environment = os.environ | QUIET | threads | (settings or {})
    with held_to(cores):
        start = time.time()
        done = subprocess.run(
            [python, "-m", module, *arguments, str(start)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


class held_to:
    """Hold this process, and so its new children, to some cores (where the system can)."""

    def __init__(self, cores):
        self.cores = cores

    def __enter__(self):
        if hasattr(os, "sched_setaffinity"):
            self.before = os.sched_getaffinity(0)
            os.sched_setaffinity(0, self.cores)

    def __exit__(self, *error):
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, self.before)
