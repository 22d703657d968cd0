"""Compiled batch normalization beside NumPy's and beside float64."""

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite, which is not installed")

from kerasnb.array import numpy as xp
from kerasnb.array.compiled.host import force_lanes
from kerasnb.graph import OPS


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    """Kernels are made even where they do not pay."""
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def run(op, arrays, shapes, dtype="float32", bind=True):
    outs = tuple(np.full(s, np.nan, dtype) for s in shapes)
    arrays = [a.astype(dtype) for a in arrays]
    if bind:
        bound = op.bind(xp, arrays, outs)
        assert getattr(bound, "func", None) != op.run, "no kernel was made"
        bound()
    else:
        op.run(xp, *arrays, out=outs)
    return outs


def check(op, arrays, shapes, bound=3e-6):
    exact = run(op, arrays, shapes, "float64", bind=False)
    for got, want in zip(run(op, arrays, shapes), exact, strict=True):
        assert np.abs(got - want).max() <= bound * max(1.0, np.abs(want).max())


@pytest.mark.parametrize("channels", [1, 5, 8, 20, 33, 72])
@pytest.mark.parametrize("rows", [(1,), (7, 9), (5, 4, 13)])
def test_errors_beside_float64(rows, channels):
    x, dy = normal(*rows, channels) * 2 + 3, normal(*rows, channels, seed=1)
    small = [normal(channels, seed=i) for i in range(6)]
    axes = tuple(range(len(rows)))
    shapes = [x.shape, (channels,), (channels,)]
    check(OPS["batch_norm"].op(axes), [x, *small[:2]], shapes)
    mean, var = x.mean(axes), x.var(axes)
    arrays = [dy, x, small[2], mean, var, small[4], small[5]]
    check(OPS["batch_norm_grad"].op(axes), arrays, shapes, 1e-5)


@pytest.mark.parametrize("lanes", [4, 8])
def test_widths_of_vectors(lanes):
    with force_lanes(lanes):
        check(
            OPS["batch_norm"].op((0,)),
            [normal(200, 27), normal(27), normal(27)],
            [(200, 27), (27,), (27,)],
        )


def test_a_large_mean_costs_no_digits_of_the_variance():
    x = normal(20000, 3) + 1000
    op = OPS["batch_norm"].op((0,))
    shapes = [x.shape, (3,), (3,)]
    ones, zeros = np.ones(3), np.zeros(3)
    _, mean, var = run(op, [x, ones, zeros], shapes)
    wide = x.astype("float64")
    np.testing.assert_allclose(mean, wide.mean(0), rtol=1e-7)
    np.testing.assert_allclose(var, wide.var(0), rtol=1e-5)


def test_outputs_that_nobody_reads_and_results_in_place():
    x, dy = normal(300, 12), normal(300, 12, seed=1)
    gamma, beta = normal(12), normal(12, seed=2)
    y, mean, var = run(OPS["batch_norm"].op((0,)), [x, gamma, beta], [x.shape, (12,), (12,)])
    alone = np.empty_like(x)
    OPS["batch_norm"].op((0,)).bind(xp, [x, gamma, beta], (alone, None, None))()
    np.testing.assert_array_equal(alone, y)
    op = OPS["batch_norm_grad"].op((0,))
    arrays = [dy, x, gamma, mean, var, np.zeros(12, "float32"), np.zeros(12, "float32")]
    dx, *_ = run(op, arrays, [x.shape, (12,), (12,)])
    op.bind(xp, arrays, (dy, None, None))()
    np.testing.assert_array_equal(dy, dx)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_as_numpy(bad):
    x = normal(150, 9)
    x[70, 4] = bad
    op, shapes = OPS["batch_norm"].op((0,)), [x.shape, (9,), (9,)]
    arrays = [x, normal(9), normal(9)]
    with xp.quiet():
        got, want = run(op, arrays, shapes), run(op, arrays, shapes, bind=False)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(np.isnan(a), np.isnan(b))


def test_what_no_kernel_takes():
    op = OPS["batch_norm"].op((0, 2))
    x = normal(3, 4, 5)
    outs = np.empty_like(x), np.empty(4, "float32"), np.empty(4, "float32")
    bound = op.bind(xp, [x, normal(4), normal(4)], outs)
    assert bound.func == op.run
