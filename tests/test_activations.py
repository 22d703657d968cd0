"""Activations against NumPy, with gradients, and their names in configs."""

import warnings

import numpy as np
import pytest

import kerasnb
from kerasnb import activations
from kerasnb import backend as K
from kerasnb.utils import CustomObjectScope
from tests.backend.checks import Case, with_samples
from tests.graph import checks
from tests.graph.cases.make import apart, normal

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis, keepdims=True)


WANTED = {
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: SCALE * np.where(x > 0, x, ALPHA * (np.exp(x) - 1)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "relu": lambda x: np.where(x > 0, x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "exponential": np.exp,
    "linear": lambda x: x,
    "softmax": softmax,
}
KEYWORDS = {
    "elu alpha": (lambda x: activations.elu(x, alpha=0.3), lambda x: np.where(x > 0, x, 0.3 * (np.exp(x) - 1))),
    "softmax axis": (lambda x: activations.softmax(x, axis=0), lambda x: softmax(x, 0)),
    "relu alpha": (lambda x: activations.relu(x, alpha=0.1), lambda x: np.where(x > 0, x, 0.1 * x)),
    "relu max_value": (lambda x: activations.relu(x, max_value=0.4), lambda x: np.clip(x, 0, 0.4)),
    "relu threshold": (lambda x: activations.relu(x, threshold=0.3), lambda x: np.where(x >= 0.3, x, 0)),
}  # fmt: skip
CASES = [
    Case(getattr(activations, name), apart((3, 4), gap=0.17), want, name, samples=(0,))
    for name, want in WANTED.items()
]
CASES += [Case(f, apart((3, 4), gap=0.17), want, name) for name, (f, want) in KEYWORDS.items()]
CASES += [Case(activations.softmax, normal((2, 3, 4)), softmax, "softmax of three axes")]
for _case in CASES:
    _case.name = "activation"


@pytest.mark.parametrize("case", [pytest.param(c, id=c.label) for c in CASES])
def test_values_shapes_and_gradients(case):
    checks.check_values(case, fresh=True)
    checks.check_shapes(case)
    checks.check_gradients(case)
    if case.samples:
        for count in (1, 0):
            checks.check_values(with_samples(case, count))


def test_far_out():
    x = K.constant([[-1e4, 1e4, 0.0]])
    for name in WANTED:
        if name not in ("exponential", "linear"):
            assert np.isfinite(K.eval(getattr(activations, name)(x))).all(), name


def test_softmax_needs_classes():
    with pytest.raises(ValueError, match="1D"):
        activations.softmax(K.placeholder((3,)))


@pytest.mark.parametrize("name", WANTED)
def test_names(name):
    function = activations.get(name)
    assert function is getattr(activations, name) is activations.deserialize(name)
    assert activations.serialize(function) == name and activations.get(function) is function


def test_get():
    assert activations.get(None) is activations.linear

    def mine(x):
        return x * 2

    assert activations.get(mine) is mine and activations.serialize(mine) == "mine"
    with CustomObjectScope({"mine": mine}):
        assert activations.get("mine") is mine
    assert activations.deserialize("mine", custom_objects={"mine": mine}) is mine
    with pytest.raises(ValueError, match="mine"):
        activations.get("mine")
    with pytest.raises(ValueError, match="a name or a function is needed"):
        activations.get(3)
    with pytest.warns(UserWarning, match="given as an activation"):
        activations.get(kerasnb.layers.Activation("relu"))


def test_one_activation_of_a_layer():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer = kerasnb.layers.Dense(2, activation=activations.elu)
    assert layer.get_config()["activation"] == "elu"
