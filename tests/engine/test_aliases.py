"""kerasnb as `keras`, Keras's dead module names, and what stays as it was."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(program, folder=ROOT, **kwargs):
    """Run a program in a process of its own, in which nothing is imported yet."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True, text=True, cwd=folder, **kwargs,
    )  # fmt: skip


def passes(program, folder=ROOT):
    done = run(program, folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_import_gives_the_same_object():
    passes("""
import kerasnb
kerasnb.install_as_keras()
import keras, keras.backend as K, keras.layers.core
from keras import backend, layers
from keras.models import Sequential, Model
from keras.layers import Dense
from keras.engine.base_layer import Layer
from keras.utils import np_utils, to_categorical
assert keras is kerasnb and K is backend is kerasnb.backend
assert keras.layers.core is kerasnb.layers.core and layers is keras.layers
assert Dense is kerasnb.layers.Dense is keras.layers.core.Dense and issubclass(Dense, Layer)
assert keras.Sequential is Sequential and keras.Model is Model
assert to_categorical is np_utils.to_categorical
""")


def test_dead_names():
    passes("""
import kerasnb
kerasnb.install_as_keras()
from keras.engine.topology import Input, InputLayer, InputSpec, Layer, Network, Node
from keras.engine.topology import get_source_inputs
from keras.backend.tensorflow_backend import dropout
import keras.objectives, kerasnb.objectives, kerasnb.backend.common
assert Layer is kerasnb.engine.Layer and dropout is kerasnb.backend.dropout
assert keras.objectives is kerasnb.objectives is kerasnb.losses
assert kerasnb.backend.common is kerasnb.backend
""")


def test_pickles_know_both_names():
    passes("""
import pickle, kerasnb
kerasnb.install_as_keras()
from keras.regularizers import L1L2
ours = pickle.dumps(L1L2(0.5))
assert type(pickle.loads(ours)) is kerasnb.regularizers.L1L2
theirs = pickle.dumps(L1L2(0.5), protocol=2).replace(b"kerasnb.regularizers", b"keras.regularizers")
assert theirs != ours and type(pickle.loads(theirs)) is kerasnb.regularizers.L1L2
""")


def test_undone():
    passes("""
import sys, kerasnb
kerasnb.install_as_keras()
from keras.layers import Dense
kerasnb.uninstall_as_keras()
assert not [m for m in sys.modules if m.split(".")[0] == "keras"]
assert kerasnb.layers.Dense is Dense
try:
    import keras
except ModuleNotFoundError as error:
    assert error.name == "keras"
else:
    raise AssertionError
kerasnb.install_as_keras()
from keras.layers import Dense as again
assert again is Dense
""")


def test_another_keras_is_left_alone(tmp_path):
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").write_text("name = 'theirs'")
    done = run(
        "sys.path.insert(0, '')\nimport keras, kerasnb\nkerasnb.install_as_keras()", tmp_path
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("RuntimeError: Another keras is already imported (")
    assert "keras/__init__.py" in last and "before anything imports keras" in last
    passes(
        """
sys.path.insert(0, '')
import kerasnb
kerasnb.install_as_keras()
import keras
assert keras is kerasnb
kerasnb.uninstall_as_keras()
import keras
assert keras.name == "theirs"
""",
        tmp_path,
    )


def test_reload():
    passes("""
import importlib, kerasnb
kerasnb.install_as_keras()
import keras.regularizers, keras.engine.topology
spec = kerasnb.regularizers.__spec__
assert spec.name == "kerasnb.regularizers" and spec.origin.endswith("regularizers.py")
for module in (kerasnb.regularizers, kerasnb, kerasnb._aliases):
    assert importlib.reload(module) is module
assert len([f for f in sys.meta_path if type(f).__name__ == "AliasFinder"]) == 1
kerasnb.install_as_keras()
import keras.constraints
assert keras.constraints is kerasnb.constraints
kerasnb.uninstall_as_keras()
assert "keras" not in sys.modules
""")


@pytest.mark.parametrize("name", ["kerasnb.nothing", "keras.nothing", "keras.layers.nothing"])
def test_what_does_not_exist(name):
    done = run(f"import kerasnb\nkerasnb.install_as_keras()\nimport {name}")
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: No module named '{name}'"
    program = "import kerasnb\nassert not hasattr(kerasnb, 'nothing')\nprint(dir(kerasnb))"
    assert "'layers'" in passes(program) and "'Sequential'" in passes(program)
