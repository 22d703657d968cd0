"""Cases of pooling, window by window."""

import itertools

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.conv import pairs
from tests.graph.cases.make import apart, exactly, joined, normal
from tests.graph.checks import Case

# x, size, strides, padding
SETTINGS = [
    ((2, 4, 6, 3), (2, 2), (2, 2), "valid"),
    ((2, 5, 7, 3), (2, 2), (2, 2), "valid"),
    ((2, 5, 7, 3), (2, 2), (2, 2), "same"),
    ((2, 5, 6, 2), (3, 3), (1, 1), "valid"),
    ((2, 5, 6, 2), (3, 3), (1, 1), "same"),
    ((2, 5, 6, 2), (3, 2), (2, 2), "same"),
    ((1, 7, 7, 1), (2, 2), (3, 3), "valid"),
    ((1, 7, 7, 1), (2, 2), (3, 3), "same"),
    ((1, 4, 4, 1), (2, 2), (2, 2), ((1, 1), (0, 0))),
    ((2, 7, 3), (3,), (2,), "same"),
    ((2, 7, 3), (3,), (3,), "valid"),
    ((1, 4, 4, 5, 2), (2, 2, 2), (2, 2, 2), "valid"),
    ((1, 3, 4, 5, 1), (2, 2, 3), (1, 2, 2), "same"),
    ((0, 4, 4, 2), (2, 2), (2, 2), "valid"),
    ((1, 18, 17, 1), (17, 17), (1, 1), "valid"),
]


def windows(shape, size, strides, padding):
    """Yield the place in y, and the entries of its window: (number, place in x)."""
    rank = len(size)
    around = pairs(padding, shape[1:-1], size, strides, (1,) * rank)
    counts = [
        (n + a + b - k) // s + 1
        for n, (a, b), k, s in zip(shape[1:-1], around, size, strides, strict=True)
    ]
    for place in itertools.product(*map(range, counts)):
        entries = []
        for number, tap in enumerate(itertools.product(*map(range, size))):
            at = tuple(
                p * s + t - a for p, s, t, (a, _) in zip(place, strides, tap, around, strict=True)
            )
            if all(0 <= i < n for i, n in zip(at, shape[1:-1], strict=True)):
                entries.append((number, at))
        yield place, entries


def pooled_shape(shape, size, strides, padding):
    around = pairs(padding, shape[1:-1], size, strides, (1,) * len(size))
    return (
        shape[0],
        *(
            (n + a + b - k) // s + 1
            for n, (a, b), k, s in zip(shape[1:-1], around, size, strides, strict=True)
        ),
        shape[-1],
    )


def index_type(size):
    return "uint8" if np.prod(size) <= 256 else "uint16"


def largest(x, size, strides, padding):
    shape = pooled_shape(x.shape, size, strides, padding)
    y, index = np.empty(shape, x.dtype), np.empty(shape, index_type(size))
    for place, entries in windows(x.shape, size, strides, padding):
        for n, c in itertools.product(range(shape[0]), range(shape[-1])):
            best = max(entries, key=lambda e: x[(n, *e[1], c)])
            y[(n, *place, c)], index[(n, *place, c)] = x[(n, *best[1], c)], best[0]
    return y, index


def put_back(dy, index, shape, size, strides, padding):
    dx = np.zeros(tuple(shape))
    for place, entries in windows(tuple(shape), size, strides, padding):
        for n, c in itertools.product(range(len(dy)), range(dy.shape[-1])):
            for number, at in entries:
                if number == index[(n, *place, c)]:
                    dx[(n, *at, c)] += dy[(n, *place, c)]
    return dx


def taken(x, index, size, strides, padding):
    y = np.zeros(index.shape)
    for place, entries in windows(x.shape, size, strides, padding):
        for n, c in itertools.product(range(len(x)), range(x.shape[-1])):
            for number, at in entries:
                if number == index[(n, *place, c)]:
                    y[(n, *place, c)] = x[(n, *at, c)]
    return y


def averaged(x, size, strides, padding):
    y = np.zeros(pooled_shape(x.shape, size, strides, padding))
    for place, entries in windows(x.shape, size, strides, padding):
        for _, at in entries:
            y[(slice(None), *place)] += x[(slice(None), *at)] / len(entries)
    return y


def shared_out(dy, shape, size, strides, padding):
    dx = np.zeros(tuple(shape))
    for place, entries in windows(tuple(shape), size, strides, padding):
        for _, at in entries:
            dx[(slice(None), *at)] += dy[(slice(None), *place)] / len(entries)
    return dx


def indices(shape, size, strides, padding):
    """A valid entry for each window."""

    def arrays(rng):
        index = np.zeros(pooled_shape(shape, size, strides, padding), index_type(size))
        for place, entries in windows(shape, size, strides, padding):
            for n, c in itertools.product(range(shape[0]), range(shape[-1])):
                index[(n, *place, c)] = entries[rng.integers(len(entries))][0]
        return [index]

    return arrays


CASES = {"max_pool": [], "unpool": [], "pool_take": [], "avg_pool": [], "avg_pool_grad": []}
for _x, _k, _s, _p in SETTINGS:
    _a = {"size": _k, "strides": _s, "padding": _p}
    _y = pooled_shape(_x, **_a)
    _label = f"{_x} {_k} {_s} {_p}"
    _shape = exactly(np.array(_x, "int32"))
    CASES["max_pool"].append(
        Case(
            lambda x, a=_a: ops.max_pool(x, **a),
            apart(_x),
            lambda x, a=_a: largest(x, **a),
            _label,
            result=("", index_type(_k)),
            dtypes=("float32", "float64"),
        )
    )
    CASES["unpool"].append(
        Case(
            lambda d, i, s, a=_a: ops.unpool(d, i, s, **a),
            joined(normal(_y), indices(_x, **_a), _shape),
            lambda d, i, s, a=_a: put_back(d, i, s, **a),
            _label,
            static=(2,),
            scale=4.0,
        )
    )
    CASES["pool_take"].append(
        Case(
            lambda x, i, a=_a: ops.pool_take(x, i, **a),
            joined(normal(_x), indices(_x, **_a)),
            lambda x, i, a=_a: taken(x, i, **a),
            _label,
        )
    )
    CASES["avg_pool"].append(
        Case(
            lambda x, a=_a: ops.avg_pool(x, **a),
            normal(_x),
            lambda x, a=_a: averaged(x, **a),
            _label,
            scale=4.0,
        )
    )
    CASES["avg_pool_grad"].append(
        Case(
            lambda d, s, a=_a: ops.avg_pool_grad(d, s, **a),
            joined(normal(_y), _shape),
            lambda d, s, a=_a: shared_out(d, s, **a),
            _label,
            static=(1,),
            scale=4.0,
        )
    )
CASES["max_pool"] += [
    Case(
        lambda x: ops.max_pool(x, size=2),
        exactly(np.array([1.0, 1, 1, 1]).reshape(1, 2, 2, 1)),
        lambda x: (np.ones((1, 1, 1, 1)), np.zeros((1, 1, 1, 1), "uint8")),
        "ties: the first",
        order=0,
        result=("", "uint8"),
    ),
    Case(
        lambda x: ops.max_pool(x, size=2)[0],
        exactly(np.array([[1.0, np.nan], [2.0, 3.0]]).reshape(1, 2, 2, 1)),
        lambda x: np.full((1, 1, 1, 1), np.nan),
        "nan",
        order=0,
    ),
    Case(
        lambda x: ops.max_pool(x, size=2, padding="same")[0],
        exactly(-np.arange(1.0, 10).reshape(1, 3, 3, 1)),
        lambda x: -np.array([1.0, 3, 7, 9]).reshape(1, 2, 2, 1),
        "padding is no maximum",
        order=1,
    ),
    Case(
        lambda x: ops.max_pool(x, size=2, padding="same")[0],
        exactly(np.full((1, 3, 3, 1), -np.inf)),
        lambda x: np.full((1, 2, 2, 1), -np.inf),
        "all -inf",
        order=0,
    ),
    Case(
        lambda x: ops.max_pool(x, size=2, padding="same"),
        exactly(-np.arange(9).reshape(1, 3, 3, 1).astype("int32")),
        lambda x: largest(x, (2, 2), (2, 2), "same"),
        "int",
        result=("int32", "uint8"),
    ),
    Case(
        lambda x: ops.max_pool(x, size=(2, 2))[0],
        apart((9, 60, 60, 8)),
        lambda x: x.reshape(9, 30, 2, 30, 2, 8).max((2, 4)),
        "large",
        order=1,
        dtypes=("float64",),
    ),
    Case(
        lambda x: ops.max_pool(x, size=2)[1] + 0,
        apart((2, 4, 4, 1)),
        lambda x: largest(x, (2, 2), (2, 2), "valid")[1],
        "index alone",
        order=0,
        result="uint8",
        dtypes=("float64",),
    ),
]
CASES["avg_pool"] += [
    Case(
        lambda x: ops.avg_pool(x, size=(3, 3), strides=(3, 3)),
        normal((9, 60, 60, 8)),
        lambda x: x.reshape(9, 20, 3, 20, 3, 8).mean((2, 4)),
        "large",
        order=1,
        dtypes=("float32", "float64"),
        scale=4.0,
    ),
]
