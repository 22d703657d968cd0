"""Cases of reductions and of running sums and products."""

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.make import apart, bools, exactly, integers, normal, uniform
from tests.graph.checks import Case

AXES = [
    ((3, 4, 2), None, False),
    ((3, 4, 2), 1, False),
    ((3, 4, 2), -1, True),
    ((3, 4, 2), (0, 2), False),
    ((3, 4, 2), (-1, 0), True),
    ((3, 4, 2), [0, 1], False),
    ((3, 4, 2), (0,), False),
    ((3, 4, 2), (), False),
    ((3, 4, 2), (1, 2), True),
    ((5,), 0, False),
    ((5,), None, True),
    ((), None, False),
    ((1, 1), None, False),
    ((0, 3), 1, False),
    ((700, 9, 3), (0, 1), False),
]


def one_by_one(function, start):
    """Reduce entry after entry, as one would by hand."""

    def reduce(x, axis, keepdims):
        axes = set(range(x.ndim)) if axis is None else {a % x.ndim for a in np.atleast_1d(axis)}
        if isinstance(axis, tuple | list) and not axis:
            axes = set()
        shape = [1 if i in axes else n for i, n in enumerate(x.shape)]
        out = np.full(shape, start, np.result_type(x, np.float64))
        for place, value in np.ndenumerate(x):
            at = tuple(0 if i in axes else p for i, p in enumerate(place))
            out[at] = function(out[at], value)
        return out if keepdims else out.reshape([n for i, n in enumerate(shape) if i not in axes])

    return reduce


def mean(x, axis, keepdims):
    total = one_by_one(lambda a, b: a + b, 0.0)(x, axis, keepdims)
    return total / (x.size / total.size) if total.size else total


def plus(a, b):
    return a + b


def times(a, b):
    return a * b


WANT = {
    "reduce_sum": (one_by_one(plus, 0.0), normal, 2),
    "reduce_mean": (mean, normal, 2),
    "reduce_max": (one_by_one(max, -np.inf), apart, 2),
    "reduce_min": (one_by_one(min, np.inf), apart, 2),
    "reduce_prod": (one_by_one(times, 1.0), lambda s: uniform(0.5, 1.5, s), 2),
}
CASES = {}
for _name, (_want, _inputs, _order) in WANT.items():
    _op = getattr(ops, _name)
    CASES[_name] = [
        Case(
            lambda x, op=_op, a=axis, k=keep: op(x, axis=a, keepdims=k),
            _inputs(shape),
            lambda x, f=_want, a=axis, k=keep: f(x, a, k),
            f"{shape} {axis} {keep}",
            order=_order if np.prod(shape) < 1000 else 0,
            scale=3.0,
            dtypes=("float16", "float32", "float64") if np.prod(shape) < 1000 else ("float32",),
        )
        for shape, axis, keep in AXES
        if _name != "reduce_prod" or np.prod(shape) < 1000
    ]
CASES["reduce_sum"] += [
    Case(lambda x: ops.reduce_sum(x, axis=0), normal((0, 3)), lambda x: np.zeros(3), "empty"),
    Case(lambda x: ops.reduce_sum(x), normal((0,)), lambda x: 0.0, "empty, all"),
    Case(
        lambda x: ops.reduce_sum(x, axis=1),
        bools((3, 4)),
        lambda x: np.einsum("ij->i", x * 1),
        "bool",
        result="int64",
    ),
    Case(
        lambda x: ops.reduce_sum(x, axis=0),
        integers(-5, 5, (3, 4)),
        lambda x: np.einsum("ij->j", x),
        "int",
        result="int32",
    ),
    Case(
        lambda x: ops.reduce_sum(x, axis=(0, 1)),
        normal((3, 2, 200)),
        lambda x: np.einsum("ijk->k", x),
        "leading axes",
        scale=3.0,
    ),
    Case(
        lambda x: ops.reduce_sum(ops.transpose(x, perm=(1, 0)), axis=0),
        normal((30, 40)),
        lambda x: np.einsum("ij->i", x),
        "not in C order",
        scale=3.0,
    ),
    Case(
        lambda x: ops.reduce_sum(x, axis=0, keepdims=True),
        normal((9000, 3)),
        lambda x: np.einsum("ij->j", x)[None],
        "tall",
        order=1,
        dtypes=("float32", "float64"),
        scale=10.0,
    ),
]
CASES["reduce_mean"] += [
    Case(
        lambda x: ops.reduce_mean(x, axis=0),
        normal((0, 3)),
        lambda x: np.full(3, np.nan),
        "empty",
        order=0,
    ),
    Case(
        lambda x: ops.reduce_mean(x, axis=0),
        normal((9000, 3)),
        lambda x: np.einsum("ij->j", x) / 9000,
        "tall",
        order=0,
        dtypes=("float32", "float64"),
        scale=10.0,
    ),
]
CASES["reduce_prod"] += [
    Case(
        lambda x: ops.reduce_prod(x, axis=1),
        exactly([[2.0, 0.0, 3.0], [0.0, 0.0, 5.0]]),
        lambda x: x[:, 0] * x[:, 1] * x[:, 2],
        "zeros",
        order=1,
    ),
    Case(lambda x: ops.reduce_prod(x, axis=0), normal((0, 2)), lambda x: np.ones(2), "empty"),
]
for _name in ("reduce_max", "reduce_min"):
    _op = getattr(ops, _name)
    CASES[_name] += [
        Case(getattr(ops, _name), exactly([1.0, np.nan, 2.0]), lambda x: np.nan, "nan", order=0),
        Case(
            lambda x, op=_op: op(x, axis=1),
            integers(-9, 9, (3, 4)),
            lambda x, f=_name: np.sort(x, 1)[:, -1 if "max" in f else 0],
            "int",
            result="int32",
        ),
    ]


def some(x, axis, keepdims=False):
    return np.any(x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)


def every(x, axis, keepdims=False):
    return ~some(~(x != 0), axis, keepdims)


for _name, _want in {"reduce_any": some, "reduce_all": every}.items():
    _op = getattr(ops, _name)
    CASES[_name] = [
        Case(
            lambda x, op=_op, a=axis, k=keep: op(x, axis=a, keepdims=k),
            bools(shape),
            lambda x, f=_want, a=axis, k=keep: f(x, axis=a, keepdims=k),
            f"{shape} {axis} {keep}",
            result="bool",
        )
        for shape, axis, keep in AXES
    ] + [
        Case(
            lambda x, op=_op: op(x, axis=0),
            integers(0, 2, (3, 4)),
            lambda x, f=_want: f(x, axis=0),
            "int",
            result="bool",
        ),
        Case(
            lambda x, op=_op: op(x, axis=0),
            exactly([[0.0, 1.0], [0.5, 2.0]]),
            lambda x, f=_want: f(x, axis=0),
            "float",
            order=0,
            result="bool",
        ),
    ]


def place(pick):
    """The first place of the largest (smallest) value, by hand."""

    def find(x, axis):
        moved = np.moveaxis(x, axis, -1)
        rows = [list(r).index(pick(r)) for r in moved.reshape(-1, moved.shape[-1])]
        return np.array(rows, "int64").reshape(moved.shape[:-1])

    return find


for _name, _want in {"argmax": place(max), "argmin": place(min)}.items():
    _op = getattr(ops, _name)
    CASES[_name] = [
        Case(
            lambda x, op=_op, a=axis: op(x, axis=a),
            inputs,
            lambda x, f=_want, a=axis: f(x, a),
            label,
            order=0,
            result="int64",
        )
        for label, inputs, axis in [
            ("last", apart((3, 4)), -1),
            ("first", apart((3, 4)), 0),
            ("middle", apart((2, 3, 4)), 1),
            ("vector", apart((5,)), 0),
            ("ties", exactly([[1.0, 2.0, 2.0], [0.0, 0.0, -1.0]]), 1),
            ("int", integers(0, 3, (4, 5)), -1),
            ("empty", apart((0, 3)), 1),
        ]
    ]
CASES["count_of"] = [
    Case(lambda x: ops.count_of(x), normal((3, 4)), lambda x: np.int32(12), result="int32"),
    Case(
        lambda x: ops.count_of(x, axis=(0, -1), dtype="float32"),
        normal((3, 4, 2)),
        lambda x: np.float32(6),
        "axes",
        order=0,
        result="float32",
    ),
    Case(lambda x: ops.count_of(x), normal(()), lambda x: np.int32(1), "0-d", result="int32"),
    Case(
        lambda x: ops.count_of(x, axis=0),
        normal((0, 2)),
        lambda x: np.int32(0),
        "empty",
        result="int32",
    ),
]
for _case in CASES["count_of"]:
    _case.order = 0


def running(function, start):
    """Accumulate by hand along an axis."""

    def accumulate(x, axis, exclusive, backwards):
        moved = np.moveaxis(np.array(x), axis, 0)
        out = np.empty(moved.shape)
        total = np.full(moved.shape[1:], start)
        for i in reversed(range(len(moved))) if backwards else range(len(moved)):
            after = function(total, moved[i])
            out[i] = total if exclusive else after
            total = after
        return np.moveaxis(out, 0, axis)

    return accumulate


for _name, _want, _inputs in [
    ("cumsum", running(plus, 0.0), normal),
    ("cumprod", running(times, 1.0), lambda s: uniform(0.5, 1.5, s)),
]:
    _op = getattr(ops, _name)
    CASES[_name] = [
        Case(
            lambda x, op=_op, a=axis, e=exclusive, b=backwards: op(
                x, axis=a, exclusive=e, backwards=b
            ),
            _inputs(shape),
            lambda x, f=_want, a=axis, e=exclusive, b=backwards: f(x, a, e, b),
            f"{shape} {axis} {exclusive} {backwards}",
            scale=2.0,
        )
        for shape, axis in [((5,), 0), ((2, 3, 4), 1), ((3, 4), -1), ((0, 3), 0), ((1, 3), 0)]
        for exclusive in (False, True)
        for backwards in (False, True)
    ]


CASES["cumprod"] += [
    Case(
        lambda x, e=exclusive, b=backwards: ops.cumprod(x, axis=1, exclusive=e, backwards=b),
        exactly([[2.0, 0.0, 3.0, 0.5], [0.0, 1.5, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0]]),
        lambda x, e=exclusive, b=backwards: running(times, 1.0)(x, 1, e, b),
        f"zeros {exclusive} {backwards}",
    )
    for exclusive in (False, True)
    for backwards in (False, True)
]


def sum_to(dy, x):
    while dy.ndim > x.ndim:
        dy = dy.sum(0)
    for axis, n in enumerate(x.shape):
        if n == 1:
            dy = dy.sum(axis, keepdims=True)
    return dy


CASES["sum_like"] = [
    Case(ops.sum_like, normal(a, b), sum_to, f"{a} {b}", grad=(0,), scale=2.0)
    for a, b in [
        ((3, 4), (3, 4)),
        ((3, 4), (4,)),
        ((3, 4), (3, 1)),
        ((2, 3, 4), (3, 1)),
        ((2, 3, 4), (1, 1)),
        ((2, 3), ()),
        ((0, 3), (3,)),
        ((), ()),
        ((1, 3), (3,)),
    ]
]
