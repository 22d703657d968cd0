"""Cases of the ops that pick entries by their place."""

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.make import apart, exactly, integers, joined, normal
from tests.graph.checks import Case


def pick(x, indices, axis):
    moved = np.moveaxis(x, axis, 0)
    out = np.array([moved[i] for i in indices.flat], x.dtype)
    out = out.reshape(indices.shape + moved.shape[1:])
    axis %= x.ndim
    return np.moveaxis(out, list(range(indices.ndim)), list(range(axis, axis + indices.ndim)))


def scatter(dy, indices, shape, axis):
    out = np.zeros(shape)
    moved = np.moveaxis(out, axis, 0)
    axis %= len(shape)
    rows = np.moveaxis(dy, list(range(axis, axis + indices.ndim)), list(range(indices.ndim)))
    for place, i in np.ndenumerate(indices):
        moved[i] += rows[place]
    return out


TAKES = [
    ((5, 3), (4,), 0),
    ((5, 3), (2, 6), 0),
    ((5, 3), (), 0),
    ((2, 5), (4,), 1),
    ((2, 5, 3), (4,), -2),
    ((2, 5, 3), (2, 7), 1),
    ((5,), (3, 2), 0),
    ((5, 3), (0,), 0),
    ((0, 5), (4,), 1),
    ((5, 0), (4,), 0),
    ((5, 600), (9,), 0),
    ((5, 40), (900,), 0),
]
CASES = {}
CASES["take"] = (
    [
        Case(
            lambda x, i, a=axis: ops.take(x, i, axis=a),
            joined(normal(shape), integers(0, shape[axis], places)),
            lambda x, i, a=axis: pick(x, i, a),
            f"{shape} {places} {axis}",
            order=2 if np.prod(places) * shape[-1] < 999 else 1,
        )
        for shape, places, axis in TAKES
    ]
    + [
        Case(
            ops.take,
            joined(normal((300, 2)), integers(0, 200, (7,), dtype=t)),
            lambda x, i: pick(x, i, 0),
            t,
        )
        for t in ("int64", "uint8", "int16")
    ]
    + [
        Case(
            ops.take,
            joined(integers(0, 9, (4, 2)), integers(0, 4, (3,))),
            lambda x, i: pick(x, i, 0),
            "int",
            result="int32",
        ),
    ]
)
CASES["take_grad"] = [
    Case(
        lambda d, i, s, a=axis: ops.take_grad(d, i, s, axis=a),
        joined(
            normal((*shape[: axis % len(shape)], *places, *shape[axis % len(shape) + 1 :])),
            integers(0, shape[axis], places),
            exactly(np.array(shape, "int32")),
        ),
        lambda d, i, s, a=axis: scatter(d, i, tuple(s), a),
        f"{shape} {places} {axis}",
        static=(2,),
        scale=8.0,
        dtypes=("float32", "float64"),
        order=2 if np.prod(places) * shape[-1] < 999 else 1,
    )
    for shape, places, axis in TAKES
]


def along(x, i):
    out = np.empty(i.shape, x.dtype)
    for place, j in np.ndenumerate(i):
        out[place] = x[(*place[:-1], j)]
    return out


def add_along(d, i, shape):
    out = np.zeros(tuple(shape))
    for place, j in np.ndenumerate(i):
        out[(*place[:-1], j)] += d[place]
    return out


ALONG = [
    ((3, 5), (3, 2)),
    ((2, 3, 5), (2, 3, 4)),
    ((5,), (3,)),
    ((0, 5), (0, 2)),
    ((3, 5), (3, 0)),
    ((5000, 3), (5000, 1)),
]
CASES["gather_along"] = [
    Case(
        ops.gather_along,
        joined(normal(x), integers(0, x[-1], i)),
        along,
        f"{x} {i}",
        order=2 if x[0] < 999 else 0,
    )
    for x, i in ALONG
] + [
    Case(
        ops.gather_along,
        joined(normal((3, 5)), integers(0, 5, (3, 2), dtype="uint8")),
        along,
        "uint8",
    ),
]
CASES["scatter_along"] = [
    Case(
        ops.scatter_along,
        joined(normal(i), integers(0, x[-1], i), exactly(np.array(x, "int32"))),
        add_along,
        f"{x} {i}",
        static=(2,),
        order=2 if x[0] < 999 else 0,
        scale=3.0,
    )
    for x, i in ALONG
]


def best(x, k):
    order = [
        sorted(range(x.shape[-1]), key=lambda j: (-r[j], j))[:k] for r in x.reshape(-1, x.shape[-1])
    ]
    places = np.array(order, "int32").reshape((*x.shape[:-1], k))
    return along(x, places), places


CASES["top_k"] = [
    Case(
        lambda x, k=k: ops.top_k(x, k=k),
        apart(shape),
        lambda x, k=k: best(x, k),
        f"{shape} {k}",
        result=("", "int32"),
        order=2 if np.prod(shape) < 999 else 0,
        dtypes=("float16", "float32", "float64") if np.prod(shape) < 999 else ("float64",),
    )
    for shape, k in [
        ((3, 5), 2),
        ((2, 3, 4), 1),
        ((6,), 6),
        ((3, 5), 0),
        ((0, 5), 2),
        ((900, 40), 3),
    ]
] + [
    Case(
        lambda x: ops.top_k(x, k=3),
        exactly([[1.0, 2.0, 2.0, 2.0], [0.0, 0.0, 0.0, 0.0]]),
        lambda x: best(x, 3),
        "ties",
        order=0,
        result=("", "int32"),
    ),
    Case(
        lambda x: ops.top_k(x, k=2),
        integers(-9, 9, (3, 6)),
        lambda x: best(x, 2),
        "int",
        result=("int32", "int32"),
    ),
]


def among(p, t, k):
    out = []
    for row, target in zip(p, t, strict=True):
        fine = 0 <= target < len(row) and np.isfinite(row).all()
        out.append(bool(fine and sum(v > row[target] for v in row) < k))
    return np.array(out, bool)


CASES["in_top_k"] = [
    Case(
        lambda p, t, k=k: ops.in_top_k(p, t, k=k),
        joined(apart((rows, 5)), integers(0, 5, (rows,))),
        lambda p, t, k=k: among(p, t, k),
        f"{rows} {k}",
        order=0,
        result="bool",
        dtypes=("float32", "float64"),
    )
    for rows, k in [(4, 1), (30, 3), (3, 9), (0, 2), (1, 0), (2000, 2)]
] + [
    Case(
        lambda p, t: ops.in_top_k(p, t, k=2),
        exactly(
            [[0.3, 0.3, 0.3], [np.nan, 1, 2], [np.inf, 1, 2], [1, 2, 3], [1, 2, 3]],
            [2, 2, 1, 3, -1],
        ),
        lambda p, t: among(p, t, 2),
        "ties, NaN and targets out of range",
        order=0,
        result="bool",
    ),
]
