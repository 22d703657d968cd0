"""Regularizers: the penalty, its gradient, what a model adds to its loss, configs."""

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb import regularizers
from kerasnb.layers import ActivityRegularization, Dense
from kerasnb.utils import CustomObjectScope
from tests.backend.checks import Case
from tests.graph import checks
from tests.graph.cases.make import apart

MADE = {
    "l1": (regularizers.l1(0.1), 0.1, 0.0),
    "l1 default": (regularizers.l1(), 0.01, 0.0),
    "l2": (regularizers.l2(0.3), 0.0, 0.3),
    "l2 default": (regularizers.l2(), 0.0, 0.01),
    "l1_l2": (regularizers.l1_l2(0.2, 0.05), 0.2, 0.05),
    "l1_l2 default": (regularizers.l1_l2(), 0.01, 0.01),
    "L1L2": (regularizers.L1L2(l1=0.4), 0.4, 0.0),
}
CASES = [
    Case(
        made, apart(shape), lambda w, a=l1, b=l2: a * np.abs(w).sum() + b * (w**2).sum(),
        f"{name} {shape}", scale=4.0,
    )
    for name, (made, l1, l2) in MADE.items()
    for shape in [(3, 4), (2, 2, 3), (0, 2)]
]  # fmt: skip
for _case in CASES:
    _case.name = "penalty"


@pytest.mark.parametrize("case", [pytest.param(c, id=c.label) for c in CASES])
def test_penalty_and_gradient(case):
    checks.check_values(case, fresh=True)
    checks.check_shapes(case)
    checks.check_gradients(case)


def test_none_at_all():
    assert regularizers.L1L2()(K.variable([1.0])) == 0.0
    assert regularizers.Regularizer()(K.variable([1.0])) == 0.0
    assert regularizers.get(None) is None


@pytest.mark.parametrize("name", MADE)
def test_config_round_trip(name):
    made, l1, l2 = MADE[name]
    assert isinstance(made, regularizers.L1L2) and isinstance(made, regularizers.Regularizer)
    stored = regularizers.serialize(made)
    assert stored == {"class_name": "L1L2", "config": {"l1": l1, "l2": l2}}
    for again in (regularizers.deserialize(stored), regularizers.get(stored)):
        assert type(again) is regularizers.L1L2 and again.get_config() == {"l1": l1, "l2": l2}
    assert type(regularizers.L1L2.from_config(made.get_config())) is regularizers.L1L2
    assert regularizers.get(made) is made


def test_get():
    assert regularizers.get("l1").get_config() == {"l1": 0.01, "l2": 0.0}
    assert regularizers.get("l1_l2").get_config() == {"l1": 0.01, "l2": 0.01}

    def mine(w):
        return K.sum(w)

    assert regularizers.get(mine) is mine and regularizers.serialize(mine) == "mine"
    with CustomObjectScope({"mine": mine}):
        assert regularizers.get("mine") is mine
    for wrong in ("mine", 3):
        with pytest.raises(ValueError):
            regularizers.get(wrong)


def test_a_model_adds_them():
    model = kerasnb.Sequential([
        Dense(
            2, input_shape=(3,), kernel_regularizer="l2", bias_regularizer=regularizers.l1(0.5),
            bias_initializer="ones", activity_regularizer=regularizers.l1(0.1),
        ),
        ActivityRegularization(l2=0.2),
    ])  # fmt: skip
    model.compile("sgd", "mse")
    kernel, bias = model.get_weights()
    x, y = np.random.default_rng(0).standard_normal((2, 4, 3))[:, :, :3]
    y = y[:, :2]
    out = model.predict(x)
    extra = 0.01 * (kernel**2).sum() + 0.5 * np.abs(bias).sum()
    activity = 0.1 * np.abs(out).sum() + 0.2 * (out**2).sum()
    plain = ((out - y) ** 2).mean()
    loss = model.evaluate(x, y, batch_size=4, verbose=0)
    np.testing.assert_allclose(loss, plain + extra + activity, rtol=1e-5)
