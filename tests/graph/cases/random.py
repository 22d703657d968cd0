"""Cases of random numbers: what holds of every draw. Their statistics are in test_random.py."""

import numpy as np

from kerasnb.array import Stream
from kerasnb.graph import ops
from tests.graph.cases.make import exactly, normal
from tests.graph.checks import Case


def within(low, high):
    """Whether all numbers are in [low, high], and more than one number was drawn."""
    return lambda x: [
        ops.reduce_all(x >= low),
        ops.reduce_all(x <= high),
        ops.reduce_max(x) > ops.reduce_min(x),
    ]


def drawn(op, check, **params):
    return lambda *shape: check(op(shape[0] if shape else (50, 40), stream=Stream(5), **params))


BOUNDS = {
    "random_uniform": (
        ops.random_uniform,
        [((-2.0, 3.0), {"low": -2.0, "high": 3.0}), ((0.0, 1.0), {})],
    ),
    "random_normal": (ops.random_normal, [((-99.0, 99.0), {"mean": 1.0, "stddev": 2.0})]),
    "truncated_normal": (
        ops.truncated_normal,
        [((-2.0, 2.0), {}), ((-3.0, 5.0), {"mean": 1.0, "stddev": 2.0})],
    ),
    "random_binomial": (ops.random_binomial, [((0.0, 1.0), {"p": 0.5})]),
}
CASES = {}
for _name, (_op, _bounds) in BOUNDS.items():
    CASES[_name] = [
        Case(
            drawn(_op, within(*bounds), dtype=dtype, **params),
            exactly(),
            lambda: [True, True, True],
            f"{params} {dtype}",
            result="bool",
        )
        for bounds, params in _bounds
        for dtype in ("float16", "float32", "float64")
    ]
    _empty = {"shape": (0, 3)}
    CASES[_name] += [
        Case(
            lambda op=_op: op((0, 3), stream=Stream(1)),
            exactly(),
            lambda: np.zeros((0, 3)),
            "empty",
            result="float32",
        ),
        Case(
            lambda op=_op: ops.shape_of(op((), stream=Stream(1))),
            exactly(),
            lambda: np.zeros(0),
            "0-d",
            result="int32",
        ),
        Case(
            lambda s, op=_op: ops.shape_of(op(s, stream=Stream(1))),
            exactly(np.array([2, 3], "int32")),
            lambda s: s,
            "constant shape",
            static=(0,),
            result="int32",
        ),
        Case(
            lambda x, op=_op: op(ops.shape_of(x), stream=Stream(1)) * 0.0 + x,
            normal((2, 3)),
            np.copy,
            "computed shape",
            dtypes=("float32",),
        ),
    ]
CASES["random_uniform"].append(
    Case(
        drawn(ops.random_uniform, within(3, 8), low=3, high=9, dtype="int32"),
        exactly(),
        lambda: [True, True, True],
        "int",
        result="bool",
    )
)
CASES["random_binomial"] += [
    Case(
        lambda p=p: ops.random_binomial((3, 4), stream=Stream(1), p=p),
        exactly(),
        lambda p=p: np.full((3, 4), p),
        f"p={p}",
        result="float32",
    )
    for p in (0.0, 1.0)
]
CASES["random_mask"] = [
    Case(
        lambda k=k: ops.random_mask((5, 7), stream=Stream(2), keep=k),
        exactly(),
        lambda k=k: np.full((5, 7), bool(k)),
        f"keep={k}",
        result="bool",
    )
    for k in (0.0, 1.0)
] + [
    Case(
        lambda: ops.random_mask((0, 7), stream=Stream(2), keep=0.5),
        exactly(),
        lambda: np.zeros((0, 7), bool),
        "empty",
        result="bool",
    ),
    Case(
        lambda: ops.reduce_any(ops.random_mask((99,), stream=Stream(2), keep=0.5)),
        exactly(),
        lambda: True,
        "half",
        result="bool",
    ),
]


def kept(x, rate, noise_shape=None):
    """What must hold of a dropout: y and its mask agree."""
    y, mask = ops.dropout(x, rate=rate, noise_shape=noise_shape, stream=Stream(3))
    scaled = x * (1 / (1 - rate))
    return ops.reduce_all(ops.absolute(y - ops.where(mask, scaled, 0.0)) < 1e-3)


CASES["dropout"] = [
    Case(
        lambda x, r=rate, s=shape: kept(x, r, s),
        normal((6, 5, 4)),
        lambda x: True,
        f"{rate} {shape}",
        result="bool",
        order=0,
    )
    for rate, shape in [(0.5, None), (0.1, (None, 1, None)), (0.3, (6, 1, 4)), (0.0, None)]
] + [
    Case(
        lambda x: ops.dropout(x, rate=0.0, stream=Stream(3))[0], normal((3, 4)), np.copy, "rate 0"
    ),
    Case(
        lambda x: ops.dropout(x, rate=1.0, stream=Stream(3))[0],
        normal((3, 4)),
        np.zeros_like,
        "rate 1",
    ),
    Case(lambda x: ops.dropout(x, rate=0.4, stream=Stream(3))[0], normal((0, 4)), np.copy, "empty"),
]
