"""Extreme numbers: huge, tiny, infinite, none at all. Finite wherever TensorFlow is finite.

TensorFlow has computed what is expected (`tests/reference/numerics.py`). Where it has infinity or
NaN, a finite number of ours is no mistake, but another infinity is.
"""

import json

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb import optimizers
from kerasnb.array.compiled import wanted
from tests.reference.numerics import CASES, PATH, arrays, factors

FIXTURE = json.loads(PATH.read_text("utf-8"))["cases"]
ELEMENTWISE = list(CASES)[: list(CASES).index("softmax")]
# Where TensorFlow is not the measure, and why.
OTHERWISE = {
    ("cumprod", "gradient"): "TensorFlow takes 0 for it where a factor is 0; cases in graph/cases",
    ("argmax", "value"): "NumPy takes NaN for the largest, TensorFlow passes over it",
    # The difference of two numbers that are nearly equal: right to three digits where x is 1e4.
    ("softsign", "gradient"): "x / (1 + |x|) is differentiated as it stands",
}


def results(name):
    """Return the values of a case and the gradients of their weighted sum, flat."""
    K.clear_session()
    inputs = arrays(name)
    xs = [K.placeholder(a.shape) for a in inputs]
    y = CASES[name][0](kerasnb, *xs)
    grads = K.gradients(K.sum(y * factors(y)), xs)
    outputs = [y, *(K.zeros_like(x) if d is None else d for x, d in zip(xs, grads, strict=True))]
    return [np.asarray(r, float).ravel() for r in K.function(xs, outputs)(inputs)]


def noise(name):
    """Return what rounding makes of numbers near 1, which may be left where they cancel."""
    if name in ELEMENTWISE and name not in ("elu", "selu"):
        return 1e-35  # nothing cancels; but TensorFlow takes the smallest numbers for 0
    return 5e-6 if name.startswith("batch norm") else 3e-7  # up to 1 / sqrt(epsilon) as large there


# Kernels are made of elementwise chains; the rest is computed in one way.
RUNS = [(name, "numpy") for name in CASES] + [(name, "compiled") for name in ELEMENTWISE]


@pytest.mark.parametrize(("name", "kernels"), RUNS)
def test_like_tensorflow(name, kernels, monkeypatch):
    if kernels == "compiled" and not wanted():
        pytest.skip("llvmlite, which compiles kernels, is not installed here")
    monkeypatch.setenv("KERASNB_KERNELS", kernels)
    got, want = results(name), [np.array(w, float) for w in FIXTURE[name]]
    for number, (a, b) in enumerate(zip(got, want, strict=True)):
        part = "gradient" if number else "value"
        assert a.shape == b.shape
        if (name, part) in OTHERWISE:
            continue
        counts = np.isfinite(b)
        if number and name in ELEMENTWISE:
            counts &= np.isfinite(want[0])  # a slope where there is no value
        with np.errstate(invalid="ignore"):
            bad = counts & ~(abs(a - b) <= 2e-5 * abs(b) + noise(name))
        if not number:
            bad |= np.isinf(a) & np.isinf(b) & (a != b)
        assert not bad.any(), (part, [(i, a[i], b[i]) for i in np.flatnonzero(bad)[:8]])


def test_cross_entropy_of_sure_logits_keeps_its_digits():
    """Also where the loss is a million times smaller than the logit."""
    x = np.array([-80, -30, -12, -5, -1e-3, 0, 1e-3, 5, 12, 30, 80], "float32")
    logit, target = K.placeholder((11,)), K.placeholder((11,))
    loss = K.binary_crossentropy(target, logit, from_logits=True)
    run = K.function([target, logit], [loss, *K.gradients(loss, [logit])])
    exact = x.astype(float)
    for t in (0.0, 0.5, 1.0):
        value, slope = run([np.full(11, t), x])
        sign = np.where(exact >= 0, 1 - t, -t)
        want = np.log1p(np.exp(-abs(exact))) + exact * sign
        np.testing.assert_allclose(value, want, rtol=1e-6)
        want = np.where(exact >= 0, -1, 1) / (1 + np.exp(abs(exact))) + sign
        np.testing.assert_allclose(slope, want, rtol=1e-5, atol=3e-8 if t == 0.5 else 1e-35)


@pytest.mark.parametrize("pair", [K.maximum, K.minimum], ids=["maximum", "minimum"])
def test_what_does_not_count_has_no_slope(pair):
    """Not even where the slope behind it is infinite, as that of a logarithm at zero."""
    x = K.placeholder((3,))
    sign = 1.0 if pair is K.maximum else -1.0
    y = K.log(sign * pair(sign * x, 0.0))
    (slope,) = K.function([x], K.gradients(y, [x]))([[-1.0, -2.0, 0.5]])
    np.testing.assert_array_equal(slope, [0, 0, 2])
    (slope,) = K.function([x], K.gradients(K.log(K.clip(x, 0.0, 1.0)), [x]))([[-1.0, 2.0, 0.5]])
    np.testing.assert_array_equal(slope, [0, 0, 2])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "bool"])
def test_extremes_of_nothing(dtype):
    """The numbers that anything else replaces, as TensorFlow has them."""
    x = K.placeholder((2, 0), dtype=dtype)
    low, high = (f([np.zeros((2, 0))])[0] for f in (
        K.function([x], [f(x, axis=1)]) for f in (K.max, K.min)
    ))  # fmt: skip
    if dtype == "bool":
        want = (False, True)
    elif dtype == "int32":
        want = (np.iinfo(dtype).min, np.iinfo(dtype).max)
    else:
        want = (-np.inf, np.inf)
    assert (low.tolist(), high.tolist()) == ([want[0]] * 2, [want[1]] * 2)


STEPPERS = ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam"]
GRADIENTS = [0.0, 1e-45, 1e-30, 1e-20, 1e-8, 1.0, 1e8, 1e15]


@pytest.mark.parametrize("name", STEPPERS)
@pytest.mark.parametrize("limit", [{}, {"clipnorm": 1.0}, {"clipvalue": 0.5}])
def test_optimizers(name, limit):
    """Three steps with gradients from none to huge; shortened, also those whose squares overflow."""
    gradients = GRADIENTS if not limit else [*GRADIENTS, 1e25]
    for size in gradients:
        w = K.variable(np.ones(2))
        slope = K.constant(np.array([size, -size]))
        optimizer = getattr(optimizers, name)(learning_rate=0.01, **limit)
        step = K.function([], [], optimizer.get_updates(K.sum(w * slope), [w]))
        for _ in range(3):
            step([])
        got = K.get_value(w)
        assert np.isfinite(got).all(), size
        if size == 0:
            np.testing.assert_array_equal(got, 1)
        elif limit or name != "SGD":
            assert abs(got - 1).max() < 0.1, size
        assert got[0] <= 1 <= got[1]


def test_clipnorm_shortens_as_keras_does():
    """By clipnorm / norm where the norm is larger, else not at all; a norm beyond all is infinite."""
    for slope, want in (
        ([3.0, 4.0], [0.6, 0.8]), ([0.3, 0.4], [0.3, 0.4]), ([0.0, 0.0], [0.0, 0.0]),
        ([1e30, 1e30], [0.0, 0.0]),
    ):  # fmt: skip
        w = K.variable(np.zeros(2))
        optimizer = optimizers.SGD(clipnorm=1.0)
        (got,) = optimizer.get_gradients(K.sum(w * K.constant(slope)), [w])
        np.testing.assert_allclose(K.eval(got), want, rtol=1e-6)


def test_fixture():
    """It has all cases, each with numbers, and some of them are no numbers."""
    assert set(FIXTURE) == set(CASES)
    assert all(len(values) == len(CASES[n][1]) + 1 for n, values in FIXTURE.items())
    numbers = np.concatenate([np.ravel(v) for values in FIXTURE.values() for v in values])
    assert 0.5 < np.isfinite(numbers).mean() < 1
