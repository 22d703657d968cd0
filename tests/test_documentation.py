"""Every program of the documentation that kerasnb follows runs (see documentation.py)."""

import os
import shutil
from pathlib import Path

import pytest

from tests import documentation

DOCUMENT = os.environ.get("KERASNB_DOCUMENTATION") or next(
    (str(p) for p in (documentation.ROOT.parent / "shared" / "reference").glob("*.txt")), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        DOCUMENT is None,
        reason="the document is not part of the repository; KERASNB_DOCUMENTATION may say where it is",
    ),
]


@pytest.mark.parametrize("group", documentation.GROUPS)
def test_programs(group):
    if group.startswith("pictures") and not shutil.which("dot"):
        pytest.skip("draws a model with Graphviz's dot, which is not installed")
    failed = documentation.in_own_process(str(Path(DOCUMENT).resolve()), group)
    assert not failed, "\n".join(f"block {n}: {error}" for n, error in failed.items())


def test_every_block_is_in_a_group():
    count = len(documentation.blocks(Path(DOCUMENT).read_text("utf-8")))
    covered = [n for a, b in documentation.GROUPS.values() for n in range(a, b + 1)]
    assert covered == list(range(count))
