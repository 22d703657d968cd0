"""Initializers: statistics, seeds, shapes, configs."""

import math

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import initializers
from kerasnb.utils import CustomObjectScope

SHAPE = (200, 300)
CUT = 0.87962566  # deviation of a normal distribution that is cut at two deviations


def value(initializer, shape=SHAPE, dtype=None):
    x = initializer(shape, dtype=dtype)
    array = K.eval(x) if K.is_tensor(x) else x
    assert array.shape == tuple(shape) and array.dtype == (dtype or K.floatx())
    return np.asarray(array, "float64")


RANDOM = {  # name: (made with a seed, mean, deviation, least, largest)
    "RandomNormal": (lambda s: initializers.RandomNormal(1.0, 0.5, seed=s), 1, 0.5, -np.inf, np.inf),
    "RandomUniform": (lambda s: initializers.RandomUniform(-1, 3, seed=s), 1, 4 / math.sqrt(12), -1, 3),
    "TruncatedNormal": (lambda s: initializers.TruncatedNormal(1.0, 0.5, seed=s), 1, 0.5 * CUT, 0, 2),
    "lecun_uniform": (lambda s: initializers.lecun_uniform(s), 0, math.sqrt(1 / 200), None, math.sqrt(3 / 200)),
    "lecun_normal": (lambda s: initializers.lecun_normal(s), 0, math.sqrt(1 / 200), None, 2 * math.sqrt(1 / 200) / CUT),
    "glorot_uniform": (lambda s: initializers.glorot_uniform(s), 0, math.sqrt(2 / 500), None, math.sqrt(6 / 500)),
    "glorot_normal": (lambda s: initializers.glorot_normal(s), 0, math.sqrt(2 / 500), None, 2 * math.sqrt(2 / 500) / CUT),
    "he_uniform": (lambda s: initializers.he_uniform(s), 0, math.sqrt(2 / 200), None, math.sqrt(6 / 200)),
    "he_normal": (lambda s: initializers.he_normal(s), 0, math.sqrt(2 / 200), None, 2 * math.sqrt(2 / 200) / CUT),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [None, "float64"])
@pytest.mark.parametrize("name", RANDOM)
def test_statistics(name, dtype):
    make, mean, deviation, least, largest = RANDOM[name]
    x = value(make(1), dtype=dtype)
    assert abs(x.mean() - mean) < 5 * deviation / x.size**0.5
    assert abs(x.std() / deviation - 1) < 0.02
    least = -largest if least is None else least
    slack = 1e-6 * max(1, abs(largest)) if np.isfinite(largest) else 0
    assert least - slack <= x.min() and x.max() <= largest + slack
    if np.isfinite(largest):  # the bounds are reached, nearly
        assert x.max() > mean + 0.97 * (largest - mean)


@pytest.mark.parametrize("name", [*RANDOM, "Orthogonal"])
def test_seeds(name):
    make = RANDOM[name][0] if name in RANDOM else lambda s: initializers.Orthogonal(seed=s)
    shape = (20, 30)
    once, again, other = (value(make(s), shape) for s in (5, 5, 6))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()
    shared = make(5)  # by two weights: both random, and the same ones in every run
    first, second = value(shared, shape), value(shared, shape)
    np.testing.assert_array_equal(first, once)
    assert (first != second).any()
    assert shared.get_config()["seed"] == 5
    free = []
    for _ in range(2):
        K.set_random_seed(3)
        unseeded = make(None)
        free.append([value(unseeded, shape), value(unseeded, shape)])
    np.testing.assert_array_equal(free[0], free[1])
    assert (free[0][0] != free[0][1]).any()


@pytest.mark.parametrize("shape, fans", [
    ((200, 300), (200, 300)), ((3, 100, 50), (300, 150)), ((3, 3, 60, 20), (540, 180)),
    ((2, 2, 2, 30, 40), (240, 320)), ((900,), (30, 30)),
])  # fmt: skip
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_variance_scaling(shape, fans, mode, distribution):
    made = initializers.VarianceScaling(1.5, mode, distribution, seed=2)
    x = value(made, shape)
    fan = {"fan_in": fans[0], "fan_out": fans[1], "fan_avg": sum(fans) / 2}[mode]
    assert abs(x.var() / (1.5 / fan) - 1) < (0.03 if x.size > 5000 else 0.2)
    edge = 2 * math.sqrt(1.5 / fan) / CUT if distribution == "normal" else math.sqrt(4.5 / fan)
    assert np.abs(x).max() <= edge * (1 + 1e-6)


@pytest.mark.parametrize("kwargs", [{"scale": 0}, {"mode": "fan"}, {"distribution": "gamma"}])
def test_variance_scaling_refuses(kwargs):
    with pytest.raises(ValueError, match=f"VarianceScaling.*{next(iter(kwargs))}"):
        initializers.VarianceScaling(**kwargs)


@pytest.mark.parametrize("shape", [(6, 6), (3, 7), (7, 3), (2, 3, 4), (2, 2, 9)])
def test_orthogonal(shape):
    q = value(initializers.Orthogonal(gain=2.0, seed=1), shape, "float64").reshape(-1, shape[-1])
    small = q @ q.T if len(q) <= q.shape[1] else q.T @ q
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-10)


def test_orthogonal_and_identity_need_matrices():
    with pytest.raises(ValueError, match=r"Orthogonal: a shape of at least two axes.*\(3,\)"):
        initializers.Orthogonal()((3,))
    with pytest.raises(ValueError, match=r"Identity: a shape of two axes.*\(2, 2, 2\)"):
        initializers.Identity()((2, 2, 2))


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_identity(shape):
    np.testing.assert_array_equal(value(initializers.Identity(), shape), np.eye(*shape))
    np.testing.assert_array_equal(
        value(initializers.Identity(gain=0.5), shape), 0.5 * np.eye(*shape)
    )


def test_constants():
    assert not value(initializers.Zeros(), (2, 3)).any()
    assert (value(initializers.Ones(), (2, 3), "float64") == 1).all()
    assert (value(initializers.Constant(2.5), (2, 3)) == 2.5).all()
    assert (value(initializers.Constant(), (4,)) == 0).all()
    array = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(value(initializers.Constant(array), (2, 3)), array)


def test_the_base_draws_nothing():
    with pytest.raises(NotImplementedError):
        initializers.Initializer()((2,))


CLASSES = {
    "Zeros": {}, "Ones": {}, "Constant": {"value": 3},
    "RandomNormal": {"mean": 1.0, "stddev": 2.0, "seed": 3},
    "RandomUniform": {"minval": -1, "maxval": 2, "seed": 3},
    "TruncatedNormal": {"mean": 1.0, "stddev": 2.0, "seed": None},
    "VarianceScaling": {"scale": 2.0, "mode": "fan_out", "distribution": "uniform", "seed": 1},
    "Orthogonal": {"gain": 2.0, "seed": 4}, "Identity": {"gain": 3.0},
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_config_round_trip(name):
    cls, config = getattr(initializers, name), CLASSES[name]
    made = cls(**config)
    assert isinstance(made, initializers.Initializer) and made.get_config() == config
    stored = initializers.serialize(made)
    assert stored == {"class_name": name, "config": config}
    for again in (
        initializers.deserialize(stored),
        initializers.get(stored),
        cls.from_config(config),
    ):
        assert type(again) is cls and again.get_config() == config
    assert type(cls.from_config({**config, "dtype": "float32"})) is cls
    assert type(initializers.get(name)) is cls and initializers.get(made) is made
    assert type(initializers.get(cls)) is cls


ALIASES = {
    "zero": "Zeros", "zeros": "Zeros", "one": "Ones", "ones": "Ones", "constant": "Constant",
    "uniform": "RandomUniform", "random_uniform": "RandomUniform", "normal": "RandomNormal",
    "random_normal": "RandomNormal", "truncated_normal": "TruncatedNormal",
    "identity": "Identity", "orthogonal": "Orthogonal",
}  # fmt: skip


@pytest.mark.parametrize("alias, name", ALIASES.items())
def test_aliases(alias, name):
    cls = getattr(initializers, name)
    assert getattr(initializers, alias) is cls and type(initializers.get(alias)) is cls


@pytest.mark.parametrize("name", [n for n in RANDOM if n.islower()])
def test_functions_make_variance_scaling(name):
    made = initializers.get(name)
    assert isinstance(made, initializers.VarianceScaling)
    assert made.get_config() == getattr(initializers, name)().get_config()
    assert getattr(initializers, name)(seed=7).get_config()["seed"] == 7


def test_get():
    def mine(shape, dtype=None):
        return np.full(shape, 2.0)

    assert initializers.get(mine) is mine and initializers.serialize(mine) == "mine"
    with CustomObjectScope({"mine": mine}):
        assert initializers.get("mine") is mine
    for wrong in ("mine", 3, {"class_name": "mine", "config": {}}):
        with pytest.raises(ValueError):
            initializers.get(wrong)


def test_large_weights_take_no_memory_until_they_are_needed():
    import tracemalloc

    tracemalloc.start()
    for name in ("glorot_uniform", "he_normal", "zeros", "ones", "random_normal"):
        K.variable(initializers.get(name)((4000, 4000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6
