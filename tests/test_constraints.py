"""Constraints against NumPy, over all axes, and their configs."""

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb import constraints
from kerasnb.utils import CustomObjectScope
from tests.backend.checks import Case
from tests.graph import checks
from tests.graph.cases.make import apart, exactly

EPSILON = 1e-7


def norms(w, axis):
    return np.sqrt((w**2).sum(tuple(axis) if isinstance(axis, list) else axis, keepdims=True))


def max_norm(w, most, axis):
    n = norms(w, axis)
    return w * np.where(n > most, most, n) / (EPSILON + n)


def min_max(w, least, most, rate, axis):
    n = norms(w, axis)
    return w / (EPSILON + n) * (rate * np.clip(n, least, most) + (1 - rate) * n)


AXES = [((3, 4), 0), ((3, 4), 1), ((3, 4), -1), ((2, 2, 3, 2), [0, 1, 2]), ((4,), 0)]
CASES = [
    Case(constraints.NonNeg(), apart((3, 4)), lambda w: np.where(w < 0, 0, w), "NonNeg"),
    Case(constraints.Constraint(), apart((3, 4)), lambda w: w, "Constraint"),
    Case(
        constraints.MaxNorm(), exactly(np.zeros((3, 2))), lambda w: w, "nothing to scale", order=0
    ),
]
for _shape, _axis in AXES:
    _weights = apart(_shape, gap=0.3)
    CASES += [
        Case(
            constraints.UnitNorm(axis=_axis), _weights,
            lambda w, a=_axis: w / (EPSILON + norms(w, a)), f"UnitNorm {_shape} {_axis}", scale=4.0,
        ),
        *(
            Case(
                constraints.MaxNorm(most, axis=_axis), _weights,
                lambda w, m=most, a=_axis: max_norm(w, m, a), f"MaxNorm {most} {_shape} {_axis}",
                scale=4.0,
            )
            for most in (0.7, 2, 50)
        ),
        *(
            Case(
                constraints.MinMaxNorm(*bounds, axis=_axis), _weights,
                lambda w, b=bounds, a=_axis: min_max(w, *b, a), f"MinMaxNorm {bounds} {_shape} {_axis}",
                scale=4.0,
            )
            for bounds in [(0.0, 1.0, 1.0), (1.5, 2.0, 1.0), (0.5, 1.5, 0.3)]
        ),
    ]  # fmt: skip
for _case in CASES:
    _case.name = "constraint"


@pytest.mark.parametrize("case", [pytest.param(c, id=c.label) for c in CASES])
def test_values_and_shapes(case):
    checks.check_values(case, fresh=True)
    checks.check_shapes(case)


CLASSES = {
    "MaxNorm": {"max_value": 3, "axis": 1},
    "NonNeg": {},
    "UnitNorm": {"axis": [0, 1]},
    "MinMaxNorm": {"min_value": 0.5, "max_value": 2.0, "rate": 0.9, "axis": 0},
}
ALIASES = {
    "max_norm": "MaxNorm", "maxnorm": "MaxNorm", "non_neg": "NonNeg", "nonneg": "NonNeg",
    "unit_norm": "UnitNorm", "unitnorm": "UnitNorm", "min_max_norm": "MinMaxNorm",
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_config_round_trip(name):
    cls, config = getattr(constraints, name), CLASSES[name]
    made = cls(**config)
    assert isinstance(made, constraints.Constraint) and made.get_config() == config
    stored = constraints.serialize(made)
    assert stored == {"class_name": name, "config": config}
    for again in (constraints.deserialize(stored), constraints.get(stored)):
        assert type(again) is cls and again.get_config() == config
    assert type(constraints.get(name)) is cls and constraints.get(made) is made


@pytest.mark.parametrize("alias, name", ALIASES.items())
def test_aliases(alias, name):
    cls = getattr(constraints, name)
    assert getattr(constraints, alias) is cls and type(constraints.get(alias)) is cls


def test_get():
    assert constraints.get(None) is None

    def mine(w):
        return w

    assert constraints.get(mine) is mine and constraints.serialize(mine) == "mine"
    with CustomObjectScope({"mine": mine}):
        assert constraints.get("mine") is mine
    for wrong in ("mine", 3):
        with pytest.raises(ValueError):
            constraints.get(wrong)


def test_training_keeps_them():
    model = kerasnb.Sequential([
        kerasnb.layers.Dense(
            5, input_shape=(4,), kernel_constraint=constraints.UnitNorm(), bias_constraint="non_neg"
        )
    ])  # fmt: skip
    model.compile("sgd", "mse")
    rng = np.random.default_rng(1)
    model.fit(rng.standard_normal((32, 4)), rng.standard_normal((32, 5)) - 1, epochs=2, verbose=0)
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(norms(kernel, 0), np.ones((1, 5)), rtol=1e-5)
    assert (bias >= 0).all()
    assert K.is_variable(model.layers[0].kernel)
