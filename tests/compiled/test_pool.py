"""Compiled pooling gives exactly what NumPy's does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite, which is not installed")

from kerasnb.array import numpy as xp
from kerasnb.array.compiled.host import force_lanes
from kerasnb.graph import OPS


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    """Kernels are made even where they do not pay."""
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")


def few(*shape, seed=0):
    """Few different numbers: many windows hold their largest twice."""
    return np.random.default_rng(seed).integers(-3, 4, shape).astype("float32")


def check(x, **params):
    pool, back = OPS["max_pool"].op(**params), OPS["unpool"].op(**params)
    shape = pool.pooled(x.shape)
    results = []
    for bind in (True, False):
        y, index = np.full(shape, np.nan, "float32"), np.full(shape, 77, "uint8")
        run = pool.bind(xp, [x], (y, index)) if bind else None
        if bind:
            assert getattr(run, "func", None) != pool.run, "no kernel was made"
            run()
        else:
            pool.run(xp, x, out=(y, index))
        dy, dx = few(*shape, seed=1), np.full_like(x, np.nan)
        run = back.bind(xp, [dy, index, None], dx)
        assert getattr(run, "func", None) != back.run, "no kernel was made"
        if bind:
            run()
        else:
            back.run(xp, dy, index, None, out=dx)
        results.append((y, index, dx))
    for got, want in zip(*results, strict=True):
        np.testing.assert_array_equal(got, want)
    return results[0]


@settings(max_examples=10, deadline=None)
@given(
    rank=st.integers(1, 3),
    batch=st.integers(1, 3),
    size=st.integers(4, 9),
    channels=st.integers(1, 19),
    window=st.integers(1, 3),
    more=st.integers(0, 1),
)
def test_any_shape(rank, batch, size, channels, window, more):
    x = few(batch, *range(size, size + rank), channels)
    check(x, size=window, strides=window + more)


@pytest.mark.parametrize("lanes", [4, 8])
def test_widths_of_vectors(lanes):
    with force_lanes(lanes):
        check(few(2, 6, 8, 21))


def test_windows_that_overlap():
    check(few(2, 9, 9, 10), size=3, strides=2)
    check(few(2, 9, 10), size=3, strides=1)


def test_nan_and_infinity():
    x = few(4, 12, 12, 8)
    bad = np.random.default_rng(2).choice([np.nan, np.inf, -np.inf, 0.0], x.shape)
    y, _, _ = check(
        np.where(np.random.default_rng(3).random(x.shape) < 0.2, bad, x).astype("float32")
    )
    assert np.isnan(y).any() and np.isinf(y).any()
    check(np.full((1, 4, 4, 9), -np.inf, "float32"))


def test_a_slope_that_is_not_finite_reaches_what_it_reaches_with_numpy():
    dy, index = few(1, 3, 3, 5), np.ones((1, 3, 3, 5), "uint8")
    dy[0, 1, 1, 2] = np.inf
    op = OPS["unpool"].op()
    got, want = np.empty((2, 1, 6, 6, 5), "float32")
    op.bind(xp, [dy, index, None], got)()
    with xp.quiet():
        op.run(xp, dy, index, None, out=want)
    np.testing.assert_array_equal(got, want)


def test_an_index_that_nobody_reads():
    x, y = few(2, 6, 6, 9), np.empty((2, 3, 3, 9), "float32")
    OPS["max_pool"].op().bind(xp, [x], (y, None))()
    np.testing.assert_array_equal(y, x.reshape(2, 3, 2, 3, 2, 9).max((2, 4)))


def test_what_no_kernel_takes():
    for x, params in ((few(2, 5, 5, 3), {"padding": "same"}), (few(0, 4, 4, 3), {})):
        op = OPS["max_pool"].op(**params)
        shape = op.pooled(x.shape)
        run = op.bind(xp, [x], (np.empty(shape, "float32"), np.empty(shape, "uint8")))
        assert run.func == op.run
