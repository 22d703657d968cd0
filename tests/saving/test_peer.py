"""tf_keras reads our files, and we read what it makes of them.

It needs an environment of its own, whose Python `KERASNB_TF_KERAS` names.
"""

import importlib.util
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import layers, losses, optimizers
from kerasnb.models import Model, load_model
from tests.layers.contract import all_cases

from .models import MODELS, inputs_of, shaken, targets_of
from .peer import listed
from .peer import losses as losses_of

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("KERASNB_TF_KERAS") or (
    sys.executable if importlib.util.find_spec("tf_keras") else None
)
NAMES = [name for name in MODELS if name != "own"]
"""`own` has functions of its own, which tf_keras would have to be told."""

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(
        PYTHON is None,
        reason="tf_keras is not installed here; KERASNB_TF_KERAS can name a Python that has it",
    ),
]


def compiled(name):
    """Return a model that has learned for two steps."""
    K.clear_session()
    np.random.seed(1)
    model = shaken(MODELS[name]())
    optimizer = optimizers.SGD(0.01) if len(name) % 2 else optimizers.Adam(0.001)
    model.compile(optimizer, losses.MeanSquaredError() if len(name) % 3 else "mse")
    losses_of(model, inputs_of(model), targets_of(model), 2)
    return model


def model_of(case):
    """Return a model with one layer, of a case of the layers' contract."""
    x = [layers.Input(s, dtype=None if case.words is None else "int32") for s in case.shapes]
    return shaken(Model(x, case.make(layers)(x[0] if len(x) == 1 else x)))


def cases():
    """Return the cases of all layers, but those in which tf_keras is known to differ.

    And but Lambda: its code is for one version of Python only.
    """
    found = [case for some in all_cases().values() for case in some if not case.differs]
    return {case.name: case for case in found if case.layer != "Lambda"}


CASES = cases()


def asked(folder):
    """Let tf_keras read the files in a folder."""
    command = [str(PYTHON), "-m", "tests.saving.peer", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name in NAMES:
        compiled(name).save(folder / f"{name}.h5")
    return asked(folder)


@pytest.fixture(scope="module")
def single_layers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers")
    for i, case in enumerate(CASES.values()):
        K.clear_session()
        model_of(case).save(folder / f"{i}.h5")
    return asked(folder)


def loaded(path):
    """Return a model from a file; some states have no equal on the other side."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No training configuration found")
        return load_model(path)


def assert_predicts(model, results):
    x = [results[k] for k in results if k.startswith("x")]
    model.reset_states()
    for i, p in enumerate(listed(model.predict(x))):
        np.testing.assert_allclose(p, results[f"p{i}"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_models(name, models):
    results = np.load(models / f"{name}.npz")
    assert "error" not in results, results["error"]
    for suffix in ("h5", "tf"):
        assert_predicts(loaded(models / f"{name}.{suffix}"), results)
    other = shaken(MODELS[name](), seed=9)
    other.load_weights(models / f"{name}.tfw")
    assert_predicts(other, results)


@pytest.mark.parametrize("name", NAMES)
def test_training_goes_on(name, models):
    """From the file that tf_keras has saved, with its optimizer's state."""
    results = np.load(models / f"{name}.npz")
    model = loaded(models / f"{name}.tf")
    x, y = ([results[k] for k in results if k.startswith(c)] for c in "xy")
    before = [w.copy() for w in model.get_weights()]
    wanted = results["losses"]
    if any("dropout" in layer.name for layer in model.layers):
        assert len(losses_of(model, x, y)) == len(wanted)  # other random numbers there
    else:
        np.testing.assert_allclose(losses_of(model, x, y), wanted, rtol=1e-4)
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_layers(name, single_layers):
    number = list(CASES).index(name)
    results = np.load(single_layers / f"{number}.npz")
    assert "error" not in results, results["error"]
    for suffix in ("h5", "tf"):
        assert_predicts(loaded(single_layers / f"{number}.{suffix}"), results)
