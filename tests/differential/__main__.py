"""Compare random models with tf_keras: `python -m tests.differential --models 500`, from the root.

tf_keras lives in an environment of its own, whose Python `--peer` or `KERASNB_TF_KERAS` names.
`--write` keeps the results of the first models for the tests, in `models.json`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from .compare import disagreements, projected

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = Path(__file__).parent / "models.json"
AT_ONCE = 25


def asked(python: str, first: int, count: int) -> dict[int, dict[str, Any]]:
    """Let tf_keras measure models; return arrays by name for each seed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.npz"
        command = [python, "-m", "tests.differential.peer", str(first), str(count), str(path)]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if run.returncode:
            raise SystemExit(f"tf_keras failed:\n{run.stderr[-3000:]}")
        found: dict[int, dict[str, Any]] = {}
        with np.load(path) as arrays:
            for key in arrays.files:
                seed, _, name = key.partition("|")
                found.setdefault(int(seed), {})[name] = arrays[key]
    return found


def compared(seed: int, want: dict[str, Any]) -> list[str]:
    """Return in words what differs for the model of a seed."""
    import kerasnb

    from .measure import measured

    if "error" in want:
        return [f"tf_keras: {want['error']}"]
    try:
        story, floatx, got = measured(kerasnb, seed)
    except Exception as error:  # the next ones may do better
        return [f"kerasnb: {type(error).__name__}: {error}"]
    other = str(want["story"]).split("\n")
    if story != other:
        at = next((i for i, (a, b) in enumerate(zip(story, other, strict=False)) if a != b), 0)
        return [f"line {at}: {story[at]} here, {other[at]} there"]
    want = {name: array for name, array in want.items() if name != "story"}
    return [f"{name}: {d:.1e} ({floatx})" for name, d in disagreements(got, want, floatx)]


def main() -> int:
    """Compare, and say what differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--models", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first (default: 0)")
    parser.add_argument("--peer", help="Python of an environment with tf_keras")
    parser.add_argument("--write", action="store_true", help="keep the results for the tests")
    parser.add_argument("--story", action="store_true", help="show how models that differ are made")
    options = parser.parse_args()
    here = sys.executable if importlib.util.find_spec("tf_keras") else None
    python = options.peer or os.environ.get("KERASNB_TF_KERAS") or here
    if not python:
        parser.error("tf_keras is not installed here; name a Python that has it with --peer")
    kept: dict[str, Any] = {}
    different, arrays, begun = 0, 0, time.monotonic()
    for first in range(options.first, options.first + options.models, AT_ONCE):
        count = min(AT_ONCE, options.first + options.models - first)
        for seed, want in asked(python, first, count).items():
            problems = compared(seed, want)
            arrays += len(want) - 1
            if problems:
                different += 1
                print(f"model {seed}:", *problems[:6], sep="\n  ", flush=True)
                if options.story and "story" in want:
                    print("   |", str(want["story"]).replace("\n", "\n    | "), flush=True)
            if "error" not in want:
                story = str(want["story"])
                numbers = {n: projected(n, a) for n, a in want.items() if n != "story"}
                kept[str(seed)] = {"story": len(story.split("\n")), "numbers": numbers}
        done = first + count - options.first
        print(f"{done} models, {different} differ, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{options.models} models, {arrays} arrays: {different} models differ")
    if options.write:
        FIXTURE.write_text(json.dumps(kept, separators=(",", ":")) + "\n")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
