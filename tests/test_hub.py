"""The hub for a class: its files, and JupyterHub itself where it is installed."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from kerasnb.cli import chapters
from tests.lab import ROOT

HUB = ROOT / "notebooks" / "hub"
PROXY = Path(sys.prefix) / "proxy" / "node_modules" / "configurable-http-proxy"


def test_learners_get_no_copy_of_the_hubs_files():
    names = list(chapters.files(chapters.source()))
    assert (HUB / "jupyterhub_config.py").exists() and names
    assert not [name for name in names if name.startswith("hub/")]


def test_the_guides_name_the_files_of_the_hub():
    for guide in ("hub.md", "hub.zh-CN.md"):
        text = (ROOT / "docs" / guide).read_text("utf-8")
        assert all(path.name in text for path in HUB.glob("*.py")), guide


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("jupyterhub") is None or not PROXY.exists(),
    reason="needs JupyterHub and its proxy: docs/hub.md",
)
def test_a_user_runs_a_chapter_through_the_hub():
    command = [sys.executable, str(HUB / "try_it.py"), "--users", "1"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 of 1 users ran" in run.stdout
