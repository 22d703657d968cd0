"""What kernels promise to plans: little memory, unread outputs skipped, and the same in place."""

import tracemalloc

import numpy as np
import pytest

from kerasnb.array import Stream
from kerasnb.array import numpy as xp
from kerasnb.graph import OPS, Function, Placeholder, Spec, Variable, gradients, ops
from kerasnb.graph.op import infer

# NumPy's ufuncs buffer up to 8192 entries of each operand, 32 KiB in float32; everything larger
# would be a temporary of ours.
LIMIT = 128 * 1024
rng = np.random.default_rng(0)


def f(*shape):
    return rng.standard_normal(shape).astype("float32")


def ints(high, *shape, dtype="int32"):
    return rng.integers(0, high, shape).astype(dtype)


def shape(*sizes):
    return np.array(sizes, "int32")


X, Y, K = (8, 48, 48, 16), (8, 46, 46, 24), (3, 3, 16, 24)
P = (8, 24, 24, 16)
TASKS = {
    "conv": (OPS["conv"].op(), [f(*X), f(*K)]),
    "conv same": (OPS["conv"].op(padding="same"), [f(*X), f(*K)]),
    "conv one channel": (OPS["conv"].op(), [f(64, 40, 40, 1), f(3, 3, 1, 8)]),
    "conv 1x1": (OPS["conv"].op(), [f(*X), f(1, 1, 16, 24)]),
    "conv strides": (OPS["conv"].op(strides=2, padding="same"), [f(*X), f(*K)]),
    "conv groups": (OPS["conv"].op(groups=2), [f(*X), f(3, 3, 8, 24)]),
    "depthwise": (OPS["conv"].op(groups=16), [f(*X), f(3, 3, 1, 16)]),
    "conv_input_grad": (OPS["conv_input_grad"].op(), [f(*Y), f(*K), shape(*X)]),
    "conv_input_grad strides": (
        OPS["conv_input_grad"].op(strides=2, padding="same"),
        [f(8, 24, 24, 24), f(*K), shape(*X)],
    ),
    "depthwise input": (
        OPS["conv_input_grad"].op(groups=16, padding="same"),
        [f(*X), f(3, 3, 1, 16), shape(*X)],
    ),
    "conv_kernel_grad": (OPS["conv_kernel_grad"].op(), [f(*X), f(*Y), shape(*K)]),
    "depthwise kernel": (
        OPS["conv_kernel_grad"].op(groups=16, padding="same"),
        [f(*X), f(*X), shape(3, 3, 1, 16)],
    ),
    "max_pool": (OPS["max_pool"].op(), [f(*X)]),
    "max_pool same": (OPS["max_pool"].op(3, 2, "same"), [f(*X)]),
    "unpool": (OPS["unpool"].op(), [f(*P), ints(4, *P, dtype="uint8"), shape(*X)]),
    "unpool same": (
        OPS["unpool"].op(3, 2, "same"),
        [f(*P), ints(9, *P, dtype="uint8"), shape(*X)],
    ),
    "pool_take": (OPS["pool_take"].op(), [f(*X), ints(4, *P, dtype="uint8")]),
    "avg_pool": (OPS["avg_pool"].op(), [f(*X)]),
    "avg_pool_grad": (OPS["avg_pool_grad"].op(3, 2, "same"), [f(*P), shape(*X)]),
    "batch_norm": (OPS["batch_norm"].op((0, 1, 2)), [f(*X), f(16), f(16)]),
    "batch_norm first": (OPS["batch_norm"].op((0, 2, 3)), [f(8, 16, 40, 40), f(16), f(16)]),
    "batch_norm_grad": (
        OPS["batch_norm_grad"].op((0, 1, 2)),
        [f(*X), f(*X), f(16), f(16), f(16) ** 2, f(16), f(16)],
    ),
    "softmax": (OPS["softmax"].op(), [f(2000, 50)]),
    "log_softmax": (OPS["log_softmax"].op(), [f(2000, 50)]),
    "softmax_cross_entropy": (OPS["softmax_cross_entropy"].op(), [f(40000, 5), f(40000, 5)]),
    "softmax_grad": (OPS["softmax_grad"].op(), [f(2000, 50), f(2000, 50)]),
    "cross_entropy": (OPS["cross_entropy"].op(), [f(40000, 5), f(40000, 5)]),
    "cross_entropy_grad": (
        OPS["cross_entropy_grad"].op(),
        [f(40000, 5), f(40000, 5), f(40000)],
    ),
    "sparse": (OPS["sparse_softmax_cross_entropy"].op(), [f(40000, 5), ints(5, 40000)]),
    "take": (OPS["take"].op(), [f(1000, 64), ints(1000, 500, 80)]),
    "take_grad": (OPS["take_grad"].op(), [f(500, 80, 64), ints(999, 500, 80), shape(1000, 64)]),
    "take_grad wide": (OPS["take_grad"].op(), [f(50, 9000), ints(60, 50), shape(60, 9000)]),
    "gather_along": (OPS["gather_along"].op(), [f(40000, 5), ints(5, 40000, 1)]),
    "scatter_along": (OPS["scatter_along"].op(), [f(40000, 1), ints(5, 40000, 1), shape(40000, 5)]),
    "in_top_k": (OPS["in_top_k"].op(3), [f(20000, 10), ints(10, 20000)]),
    "top_k": (OPS["top_k"].op(3), [f(20000, 10)]),
    "random_uniform": (OPS["random_uniform"].op(Stream(1)), [shape(600, 600)]),
    "random_normal": (OPS["random_normal"].op(Stream(1)), [shape(600, 600)]),
    "random_mask": (OPS["random_mask"].op(Stream(1), "bool", keep=0.5), [shape(600, 600)]),
    "random_binomial": (OPS["random_binomial"].op(Stream(1), p=0.5), [shape(600, 600)]),
    "truncated_normal": (OPS["truncated_normal"].op(Stream(1)), [shape(600, 600)]),
}


def outputs(op, arrays):
    known = ("int32",)
    specs = [
        Spec(a.shape, a.dtype.name, a if a.ndim == 1 and a.dtype.name in known else None)
        for a in arrays
    ]
    return tuple(xp.empty(s.shape, s.dtype) for s in infer(op, specs))


@pytest.mark.parametrize("task", TASKS)
def test_no_large_temporaries(task, monkeypatch):
    monkeypatch.setenv("KERASNB_KERNELS", "numpy")
    op, arrays = TASKS[task]
    outs = outputs(op, arrays)
    out = outs if op.nout > 1 else outs[0]
    run = op.bind(xp, arrays, out)  # as a plan does it once: blocks of work stay with the call
    with xp.quiet():
        run()  # the scratch memory grows once
        tracemalloc.start()
        try:
            run()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert max(a.nbytes for a in (*arrays, *outs)) > 2 * LIMIT
    assert peak < LIMIT


@pytest.mark.parametrize("task", [t for t, (op, _) in TASKS.items() if op.nout > 1])
def test_unread_outputs_are_skipped(task):
    op, arrays = TASKS[task]
    whole, part = outputs(op, arrays), outputs(op, arrays)
    op.run(xp, *arrays, out=whole)
    op.run(xp, *arrays, out=(part[0], *(None for _ in part[1:])))
    np.testing.assert_array_equal(part[0], whole[0])


@pytest.mark.parametrize("task", [t for t, (op, _) in TASKS.items() if op.inplace])
def test_in_place_gives_the_same(task):
    op, arrays = TASKS[task]
    outs = outputs(op, arrays)
    op.run(xp, *arrays, out=outs if op.nout > 1 else outs[0])
    for index in op.inplace:
        mine = [a.copy() for a in arrays]
        again = (mine[index], *outputs(op, arrays)[1:])
        op.run(xp, *mine, out=again if op.nout > 1 else again[0])
        np.testing.assert_array_equal(again[0], outs[0])


def test_a_kernel_gradient_over_many_places_keeps_its_digits():
    """One running sum in float32 over 700,000 places would lose three of them."""
    x, dy = (rng.random(s).astype("float32") for s in ((8, 300, 300, 1), (8, 298, 298, 2)))
    op = OPS["conv_kernel_grad"].op()
    out = np.empty((3, 3, 1, 2), "float32")
    op.run(xp, x, dy, None, out=out)
    seen = x[:, 1:299, 2:, 0].astype("float64").ravel()
    np.testing.assert_allclose(out[1, 2, 0], seen @ dy.reshape(-1, 2).astype("float64"), rtol=2e-6)


def test_a_pool_index_is_not_computed_for_prediction():
    x = Placeholder((None, 8, 8, 2))
    y, index = ops.max_pool(x)
    plan = Function([x], [y])
    data = f(3, 8, 8, 2)
    (got,) = plan([data])
    np.testing.assert_array_equal(got, data.reshape(3, 4, 2, 4, 2, 2).max((2, 4)))
    assert index.dtype == "uint8"


def test_an_embedding_learns_only_the_rows_it_saw():
    table = Variable(np.zeros((6, 2)), "float32")
    index = Placeholder((None,), "int32")
    (slope,) = gradients(ops.take(table, index), [table])
    step = Function([index], [], [(table, table - 0.5 * slope)])
    step([[1, 4, 1]])
    np.testing.assert_array_equal(table.read()[:, 0], [0, -1, 0, 0, -0.5, 0])
