"""Whole programs for Keras 2, in keras2/: they import keras and know nothing of kerasnb."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(Path(__file__).with_name("keras2").glob("*.py"))
START = "import runpy, sys, kerasnb; kerasnb.install_as_keras(); runpy.run_path(sys.argv[1])"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_program(program, tmp_path):
    """Each runs in a process and a folder of its own; what it promises it asserts itself."""
    assert not re.search(r"kerasnb|tensorflow", program.read_text("utf-8"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERASNB_DATASETS": "mini"}
    environment["OPENBLAS_NUM_THREADS"] = (
        "1"  # small products: two threads only wait for each other
    )
    command = [sys.executable, "-c", START, str(program)]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
