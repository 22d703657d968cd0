"""Compiled recurrent sequences beside NumPy's and beside float64.

An error is measured against the largest value of the result. BOUND says how large it may be: states
and gates are sums of up to `units` products that are rounded once each and squashed, slopes carry
the error of all steps behind them. NumPy's own float32 lies within the same bounds.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite, which is not installed")

from kerasnb.array import numpy as xp
from kerasnb.array.compiled import recurrent, threads
from kerasnb.array.compiled.host import force_lanes
from kerasnb.graph import OPS
from kerasnb.graph.ops.rnn import ACTIVATIONS

BOUND = {"lstm_sequence": 3e-6, "lstm_sequence_grad": 1e-5}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def run(op, arrays, shapes, dtype, choice):
    """Return the results, and whether a kernel made them."""
    with pytest.MonkeyPatch.context() as patch, xp.quiet():
        patch.setenv("KERASNB_KERNELS", choice)
        arrays = [np.ascontiguousarray(a if a.dtype == bool else a.astype(dtype)) for a in arrays]
        outs = tuple(np.full(s, np.nan, dtype) for s in shapes)
        bound = op.bind(xp, arrays, outs)
        bound()
    return outs, made_by_kernel(bound)


def made_by_kernel(bound):
    calls = getattr(getattr(bound, "__self__", None), "list", [bound])
    named = [getattr(getattr(c, "func", c), "__module__", "") or "" for c in calls]
    return any(name.endswith("compiled.recurrent") for name in named)


def lstm(steps, rows, units, mask=None, names=("tanh", "sigmoid"), dcs=False):
    """Return op, arrays and shapes of results of an LSTM's forward and backward."""
    z, u = normal(steps, rows, 4 * units), normal(units, 4 * units, seed=1) / np.sqrt(units or 1)
    h, c = normal(rows, units, seed=2), normal(rows, units, seed=3)
    rest = [] if mask is None else [mask]
    states = (steps, rows, units)
    forward = OPS["lstm_sequence"].op(*names)
    shapes = [states, states, (steps, 4, rows, units)]
    yield forward, [z, u, h, c, *rest], shapes
    (hs, cs, gates), _ = run(forward, [z, u, h, c, *rest], shapes, "float64", "numpy")
    rest = [normal(*states, seed=5)] * dcs + rest
    arrays = [normal(*states, seed=4), hs, cs, gates, u, h, c, *rest]
    yield OPS["lstm_sequence_grad"].op(*names, dcs), arrays, [z.shape, u.shape, h.shape, c.shape]


def check(cases):
    for op, arrays, shapes in cases:
        exact, _ = run(op, arrays, shapes, "float64", "numpy")
        plain, by_kernel = run(op, arrays, shapes, "float32", "numpy")
        assert not by_kernel
        got, by_kernel = run(op, arrays, shapes, "float32", "compiled")
        assert by_kernel, "no kernel was made"
        for a, b, want in zip(got, plain, exact, strict=True):
            limit = BOUND[type(op).__name__] * max(1.0, np.abs(want).max(initial=0))
            assert np.abs(a - want).max(initial=0) <= limit
            assert np.abs(b - want).max(initial=0) <= limit


UNITS = [1, 8, 19, 37]  # few, since each is a kernel of its own


@settings(max_examples=30, deadline=None)
@given(
    steps=st.integers(1, 9),
    rows=st.integers(1, 12),
    units=st.sampled_from(UNITS),
    masked=st.booleans(),
    dcs=st.booleans(),
)
def test_lstm_beside_float64(steps, rows, units, masked, dcs):
    mask = normal(steps, rows, 1, seed=9) > 0 if masked else None
    check(lstm(steps, rows, units, mask, dcs=dcs))


@pytest.mark.parametrize("lanes", [4, 8])
def test_widths_of_vectors(lanes):
    with force_lanes(lanes):
        for units in (5, 43):
            check(lstm(4, 7, units, normal(4, 7, 1) > 0, dcs=True))


@pytest.mark.parametrize(
    ("activation", "opening"),
    [(ACTIVATIONS[i], ACTIVATIONS[i - 2]) for i in range(len(ACTIVATIONS))],
)
def test_activations(activation, opening):
    check(lstm(2, 5, 6, names=(activation, opening)))


def test_a_long_sequence():
    check(lstm(200, 2, 19))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("names", [("tanh", "sigmoid"), ("relu", "hard_sigmoid")])
def test_nan_and_infinity_as_numpy(bad, names):
    for op, arrays, shapes in lstm(4, 6, 8, names=names):
        arrays[0][1, 2, 4] = bad
        want, _ = run(op, arrays, shapes, "float32", "numpy")
        got, _ = run(op, arrays, shapes, "float32", "compiled")
        for a, b in zip(got, want, strict=True):
            np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
            np.testing.assert_array_equal(np.isinf(a), np.isinf(b))


def test_denormal_numbers():
    for op, arrays, shapes in lstm(3, 4, 19):
        arrays = [a * 1e-40 for a in arrays]
        want, _ = run(op, arrays, shapes, "float32", "numpy")
        got, _ = run(op, arrays, shapes, "float32", "compiled")
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-44)


def test_steps_that_are_masked_hand_on_states_and_slopes():
    mask = np.zeros((3, 4, 1), bool)
    (op, arrays, shapes), (back, to, into) = lstm(3, 4, 19, mask)
    (hs, cs, _), by_kernel = run(op, arrays, shapes, "float32", "compiled")
    assert by_kernel
    np.testing.assert_array_equal(hs, np.broadcast_to(arrays[2].astype("f4"), hs.shape))
    np.testing.assert_array_equal(cs, np.broadcast_to(arrays[3].astype("f4"), cs.shape))
    (dz, du, dh, dc), _ = run(back, to, into, "float32", "compiled")
    assert not dz.any() and not du.any() and not dc.any()
    np.testing.assert_allclose(dh, to[0].sum(0), rtol=1e-5, atol=1e-6)


def test_no_rows_and_no_steps_are_left_to_numpy():
    for steps, rows in ((3, 0), (0, 3)):
        for op, arrays, shapes in lstm(steps, rows, 8):
            outs, by_kernel = run(op, arrays, shapes, "float32", "compiled")
            assert not by_kernel
            assert all(not a.any() for a in outs)


def test_float64_and_odd_layouts_are_left_to_numpy(monkeypatch):
    (op, arrays, shapes), (back, to, into) = lstm(3, 4, 8)
    assert not run(op, arrays, shapes, "float64", "compiled")[1]
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    to = [a.astype("f4") for a in to]
    outs = tuple(np.empty(s, "f4") for s in into)
    backwards = [np.asfortranarray(to[0]), *to[1:]]
    assert not made_by_kernel(back.bind(xp, backwards, outs))


def test_slopes_that_lie_apart_or_shifted_by_a_byte(monkeypatch):
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    (_, _, _), (back, to, into) = lstm(3, 4, 19)
    to = [a.astype("f4") for a in to]
    want, _ = run(back, to, into, "float32", "compiled")
    wide = np.zeros((4, 3, 30), "f4")
    wide[:, :, 5:24] = to[0].transpose(1, 0, 2)
    apart = wide[:, :, 5:24].transpose(1, 0, 2)  # batch first, and part of wider rows
    shifted = np.zeros(to[0].nbytes + 1, "u1")[1:].view("f4").reshape(to[0].shape)
    shifted[...] = to[0]
    for slopes in (apart, shifted):
        outs = tuple(np.full(s, np.nan, "f4") for s in into)
        bound = back.bind(xp, [slopes, *to[1:]], outs)
        assert made_by_kernel(bound)
        bound()
        for a, b in zip(outs, want, strict=True):
            np.testing.assert_array_equal(a, b)


def test_results_that_nobody_reads(monkeypatch):
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    (op, arrays, shapes), (back, to, into) = lstm(5, 4, 19)
    hs = run(op, arrays, shapes, "float32", "compiled")[0][0]
    alone = np.empty_like(hs)
    op.bind(xp, [a.astype("f4") for a in arrays], (alone, None, None))()
    np.testing.assert_array_equal(alone, hs)
    dz = run(back, to, into, "float32", "compiled")[0][0]
    alone = np.empty_like(dz)
    back.bind(xp, [a.astype("f4") for a in to], (alone, None, None, None))()
    np.testing.assert_array_equal(alone, dz)


def test_small_sequences_are_left_to_numpy(monkeypatch):
    monkeypatch.delenv("KERASNB_KERNELS", raising=False)
    (op, arrays, shapes), _ = lstm(2, 3, 4)
    outs = tuple(np.empty(s, "f4") for s in shapes)
    assert not made_by_kernel(op.bind(xp, [a.astype("f4") for a in arrays], outs))


@pytest.mark.parametrize("rows", [2, 7, 12])
@pytest.mark.parametrize("masked", [False, True])
def test_rows_shared_by_threads(rows, masked, monkeypatch):
    monkeypatch.setattr(recurrent, "FOR_A_THREAD", 1)
    mask = np.random.default_rng(6).random((4, rows, 1)) < 0.7 if masked else None
    for op, arrays, shapes in lstm(4, rows, 19, mask, dcs=masked):
        results = []
        for number in (1, 3):
            threads.set_threads(number)
            try:
                results.append(run(op, arrays, shapes, "float32", "compiled")[0])
            finally:
                threads.set_threads(None)
        for one, several in zip(*results, strict=True):
            np.testing.assert_array_equal(one, several)
