"""A short run of the fuzzers, with the same seeds each time; `python -m tests.fuzz` goes on longer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .calls import CALLS
from .files import FILES

ROOT = Path(__file__).resolve().parents[2]
# Seeds; h5, json and yaml have a test of their own with the same damage, in tests/saving.
COUNTS = {
    "weights": 25, "npz": 60, "pickles": 150, "archives": 60, "images": 80, "notebooks": 20, "kept": 80,
    "layers": 3, "fit": 4, "texts": 2, "sequences": 2, "messages": 1,
}  # fmt: skip


def test_all_are_tried_in_ci():
    assert set(COUNTS) | {"h5", "json", "yaml"} == {*FILES, *CALLS}


@pytest.mark.slow
@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="asks Linux how much memory it has"
)
def test_a_good_result_or_an_exception_in_words(tmp_path):
    command = [sys.executable, "-m", "tests.fuzz.worker", str(tmp_path)]
    for name, count in COUNTS.items():
        command += [name, "0", str(count), "1000"]
    environment = {**os.environ, "KERASNB_KERNELS": "numpy", "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    told = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, f"{told[-1:]} {run.stderr[-3000:]}"
    found = [f"{t['target']} --seed {t['found']}: {t['text']}" for t in told if "found" in t]
    assert not found, "\n".join(found)
    results = {t["target"]: (t["cases"], t["results"]) for t in told if "cases" in t}
    assert set(results) == set(COUNTS)
    for name, (cases, good) in results.items():
        assert cases >= COUNTS[name] and cases / 100 < good <= cases, (name, cases, good)


def test_what_is_too_deep_to_be_made_is_passed_over(tmp_path):
    target = FILES["archives"](tmp_path)
    target.run(500097)
    assert target.cases == 0


BAD = """
import os, pathlib, sys
import numpy as np
from kerasnb.layers import Dense
from tests.fuzz import limits
from tests.fuzz.target import Found, hold

def hang(case):
    while True:
        pass

def hide(case):
    try:
        os.system('true')
    except BaseException:
        pass

def deeper(case):
    deeper(case)

limits.SECONDS = 1
limits.guard(pathlib.Path(sys.argv[1]))
limits.limit_memory()
for bad in (hang, hide, deeper, lambda case: {}['key'], lambda case: case.of_it, lambda case: int('x'),
            lambda case: open('/etc/passwd'), lambda case: np.ones(2**31), lambda case: os.system('true'),
            lambda case: open(sys.argv[1] + '/../kerasnb-canary', 'w')):
    try:
        hold('case', bad)
        print('nothing')
    except Found as found:
        print(next(k.__name__ for k in type(found.error).__mro__ if k.__name__[0] != '_'))
print(hold('case', lambda case: Dense(2)), hold('case', lambda case: Dense(2)(case)))
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="asks Linux how much memory it has"
)
def test_what_is_bad_is_found(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", BAD, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (
        run.stdout.split()
        == (
            "Late Broken RecursionError KeyError AttributeError ValueError Broken MemoryError "
            "Broken Broken True False"
        ).split()
    ), run.stderr[-1000:]
