"""Products."""

import string

import numpy as np

from kerasnb import backend as K
from tests.backend.checks import Case
from tests.graph.cases.make import normal

CASES = {}


def dot(x, y):
    """The last axis of x with the last but one of y, all other axes side by side."""
    return np.dot(x, y)


DOTS = [
    ((2, 3), (3, 4)), ((2, 3, 4), (4, 5)), ((2, 3), (4, 3, 5)), ((2, 3, 4), (2, 4, 3)),
    ((2, 2, 2, 3), (2, 3, 2)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((3,), (2, 3, 2)),
]  # fmt: skip
CASES["dot"] = [
    Case(K.dot, normal(a, b), dot, f"{a} {b}", samples=(0,) if len(a) > 1 else ()) for a, b in DOTS
]


def batch_dot(x, y, axes):
    """By a formula for einsum, sample by sample."""
    i, j = axes
    left = list("n" + string.ascii_lowercase[: x.ndim - 1])
    right = list("n" + string.ascii_uppercase[: y.ndim - 1])
    left[i] = right[j] = "z"
    rest = [c for c in (*left, *right) if c not in "nz"]
    product = np.einsum(f"{''.join(left)},{''.join(right)}->n{''.join(rest)}", x, y)
    return product if rest else product[:, None]


BATCH_DOTS = [
    ((3, 4), (3, 4), None, (1, 1)),
    ((3, 4), (3, 4, 2), None, (1, 1)),
    ((3, 2, 4), (3, 4), None, (2, 1)),
    ((3, 2, 4), (3, 4, 2), None, (2, 1)),
    ((3, 2, 4), (3, 2, 4, 5), None, (2, 2)),
    ((3, 4, 2), (3, 4, 5), 1, (1, 1)),
    ((3, 2, 4), (3, 5, 4), 2, (2, 2)),
    ((3, 2, 4), (3, 5, 4), -1, (2, 2)),
    ((3, 4, 2, 2), (3, 2, 4), (1, 2), (1, 2)),
    ((3, 2, 4, 2), (3, 2, 2, 4), [2, -1], (2, 3)),
    ((3, 2, 2, 2, 4), (3, 4), (4, 1), (4, 1)),
]
CASES["batch_dot"] = [
    Case(
        lambda x, y, a=axes: K.batch_dot(x, y, axes=a), normal(a, b),
        lambda x, y, a=meant: batch_dot(x, y, a), f"{a} {b} {axes}", samples=(0, 1),
    )
    for a, b, axes, meant in BATCH_DOTS
]  # fmt: skip
CASES["l2_normalize"] = [
    Case(
        lambda x, a=axis: K.l2_normalize(x, axis=a), normal((3, 2, 4)),
        lambda x, a=axis: x / np.sqrt((x**2).sum(tuple(a) if isinstance(a, list) else a, keepdims=True)),
        str(axis), samples=(0,) if axis in (1, -1) else (),
    )
    for axis in (None, 1, -1, [0, 2])
]  # fmt: skip
CASES["transpose"] = [
    Case(K.transpose, normal(shape), lambda x: x.T, str(shape), samples=(0,))
    for shape in [(3, 4), (3, 2, 4)]
]
CASES["eye"] = [
    Case(
        lambda x, n=size: x + K.eye(n, dtype=x.dtype), normal(shape), lambda x: x + np.eye(*x.shape)
    )
    for size, shape in [(3, (3, 3)), ((2, 4), (2, 4))]
]
