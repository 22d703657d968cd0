"""Cases of matrix products."""

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.make import integers, joined, normal
from tests.graph.checks import Case

CASES = {}
CASES["matmul"] = [
    Case(
        ops.matmul, normal(a, b), lambda a, b, e=formula: np.einsum(e, a, b), f"{a} {b}", scale=4.0
    )
    for a, b, formula in [
        ((3, 4), (4, 2), "ij,jk->ik"),
        ((1, 4), (4, 1), "ij,jk->ik"),
        ((2, 3, 4), (4, 5), "nij,jk->nik"),
        ((2, 6, 3, 4), (4, 5), "mnij,jk->mnik"),
        ((2, 3, 4), (2, 4, 5), "nij,njk->nik"),
        ((3, 4), (2, 4, 5), "ij,njk->nik"),
        ((1, 3, 4), (5, 4, 2), "mij,njk->nik"),
        ((2, 1, 3, 4), (5, 4, 2), "amij,njk->anik"),
        ((0, 4), (4, 2), "ij,jk->ik"),
        ((3, 0), (0, 2), "ij,jk->ik"),
        ((0, 3, 4), (4, 2), "nij,jk->nik"),
    ]
] + [
    Case(
        lambda a, b: ops.matmul(ops.transpose(a, perm=(1, 0)), ops.transpose(b, perm=(1, 0))),
        normal((4, 3), (2, 4)),
        lambda a, b: np.einsum("ji,kj->ik", a, b),
        "transposed",
        scale=4.0,
    ),
    Case(
        lambda a, b: a @ b,
        integers(-5, 5, (3, 4), (4, 2)),
        lambda a, b: np.einsum("ij,jk->ik", a, b),
        "int",
        result="int32",
    ),
    Case(
        ops.matmul,
        joined(normal((3, 4)), integers(-5, 5, (4, 2))),
        lambda a, b: np.einsum("ij,jk->ik", a, b),
        "float and int",
        scale=4.0,
    ),
    Case(
        lambda a, b: ops.matmul(a[:, ::2], b),
        normal((3, 8), (4, 2)),
        lambda a, b: np.einsum("ij,jk->ik", a[:, ::2], b),
        "every second column",
        scale=4.0,
    ),
]
CASES["tensordot"] = [
    Case(
        lambda a, b, x=axes: ops.tensordot(a, b, axes=x),
        normal(a, b),
        lambda a, b, e=formula: np.einsum(e, a, b),
        f"{a} {b} {axes}",
        scale=4.0,
    )
    for a, b, axes, formula in [
        ((2, 3), (3, 4), ((1,), (0,)), "ij,jk->ik"),
        ((2, 3, 4), (4, 3, 5), ((1, 2), (1, 0)), "ijk,kjl->il"),
        ((2, 3, 4), (5, 4), ((-1,), (-1,)), "ijk,lk->ijl"),
        ((3,), (3,), ((0,), (0,)), "i,i->"),
        ((2, 3), (4, 5), ((), ()), "ij,kl->ijkl"),
        ((0, 3), (3, 4), ((1,), (0,)), "ij,jk->ik"),
    ]
]


def by_eigenvectors(x):
    """Singular vectors, the left or the right ones as the shape wants, but for their signs."""
    flip = x.shape[0] < x.shape[1]
    a = x.T if flip else x
    _, v = np.linalg.eigh(a.T @ a)
    u = a @ v[:, ::-1]
    u = u / np.sqrt((u * u).sum(0))
    return np.abs(u.T if flip else u)


CASES["orthogonal"] = [
    Case(
        lambda x: ops.absolute(ops.orthogonal(x)),
        normal(shape),
        by_eigenvectors,
        f"{shape}",
        dtypes=("float32", "float64"),
        order=0,
        scale=100.0,
    )
    for shape in [(4, 4), (5, 3), (2, 6), (1, 3)]
]
