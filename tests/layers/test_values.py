"""Values and gradients of every layer against real Keras, or NumPy where that is no judge.

The fixtures hold what tf_keras computes in float64 (`tests/reference/layers.py` makes them). In
float64 ours agree to 1e-10, in float32 to 1e-5, relative to the largest entry.
"""

import functools
from pathlib import Path

import numpy as np
import pytest

from kerasnb import backend as K
from tests.layers.checks import TOLERANCE, connected, run
from tests.layers.contract import all_cases

HERE = Path(__file__).parent
REFERENCE = HERE.parent / "reference"
CASES = [case for cases in all_cases().values() for case in cases]
ASKED = [c for c in CASES if not c.differs]
COMPUTED = [c for c in CASES if c.want]
STEP = 1e-4  # of finite differences


@pytest.fixture(autouse=True, params=list(TOLERANCE))
def dtype(request):
    before = K.floatx()
    K.clear_session()
    K.set_floatx(request.param)
    yield request.param
    K.set_floatx(before)
    K.clear_session()


@functools.cache
def fixture(module):
    """Return the results of real Keras for the cases of a module."""
    return dict(np.load(REFERENCE / f"layers_{module}.npz"))


def results(case, phase):
    """Return our outputs, and the gradients by inputs and by trainable weights of their sum."""
    layer, xs, ys = connected(case)
    shapes = [(len(case.inputs()[0]), *K.int_shape(y)[1:]) for y in ys]
    factors = [K.constant(f) for f in case.cotangents(shapes)]
    total = sum(K.sum(y * f) for y, f in zip(ys, factors, strict=True))
    by = (xs if case.words is None else []) + layer.trainable_weights
    grads = K.gradients(total, by) if by else []
    grads = [K.zeros_like(v) if g is None else g for v, g in zip(by, grads, strict=True)]
    return run(xs, [*ys, *grads], case.inputs(), phase)


def assert_close(got, want, dtype):
    assert got.dtype.name == dtype
    assert got.shape == want.shape
    largest = np.abs(want).max(initial=0.0)
    np.testing.assert_allclose(got, want, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * largest)


@pytest.mark.parametrize(
    ("case", "phase"), [pytest.param(c, p, id=f"{c.name}-{p}") for c in ASKED for p in c.phases]
)
def test_real_keras(case, phase, dtype):
    wanted = fixture(case.module)
    got = results(case, phase)
    stored = [key for key in wanted if key.startswith(f"{case.name}|{phase}|")]
    assert len(stored) == len(got), "make the fixtures anew: see tests/reference/layers.py"
    for i, array in enumerate(got):
        assert_close(array, wanted[f"{case.name}|{phase}|{i}"], dtype)


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in COMPUTED])
def test_numpy(case, dtype):
    """Values as NumPy's, gradients as finite differences of NumPy's values."""
    layer, _, _ = connected(case)
    names = tuple((w.name, tuple(w.shape)) for w in layer.weights)
    want, slopes = by_numpy(case.name, names, len(layer.trainable_weights))
    value, *grads = results(case, 0)
    assert_close(value, want, dtype)
    for got, slope in zip(grads, slopes, strict=True):
        np.testing.assert_allclose(got, slope, rtol=1e-4, atol=1e-5 * np.abs(slope).max())


@functools.cache
def by_numpy(name, weights, trainable):
    """Return NumPy's value for a case, and its derivatives: in float64, for both float types."""
    (case,) = (c for c in COMPUTED if c.name == name)
    inputs = case.inputs()
    values = case.weights([w[0] for w in weights], [w[1] for w in weights])
    want = case.want(inputs, values)
    (factor,) = case.cotangents([want.shape])
    variables = (inputs if case.words is None else []) + values[:trainable]
    return want, [
        differences(lambda: np.sum(case.want(inputs, values) * factor), v) for v in variables
    ]


def differences(value, variable):
    """Return the derivative of `value()` by each entry of an array, which is changed in place."""
    slopes = np.empty_like(variable)
    for place in np.ndindex(*variable.shape):
        here = variable[place]
        variable[place] = here + STEP
        above = value()
        variable[place] = here - STEP
        slopes[place] = (above - value()) / (2 * STEP)
        variable[place] = here
    return slopes


def test_known_differences_are_judged_by_numpy():
    assert [case.name for case in CASES if case.differs and case.want is None] == []


@pytest.mark.parametrize("module", sorted({case.module for case in ASKED}))
def test_the_fixtures_hold_nothing_else(module):
    names = {case.name for case in ASKED if case.module == module}
    stored = {key.rpartition("|")[0].rpartition("|")[0] for key in fixture(module)}
    assert stored - {""} == names


def test_the_fixtures_are_small():
    assert sum(p.stat().st_size for p in REFERENCE.glob("layers_*.npz")) < 1_500_000
