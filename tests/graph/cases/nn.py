"""Cases of softmax, cross-entropy and batch normalization."""

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.make import exactly, integers, joined, normal, uniform
from tests.graph.checks import Case


def shares(x, axis=-1):
    """Softmax as 1 / sum(e^(x_j - x_i))."""
    moved = np.moveaxis(x, axis, -1)
    out = 1 / np.exp(moved[..., None, :] - moved[..., :, None]).sum(-1)
    return np.moveaxis(out, -1, axis)


SHAPES = [((3, 4), -1), ((3, 4), 0), ((2, 3, 4), 1), ((5,), 0), ((0, 4), -1), ((2, 3, 4), -2)]
LARGE = [[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4], [88.0, 89.0, 90.0]]
CASES = {}
for _name, _want in {"softmax": shares, "log_softmax": lambda x, a: np.log(shares(x, a))}.items():
    _op = getattr(ops, _name)
    CASES[_name] = [
        Case(
            lambda x, op=_op, a=axis: op(x, axis=a),
            normal(shape, scale=2),
            lambda x, f=_want, a=axis: f(x, a),
            f"{shape} {axis}",
            scale=2.0,
        )
        for shape, axis in SHAPES
    ]
CASES["softmax"].append(
    Case(
        ops.softmax,
        exactly(LARGE),
        lambda x: np.array([[1, 0, 0], [1 / 3] * 3, shares(x[2])]),
        "large",
        order=0,
        dtypes=("float32", "float64"),
    )
)
CASES["log_softmax"].append(
    Case(
        ops.log_softmax,
        exactly(LARGE),
        lambda x: np.array([[0, -1e4, -2e4], [-np.log(3)] * 3, np.log(shares(x[2]))]),
        "large",
        order=0,
        dtypes=("float32", "float64"),
    )
)


def labels(shape, axis):
    def arrays(rng):
        p = rng.uniform(0.1, 1, shape)
        return [2 * rng.standard_normal(shape), p / p.sum(axis, keepdims=True)]

    return arrays


def crossed(x, t, axis=-1):
    return -np.einsum(
        "...i,...i->...", np.moveaxis(t, axis, -1), np.log(np.moveaxis(shares(x, axis), axis, -1))
    )


CASES["softmax_cross_entropy"] = [
    Case(
        lambda x, t, a=axis: ops.softmax_cross_entropy(x, t, axis=a),
        labels(shape, axis),
        lambda x, t, a=axis: crossed(x, t, a),
        f"{shape} {axis}",
        scale=3.0,
    )
    for shape, axis in SHAPES
] + [
    Case(
        ops.softmax_cross_entropy, normal((3, 4), (3, 4)), crossed, "labels of any sum", scale=4.0
    ),
    Case(
        ops.softmax_cross_entropy,
        exactly([[1e4, 0.0]], [[0.0, 1.0]]),
        lambda x, t: np.array([1e4]),
        "large",
        order=0,
        dtypes=("float32", "float64"),
    ),
    Case(
        ops.softmax_cross_entropy,
        joined(normal((2, 3)), exactly([[0, 1, 0], [1, 0, 0]])),
        crossed,
        "int labels",
        scale=2.0,
    ),
]
CASES["sparse_softmax_cross_entropy"] = [
    Case(
        ops.sparse_softmax_cross_entropy,
        joined(normal(shape, scale=2), integers(0, shape[-1], shape[:-1], dtype=dtype)),
        lambda x, t: crossed(x, np.eye(x.shape[-1])[t]),
        f"{shape} {dtype}",
        scale=2.0,
    )
    for shape, dtype in [
        ((3, 4), "int32"),
        ((2, 3, 4), "int64"),
        ((4,), "int32"),
        ((0, 4), "int32"),
        ((5, 1), "uint8"),
    ]
] + [
    Case(
        ops.sparse_softmax_cross_entropy,
        exactly([[1e4, 0.0, 5.0]], [1]),
        lambda x, t: np.array([1e4]),
        "large",
        order=0,
        dtypes=("float32", "float64"),
    ),
]


def scaled(p, axis, low=1e-7):
    total = p.sum(axis, keepdims=True)
    return total, p / total, np.clip(p / total, low, 1 - low)


def entropy(p, t, axis=-1, low=1e-7):
    return -(t * np.log(scaled(p, axis, low)[2])).sum(axis)


def entropy_slope(p, t, dy, axis=-1, low=1e-7):
    total, q, clipped = scaled(p, axis, low)
    slope = np.where((q >= low) & (q <= 1 - low), t / clipped, 0.0)
    return np.expand_dims(dy, axis) / total * ((slope * q).sum(axis, keepdims=True) - slope)


def positive(shape, axis, slope=False):
    dy = np.delete(np.array(shape), axis)
    return joined(uniform(0.1, 1, shape), uniform(0, 1, shape), *[normal(tuple(dy))] * slope)


EDGES = [[0.0, 0.0, 1.0], [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]
EDGE_LABELS = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
CASES["softmax_grad"] = [
    Case(
        lambda y, dy, a=axis: ops.softmax_grad(y, dy, axis=a),
        normal(shape, shape),
        lambda y, dy, a=axis: y * (dy - (y * dy).sum(a, keepdims=True)),
        f"{shape} {axis}",
        scale=3.0,
    )
    for shape, axis in [*SHAPES, ((300, 400), -1)]
]
CASES["cross_entropy"] = [
    Case(
        lambda p, t, a=axis: ops.cross_entropy(p, t, axis=a),
        positive(shape, axis),
        lambda p, t, a=axis: entropy(p, t, a),
        f"{shape} {axis}",
        scale=2.0,
    )
    for shape, axis in SHAPES
] + [
    Case(
        lambda p, t: ops.cross_entropy(p, t, epsilon=0.125),
        exactly(EDGES, EDGE_LABELS),
        lambda p, t: entropy(p, t, low=0.125),
        "at the bounds",
        order=0,
    )
]
CASES["cross_entropy_grad"] = [
    Case(
        lambda p, t, dy, a=axis: ops.cross_entropy_grad(p, t, dy, axis=a),
        positive(shape, axis, slope=True),
        lambda p, t, dy, a=axis: entropy_slope(p, t, dy, a),
        f"{shape} {axis}",
        scale=20.0,
    )
    for shape, axis in SHAPES
] + [
    Case(
        lambda p, t, dy: ops.cross_entropy_grad(p, t, dy, epsilon=0.125),
        exactly(EDGES, EDGE_LABELS, [1.0, 2.0, 3.0]),
        lambda p, t, dy: entropy_slope(p, t, dy, low=0.125),
        "at the bounds",
        order=0,
    )
]


def normalized(x, gamma, beta, axes, epsilon):
    kept = [i for i in range(x.ndim) if i not in {a % x.ndim for a in axes}]
    moved = np.transpose(x, [*kept, *(i for i in range(x.ndim) if i not in kept)])
    table = moved.reshape(*gamma.shape, -1)
    mean = np.einsum("...i->...", table) / table.shape[-1]
    var = np.einsum("...i->...", table**2) / table.shape[-1] - mean**2
    wide = [1 if i not in kept else n for i, n in enumerate(x.shape)]
    m, v, g, b = (a.reshape(wide) for a in (mean, var, gamma, beta))
    return (x - m) * (v + epsilon) ** -0.5 * g + b, mean, var


def setting(shape, axes):
    kept = tuple(n for i, n in enumerate(shape) if i not in {a % len(shape) for a in axes})
    return joined(normal(shape), uniform(0.5, 2, kept), normal(kept))


NORMS = [
    ((6, 3), (0,)),
    ((4, 3, 2, 5), (0, 1, 2)),
    ((4, 3, 2, 5), (0, 2, 3)),
    ((3, 4, 5), (0, -2)),
    ((4, 3, 2), (1, 2)),
    ((5, 2, 3), (0,)),
    ((7,), (0,)),
    ((64, 2), (0,)),
]
BIG = [((40, 30, 40, 8), (0, 1, 2)), ((70, 600), (0,)), ((40, 8, 30, 40), (0, 2, 3))]
CASES["batch_norm"] = (
    [
        Case(
            lambda x, g, b, a=axes: ops.batch_norm(x, g, b, axes=a, epsilon=0.01),
            setting(shape, axes),
            lambda x, g, b, a=axes: normalized(x, g, b, a, 0.01),
            f"{shape} {axes}",
            scale=8.0,
        )
        for shape, axes in NORMS
    ]
    + [
        Case(
            lambda x, g, b, a=axes: ops.batch_norm(x, g, b, axes=a),
            setting(shape, axes),
            lambda x, g, b, a=axes: normalized(x, g, b, a, 1e-3),
            f"big {shape}",
            order=1,
            dtypes=("float32",),
            scale=10.0,
        )
        for shape, axes in BIG
    ]
    + [
        Case(
            lambda x, g, b: ops.batch_norm(x + 100.0, g, b, axes=(0,)),
            setting((50, 4), (0,)),
            lambda x, g, b: normalized(x + 100, g, b, (0,), 1e-3),
            "far from zero",
            order=1,
            dtypes=("float32", "float64"),
            scale=40.0,
        ),
        Case(
            lambda x, g, b: ops.batch_norm(x, g, b, axes=(0,))[0],
            normal((0, 4), (4,), (4,)),
            lambda x, g, b: x,
            "empty",
            order=0,
        ),
        # Each output by itself: the gradients of mean and var alone.
        *(
            Case(
                lambda x, g, b, i=i: ops.batch_norm(x, g, b, axes=(0, 1))[i],
                setting((3, 4, 2), (0, 1)),
                lambda x, g, b, i=i: normalized(x, g, b, (0, 1), 1e-3)[i],
                f"output {i}",
                scale=8.0,
            )
            for i in range(3)
        ),
    ]
)


def norm_grad(dy, x, gamma, mean, var, dmean, dvar, axes, epsilon):
    """The derivative written out by hand, one kept entry at a time."""
    kept = [i for i in range(x.ndim) if i not in axes]
    dx, dgamma, dbeta = np.zeros_like(x), np.zeros_like(gamma), np.zeros_like(gamma)
    for place in np.ndindex(gamma.shape):
        at = [slice(None)] * x.ndim
        for i, p in zip(kept, place, strict=True):
            at[i] = p
        at = tuple(at)
        d, c, s = dy[at], x[at] - mean[place], (var[place] + epsilon) ** -0.5
        n, g = d.size, gamma[place]
        dbeta[place], dgamma[place] = d.sum(), (d * c).sum() * s
        dx[at] = (
            g * s * (d - d.sum() / n)
            - g * s**3 * c * (d * c).sum() / n
            + dmean[place] / n
            + 2 * c * dvar[place] / n
        )
    return dx, dgamma, dbeta


def grad_setting(shape, axes):
    kept = tuple(n for i, n in enumerate(shape) if i not in axes)
    return joined(
        normal(shape, shape),
        uniform(0.5, 2, kept),
        normal(kept),
        uniform(0.5, 2, kept),
        normal(kept, kept),
    )


CASES["batch_norm_grad"] = [
    Case(
        lambda *xs, a=axes: ops.batch_norm_grad(*xs, axes=a, epsilon=0.01),
        grad_setting(shape, axes),
        lambda *xs, a=axes: norm_grad(*xs, axes=a, epsilon=0.01),
        f"{shape} {axes}",
        scale=10.0,
        dtypes=("float32", "float64"),
    )
    for shape, axes in [((6, 3), (0,)), ((4, 3, 5), (0, 1)), ((4, 3, 5), (0, 2)), ((3, 4), (1,))]
] + [
    Case(
        lambda *xs, a=axes: ops.batch_norm_grad(*xs, axes=a),
        grad_setting(shape, axes),
        lambda *xs, a=axes: norm_grad(*xs, axes=a, epsilon=1e-3),
        f"big {shape}",
        order=0,
        dtypes=("float32",),
        scale=20.0,
    )
    for shape, axes in BIG
]
