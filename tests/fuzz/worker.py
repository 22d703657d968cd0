"""Tries targets in a process of its own: `python -m tests.fuzz.worker FOLDER TARGET FIRST COUNT SECONDS ...`.

Four arguments follow the folder for each target. A line is printed for each seed, so that a crash
names what caused it; after a bad case a line of JSON, and one after each target.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

from kerasnb import backend as K

from .calls import CALLS
from .files import FILES
from .limits import guard, limit_memory
from .target import Found

TARGETS = {**FILES, **CALLS}


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    jobs = [sys.argv[i : i + 4] for i in range(2, len(sys.argv), 4)]
    os.chdir(folder)
    warnings.simplefilter("ignore")
    K.eval(K.ones((2,)) + 1)  # looks once where BLAS is, as guards would not let it
    targets = {}
    for name, *_ in jobs:
        (folder / name).mkdir()
        with contextlib.redirect_stdout(io.StringIO()):
            targets[name] = TARGETS[name](folder / name)
    tempfile.tempdir = str(folder)
    guard(folder)
    limit_memory()
    for name, first, count, seconds in jobs:
        target, begin = targets[name], time.monotonic()
        seed = last = int(first)
        while seed < last + int(count) and time.monotonic() - begin < float(seconds):
            print(json.dumps({"target": name, "seed": seed}), flush=True)
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    target.run(seed)
            except Found as found:
                kind = type(found.error).__name__
                told = {"target": name, "found": seed, "kind": kind, "place": found.place}
                print(json.dumps({**told, "text": str(found)}), flush=True)
            seed += 1
        told = {"target": name, "cases": target.cases, "results": target.results, "next": seed}
        print(json.dumps({**told, "seconds": time.monotonic() - begin}), flush=True)


if __name__ == "__main__":
    main()
