"""Cases of x[key] with tensors, arrays and lists in the key; NumPy does the same on arrays."""

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.make import exactly, integers, joined, normal
from tests.graph.checks import Case

ROWS = np.array([2, -1, 0, 2])
MASK = np.array([True, False, True])

KEYS = {
    "array": ((3, 4), ROWS),
    "list": ((3, 4), [0, -1]),
    "array behind a slice": ((2, 3, 4), np.s_[:, ROWS]),
    "array between": ((2, 3, 4), np.s_[::-1, [[0, 1], [2, -3]], 1:]),
    "array behind dots": ((2, 3, 4), np.s_[..., [3, 0]]),
    "two arrays": ((3, 4), np.s_[[0, 1, 2], [-1, 0, 2]]),
    "two arrays that broadcast": ((3, 4, 2), np.s_[[[0], [2]], [1, 3, -4]]),
    "two arrays behind a slice": ((2, 3, 4), np.s_[:, [0, 1], [2, 3]]),
    "two arrays apart": ((2, 3, 4), np.s_[[0, 1, 1], :, [2, 3, 0]]),
    "array and integer": ((2, 3, 4), np.s_[:, ROWS, 1]),
    "integer and array apart": ((2, 3, 4), np.s_[1, :, [2, 3, 0]]),
    "array and a new axis": ((3, 4), np.s_[None, ROWS, None]),
    "truth values": ((3, 4), MASK),
    "truth values behind a slice": ((2, 3, 2), np.s_[:, MASK]),
    "truth values over two axes": ((2, 3, 2), np.s_[np.array([[1, 0, 1], [0, 0, 1]], bool)]),
    "nothing": ((3, 4), np.s_[[]]),
    "of nothing": ((0, 4), np.s_[:, ROWS]),
}
CASES = {
    "getitem": [
        Case(
            lambda x, k=key: x[k], normal(shape), lambda x, k=key: x[k], name,
            unknown="truth" not in name,
        )
        for name, (shape, key) in KEYS.items()
    ]
    + [
        Case(
            lambda x, i: x[i], joined(normal((3, 2)), integers(-3, 3, (2, 3))),
            lambda x, i: x[i], "tensor",
        ),
        Case(
            lambda x, i: x[:, i], joined(normal((2, 3)), exactly(np.int32(-1))),
            lambda x, i: x[:, i], "tensor without axes",
        ),
        Case(
            lambda x, i: x[ops.arange(0, ops.shape_of(x)[0], 1), i],
            joined(normal((4, 3)), integers(0, 3, (4,))),
            lambda x, i: np.array([r[k] for r, k in zip(x, i, strict=True)]), "one of each row",
        ),
        Case(
            lambda x, i, j: x[i, ..., j],
            joined(normal((4, 3, 2)), integers(0, 4, (5,)), integers(-2, 2, (2, 5))),
            lambda x, i, j: x[i, ..., j], "two tensors apart",
        ),
    ]
    + [
        Case(
            lambda x, y, f=cut: f(x, ops.shape_of(y)[0]), normal((6, 4), (n,)),
            lambda x, y, f=cut: f(x, len(y)), f"{name} {n}", grad=(0,),
        )
        for n in (2, 0, 9)
        for name, cut in {
            "up to a tensor": lambda x, n: x[:n],
            "from a tensor": lambda x, n: x[:, n:],
            "up to a negative tensor": lambda x, n: x[: -n - 1],
            "backwards from a tensor": lambda x, n: x[n::-2],
            "from behind": lambda x, n: x[-n - 1 :, 1],
        }.items()
    ],
}  # fmt: skip
