"""Errors of ops: who, what was got, what is needed, and the user's line."""

import numpy as np
import pytest

from kerasnb.graph import Function, Placeholder, evaluate, gradients, ops
from kerasnb.graph.op import Elementwise, Op


def p(*shape, dtype="float32"):
    return Placeholder(shape, dtype)


@pytest.mark.parametrize(
    ("make", "error", "parts"),
    [
        (
            lambda: ops.conv(p(None, 8, 8, 3), p(3, 3, 4, 2)),
            ValueError,
            ["conv", "(None, 8, 8, 3)", "3 channels", "takes 4"],
        ),
        (
            lambda: ops.conv(p(None, 8, 3), p(3, 3, 3, 2)),
            ValueError,
            ["(None, 8, 3)", "needs 4 axes", "batch, 2 sizes and channels"],
        ),
        (
            lambda: ops.conv(p(None, 2, 8, 3), p(3, 3, 3, 2)),
            ValueError,
            ["size 2 along axis 1", "covers 3", "padding='same'"],
        ),
        (
            lambda: ops.conv(p(1, 8, 8, 3), p(3, 3, 3, 2), padding="full"),
            ValueError,
            ["padding 'full'", "'valid', 'same'"],
        ),
        (
            lambda: ops.conv(p(1, 8, 8, 3), p(3, 3, 3, 2), strides=(1, 0)),
            ValueError,
            ["strides (1, 0)", "2 numbers from 1 upwards"],
        ),
        (
            lambda: ops.conv(p(1, 8, 8, 4), p(3, 3, 2, 3), groups=2),
            ValueError,
            ["3 filters", "2 groups"],
        ),
        (lambda: ops.max_pool(p(None, 1, 8, 3)), ValueError, ["size 1 along axis 1", "covers 2"]),
        (lambda: ops.avg_pool(p(None, 8)), ValueError, ["(None, 8)", "1 to 3 sizes"]),
        (lambda: ops.avg_pool(p(1, 4, 4, 1, dtype="int32")), TypeError, ["int32", "floats"]),
        (lambda: ops.softmax(p(2, 3, dtype="int32")), TypeError, ["int32", "floats"]),
        (lambda: ops.softmax(p(2, 3), axis=2), ValueError, ["axis 2", "2 axes"]),
        (
            lambda: ops.softmax_cross_entropy(p(None, 3), p(None, 4)),
            ValueError,
            ["logits of shape (None, 3)", "labels of shape (None, 4)"],
        ),
        (
            lambda: ops.sparse_softmax_cross_entropy(p(None, 3), p(None, 1, dtype="int32")),
            ValueError,
            ["labels of shape (None, 1)", "one label for each row", "(None,)"],
        ),
        (
            lambda: ops.sparse_softmax_cross_entropy(p(None, 3), p(None)),
            TypeError,
            ["labels have the type float32", "integers"],
        ),
        (
            lambda: ops.batch_norm(p(None, 4), p(3), p(4), axes=(0,)),
            ValueError,
            ["gamma of shape (3,)", "needs shape (4,)"],
        ),
        (lambda: ops.take(p(5, 2), p(3)), TypeError, ["indices have the type float32"]),
        (
            lambda: ops.gather_along(p(4, 5), p(3, 1, dtype="int32")),
            ValueError,
            ["(4, 5)", "(3, 1)", "all axes but the last"],
        ),
        (lambda: ops.top_k(p(2, 3), k=4), ValueError, ["k=4", "rows of 3"]),
        (
            lambda: ops.in_top_k(p(2, 3, 4), p(2, dtype="int32"), k=1),
            ValueError,
            ["(2, 3, 4)", "(rows, classes)"],
        ),
    ],
)
def test_found_while_the_graph_is_built(make, error, parts):
    with pytest.raises(error) as caught:
        make()
    message = str(caught.value)
    for part in parts:
        assert part in message, message
    assert "test_op_errors.py" in message


@pytest.mark.parametrize("runner", ["plan", "interpreter"])
@pytest.mark.parametrize(
    ("make", "arrays", "error", "parts"),
    [
        (
            lambda x, i: ops.take(x, i),
            [np.ones((5, 2), "float32"), np.array([[0, 7]])],
            IndexError,
            ["take", "index 7", "axis 0 has size 5", "0 to 4"],
        ),
        (
            lambda x, i: ops.take(x, i, axis=1),
            [np.ones((5, 2), "float32"), np.array([0, -1])],
            IndexError,
            ["index -1", "axis 1 has size 2"],
        ),
        (
            lambda x, t: ops.sparse_softmax_cross_entropy(x, t),
            [np.ones((3, 4), "float32"), np.array([0, 4, 1])],
            ValueError,
            ["label 4", "4 classes", "0 to 3"],
        ),
        (
            lambda x, t: ops.sparse_softmax_cross_entropy(x, t),
            [np.ones((2, 4), "float32"), np.array([-3, 1])],
            ValueError,
            ["label -3", "4 classes"],
        ),
        (
            lambda x, i: ops.gather_along(x, i),
            [np.ones((2, 4), "float32"), np.array([[1], [4]])],
            IndexError,
            ["index 4", "axis 1 has size 4"],
        ),
        (
            lambda x, y: ops.conv(x, y),
            [np.ones((1, 2, 2, 1), "float32"), np.ones((3, 3, 1, 1), "float32")],
            ValueError,
            ["size 2 along axis 1"],
        ),
    ],
)
def test_found_when_the_graph_runs(make, arrays, error, parts, runner):
    xs = [Placeholder((None,) * a.ndim, a.dtype.name) for a in arrays]
    y = make(*xs)
    with pytest.raises(error) as caught:
        if runner == "plan":
            Function(xs, [y])(arrays)
        else:
            evaluate(y, feed=dict(zip(xs, arrays, strict=True)))
    message = str(caught.value)
    for part in parts:
        assert part in message, message
    assert "test_op_errors.py" in message


@pytest.mark.parametrize("base", [Elementwise, Op])
def test_no_gradient(base):
    """The error names the op and its tensor, and says what to do."""

    class Odd(base):
        def infer(self, x):
            return x

    x = p(2, 3)
    y = Odd()(x)
    with pytest.raises(NotImplementedError) as caught:
        gradients(ops.reduce_sum(y * y), [x])
    text = str(caught.value)
    for part in ("Odd", repr(y.name), "`grad`", "`expand`", "differentiable", "stop_gradient"):
        assert part in text
    assert gradients(ops.reduce_sum(ops.stop_gradient(y) * x), [x]) != [None]


@pytest.mark.parametrize("name", ["/tmp/ipykernel_12/345.py", "<ipython-input-1-0123456789ab>"])
def test_a_cell_of_a_notebook_is_called_so(name):
    """What IPython calls it is of no use to anybody."""
    space = {"ops": ops, "evaluate": evaluate, "x": np.zeros(3)}
    with pytest.raises(ValueError, match="reshape") as info:
        exec(compile("\nevaluate([ops.reshape(x, shape=(2, 2))])", name, "exec"), space)
    assert "made in a cell, line 2" in str(info.value) and name not in str(info.value)
