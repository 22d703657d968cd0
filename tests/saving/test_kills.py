"""A process that is killed while it writes leaves the old file or the new one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork to make processes with")
@pytest.mark.parametrize("way", ["save", "checkpoint", "resume"])
def test_kills(way, tmp_path):
    """`KERASNB_KILLS=200` kills more processes than the usual 20."""
    count = int(os.environ.get("KERASNB_KILLS", "20"))
    command = [sys.executable, "-m", "tests.saving.kills", way, str(tmp_path), str(count)]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60 + 5 * count, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    results = json.loads(run.stdout)
    assert results["whole"] == count, results
    assert results["killed while writing"] > 0, "the moments must be such that it matters"
    assert results["left after the next start"] == 0
    assert results["files at the end"] == 1
    print(results)
