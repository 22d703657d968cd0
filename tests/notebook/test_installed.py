"""What `pip install` brings to JupyterLab: small, and in use at once."""

import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

import kerasnb
from tests import lab

EXTENSIONS = os.environ.get(
    "KERASNB_TEST_LABEXTENSIONS", f"{sys.prefix}/share/jupyter/labextensions"
)
EXTENSION = Path(EXTENSIONS) / "kerasnb"
needs_it = pytest.mark.skipif(
    not EXTENSION.exists(), reason='kerasnb is not installed (pip install ".[test]")'
)


def compressed(paths):
    return sum(len(zlib.compress(path.read_bytes(), 9)) for path in paths)


@needs_it
def test_the_script_is_small():
    scripts = list(EXTENSION.rglob("*.js"))
    assert len(scripts) >= 3 and compressed(scripts) < 150_000


@needs_it
def test_the_wheel_is_small_besides_the_data():
    package = Path(kerasnb.__file__).parent
    files = [p for p in package.rglob("*.py") if "labextension" not in p.parts]
    files = [p for p in files if not {"_data", "_notebooks"} & set(p.parts)]
    extension = [path for path in EXTENSION.rglob("*") if path.is_file()]
    assert len(files) > 200 and compressed(files) + compressed(extension) < 1_000_000


@needs_it
@pytest.mark.slow
def test_jupyterlab_has_it_on(tmp_path):
    pytest.importorskip("jupyterlab")
    variables = lab.environment(tmp_path) | {"JUPYTER_PATH": str(Path(EXTENSIONS).parent)}
    run = subprocess.run(
        [sys.executable, "-m", "jupyter", "labextension", "list"],
        capture_output=True,
        text=True,
        env=variables,
    )
    (line,) = (one for one in (run.stdout + run.stderr).splitlines() if "kerasnb v" in one)
    assert "enabled" in line and "OK" in line
