"""Fuzz for some minutes: `python -m tests.fuzz [TARGET ...] [--minutes 10] [--seed 0] [--cases N]`."""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .worker import TARGETS

ROOT = Path(__file__).resolve().parents[2]
SLICE = 30  # seconds that a target has in a round


def tried(target: str, seed: int, count: int, seconds: float) -> list[dict]:
    """Try seeds of a target in a process of its own; return what it told."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.fuzz.worker", folder]
        command += [target, str(seed), str(count), str(seconds)]
        environment = {**os.environ, "KERASNB_KERNELS": "numpy", "OPENBLAS_NUM_THREADS": "1"}
        run = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    told = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode:
        last = told[-1]["seed"] if told else seed
        text = f"the process ended with {run.returncode}: {run.stderr[-1500:]}"
        told.append({"target": target, "found": last, "kind": "crash", "place": "", "text": text})
        told.append({"target": target, "cases": 0, "results": 0, "next": last + 1, "seconds": 0.0})
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="try this one only, and tell all of it")
    parser.add_argument("--first", type=int, default=1000, help="seed to begin with")
    chosen = parser.parse_args()
    names = chosen.targets or list(TARGETS)
    if chosen.seed is not None:
        told = [t for name in names for t in tried(name, chosen.seed, 1, 600)]
        print(
            "\n".join(f"{t['target']}: {t['text']}" for t in told if "found" in t) or "nothing bad"
        )
        return any("found" in t for t in told)
    begin, last = time.monotonic(), 60 * chosen.minutes
    following = dict.fromkeys(names, chosen.first)
    cases: collections.Counter[str] = collections.Counter()
    results: collections.Counter[str] = collections.Counter()
    known: collections.Counter[tuple[str, str, str]] = collections.Counter()
    part = min(SLICE, max(1.0, last / len(names)))
    while time.monotonic() - begin < last:
        for name in names:
            for told in tried(name, following[name], 10**9, part):
                if "found" in told:
                    key = (name, told["kind"], told["place"])
                    known[key] += 1
                    if known[key] == 1:
                        again = f"python -m tests.fuzz {name} --seed {told['found']}"
                        print(f"FOUND {' '.join(key)}   {again}", flush=True)
                elif "cases" in told:
                    following[name] = told["next"]
                    cases[name] += told["cases"]
                    results[name] += told["results"]
            print(
                f"{(time.monotonic() - begin) / 60:5.1f} min  {name}: {cases[name]:,} cases, {results[name]:,} with a "
                f"result, {sum(n for key, n in known.items() if key[0] == name)} bad",
                flush=True,
            )
    print(f"{sum(cases.values()):,} cases, {sum(known.values())} bad, {len(known)} kinds of them")
    for key, count in known.most_common():
        print(f"{count:6} {' '.join(key)}")
    return bool(known)


if __name__ == "__main__":
    sys.exit(main())
