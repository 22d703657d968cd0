"""Compiled convolutions beside NumPy's, and their errors beside float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite, which is not installed")

from kerasnb.array import numpy as xp
from kerasnb.array.compiled.host import force_lanes
from kerasnb.graph import OPS

BOUNDS = {"direct": 4e-6, "f2": 2e-6, "f4": 7e-5}  # as images.py says
KERNEL_BOUNDS = {"direct": 3e-6, "f2": 3e-6, "f4": 3e-5}


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    """Kernels are made even where they do not pay."""
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    monkeypatch.setenv("KERASNB_CONV", "direct")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def both(op, arrays, shape):
    """Return (compiled, NumPy's) results of an op; fail if there is no kernel."""
    outs = [np.full(shape, np.nan, "float32") for _ in range(2)]
    run = op.bind(xp, arrays, outs[0])
    assert getattr(run, "func", None) != op.run, "no kernel was made"
    run()
    op.run(xp, *arrays, out=outs[1])
    return outs


def three(x_shape, kernel_shape, **params):
    """Yield the name and the two results of a convolution and of its gradients."""
    conv = OPS["conv"].op(**params)
    x, kernel = normal(*x_shape), normal(*kernel_shape, seed=1)
    shape = conv.result(x.shape, kernel.shape)
    dy = normal(*shape, seed=2)
    yield "forward", both(conv, [x, kernel], shape)
    if params.get("strides", 1) in (1, (1, 1)):
        op = OPS["conv_input_grad"].op(**params)
        yield "input", both(op, [dy, kernel, np.array(x.shape)], x.shape)
    op = OPS["conv_kernel_grad"].op(**params)
    yield "kernel", both(op, [x, dy, np.array(kernel.shape)], kernel.shape)


def check(*args, **params):
    for name, (got, want) in three(*args, **params):
        rms = np.sqrt(np.square(want).mean()) + 1e-3
        assert np.abs(got - want).max() < 1e-5 * rms, name


sizes = st.integers(5, 12)


@settings(max_examples=8, deadline=None)
@given(
    rank=st.integers(1, 3),
    size=sizes,
    channels=st.integers(1, 11),
    filters=st.integers(1, 27),
    window=st.integers(1, 3),
    strides=st.integers(1, 2),
    dilation=st.integers(1, 2),
    padding=st.sampled_from(["valid", "same"]),
)
def test_any_shape(rank, size, channels, filters, window, strides, dilation, padding):
    if strides > 1:
        dilation = 1
    check(
        (2, *range(size, size + rank), channels),
        (window,) * rank + (channels, filters),
        strides=strides,
        dilation=dilation,
        padding=padding,
    )


@settings(max_examples=6, deadline=None)
@given(
    rank=st.integers(1, 3),
    size=sizes,
    channels=st.integers(2, 19),
    window=st.integers(1, 3),
    strides=st.integers(1, 2),
    padding=st.sampled_from(["valid", "same"]),
)
def test_every_channel_by_itself(rank, size, channels, window, strides, padding):
    check(
        (2, *range(size, size + rank), channels),
        (window,) * rank + (1, channels),
        strides=strides,
        padding=padding,
        groups=channels,
    )


@pytest.mark.parametrize("lanes", [4, 8])
@pytest.mark.parametrize("way", ["direct", "f2", "f4"])
def test_widths_of_vectors(lanes, way, monkeypatch):
    monkeypatch.setenv("KERASNB_CONV", way)
    with force_lanes(lanes):
        for name, (got, want) in three((2, 9, 11, 18), (3, 3, 18, 21), padding="same"):
            rms = np.sqrt(np.square(want).mean())
            assert np.abs(got - want).max() < 1.5 * BOUNDS[way] * rms + 4e-6 * rms, name


@pytest.mark.parametrize("way", ["f2", "f4"])
@pytest.mark.parametrize("size", [(6, 8), (7, 9), (13, 4)])
def test_tiles_that_stand_over_the_border(way, size, monkeypatch):
    monkeypatch.setenv("KERASNB_CONV", way)
    for name, (got, want) in three((3, *size, 16), (3, 3, 16, 16)):
        rms = np.sqrt(np.square(want).mean())
        assert np.abs(got - want).max() < 1.5 * BOUNDS[way] * rms + 4e-6 * rms, name


@pytest.mark.parametrize("way", BOUNDS)
def test_errors_beside_float64(way, monkeypatch):
    monkeypatch.setenv("KERASNB_CONV", way)
    x, dy, kernel = normal(2, 24, 24, 32), normal(2, 24, 24, 32, seed=1), normal(3, 3, 32, 32)
    tasks = {
        "conv": ([x, kernel], x.shape, BOUNDS),
        "conv_input_grad": ([dy, kernel, np.array(x.shape)], x.shape, BOUNDS),
        "conv_kernel_grad": ([x, dy, np.array(kernel.shape)], kernel.shape, KERNEL_BOUNDS),
    }
    for name, (arrays, shape, bounds) in tasks.items():
        op = OPS[name].op(padding="same")
        exact = np.empty(shape)
        op.run(xp, *(a.astype("float64") for a in arrays), out=exact)
        got, _ = both(op, arrays, shape)
        error = np.abs(got - exact).max() / np.sqrt(np.square(exact).mean())
        assert error < bounds[way], name


def test_a_kernel_gradient_over_many_places_keeps_its_digits():
    x, dy = (
        np.random.default_rng(0).random(s, "float32") for s in ((8, 300, 300, 1), (8, 298, 298, 2))
    )
    out = np.empty((3, 3, 1, 2), "float32")
    OPS["conv_kernel_grad"].op().bind(xp, [x, dy, None], out)()
    seen = x[:, 1:299, 2:, 0].astype("float64").ravel()
    np.testing.assert_allclose(out[1, 2, 0], seen @ dy.reshape(-1, 2).astype("float64"), rtol=2e-6)


def test_unaligned_arrays():
    def moved(array):
        memory = np.empty(array.nbytes + 4, np.uint8)[4:]
        result = memory.view("float32").reshape(array.shape)
        result[...] = array
        return result

    x, kernel = moved(normal(2, 8, 9, 16)), moved(normal(3, 3, 16, 16))
    op = OPS["conv"].op(padding="same")
    got, want = both(op, [x, kernel], (2, 8, 9, 16))
    np.testing.assert_allclose(got, want, atol=1e-4)


def test_arrays_that_no_kernel_takes():
    kernel = normal(3, 3, 4, 8)
    op = OPS["conv"].op()
    empty = op.bind(xp, [normal(0, 8, 8, 4), kernel], np.empty((0, 6, 6, 8), "float32"))
    empty()
    wide = normal(2, 8, 8, 4).astype("float64")
    for run in (empty, op.bind(xp, [wide, kernel.astype("float64")], np.empty((2, 6, 6, 8)))):
        assert run.func == op.run


def test_nan_and_infinity_stay_where_numpy_leaves_them():
    """Direct kernels: at the same places. Winograd's tiles: at those and some neighbours."""
    x, kernel = normal(1, 12, 12, 16), normal(3, 3, 16, 16)
    x[0, 4, 5, 3], x[0, 9, 2, 1] = np.nan, np.inf
    op = OPS["conv"].op()
    got, want = both(op, [x, kernel], (1, 10, 10, 16))
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    np.testing.assert_array_equal(got[np.isinf(want)], want[np.isinf(want)])


@pytest.mark.parametrize("way, reach", [("f2", 1), ("f4", 3)])
def test_how_far_tiles_spread_nan(way, reach, monkeypatch):
    monkeypatch.setenv("KERASNB_CONV", way)
    x, kernel = normal(1, 14, 14, 16), normal(3, 3, 16, 16)
    x[0, 6, 7, 3] = np.nan
    got, want = both(OPS["conv"].op(), [x, kernel], (1, 12, 12, 16))
    near = np.zeros((12, 12), bool)
    near[4 - reach : 7 + reach, 5 - reach : 8 + reach] = True
    assert np.isnan(got[np.isnan(want)]).all()
    assert not np.isnan(got[:, ~near]).any()


def test_small_work_stays_with_numpy(monkeypatch):
    monkeypatch.setenv("KERASNB_KERNELS", "auto")
    op = OPS["conv"].op()
    run = op.bind(xp, [normal(1, 8, 8, 4), normal(3, 3, 4, 8)], np.empty((1, 6, 6, 8), "float32"))
    assert run.func == op.run
