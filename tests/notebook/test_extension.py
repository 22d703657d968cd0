"""`%load_ext kerasnb` in a real IPython."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("IPython")

ROOT = Path(__file__).resolve().parents[2]

SESSION = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()

def run(cell):
    shell.run_cell(cell).raise_error()

"""


def ipython(cells, tmp_path):
    """Run cells in a new IPython; return what was printed."""
    code = SESSION + "\n".join(f"run({cell!r})" for cell in cells)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    return run.stdout + run.stderr


def test_load_makes_keras_mean_kerasnb(tmp_path):
    cells = [
        "%load_ext kerasnb",
        "import keras, kerasnb\nfrom keras.layers.core import Dense",
        "print(keras.models.Sequential is kerasnb.models.Sequential)",
        "print(Dense is kerasnb.layers.Dense)",
        "%kerasnb version",
    ]
    lines = ipython(cells, tmp_path).splitlines()
    assert lines[:2] == ["True", "True"]
    assert lines[2].startswith("kerasnb ")


def test_unload_undoes_it(tmp_path):
    cells = ["%load_ext kerasnb", "%unload_ext kerasnb", "%kerasnb version"]
    assert "Line magic function `%kerasnb` not found" in ipython(cells, tmp_path)
    cells = ["%load_ext kerasnb", "%unload_ext kerasnb", "import keras"]
    assert "No module named 'keras'" in ipython(cells, tmp_path)
    cells = ["%load_ext kerasnb", "%unload_ext kerasnb", "%load_ext kerasnb", "import keras"]
    assert ipython(cells, tmp_path) == ""


def test_load_refuses_when_another_keras_is_there(tmp_path):
    (tmp_path / "keras.py").write_text("")
    cells = [f"import sys; sys.path.insert(0, {str(tmp_path)!r})", "import keras"]
    printed = ipython([*cells, "%load_ext kerasnb"], tmp_path)
    assert "keras" in printed.splitlines()[-1] and "already" in printed
