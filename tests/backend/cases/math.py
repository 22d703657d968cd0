"""Arithmetic, comparisons and reductions."""

import numpy as np

from kerasnb import backend as K
from tests.backend.checks import Case
from tests.graph.cases.make import apart, bools, exactly, integers, normal, uniform

CASES = {}

# Entry by entry: the function, NumPy's, inputs, and the kind of derivative.
ENTRYWISE = {
    "abs": (np.abs, apart((3, 4))),
    "square": (lambda x: x * x, normal((3, 4))),
    "sqrt": (np.sqrt, uniform(0.2, 3, (3, 4))),
    "exp": (np.exp, normal((3, 4))),
    "log": (np.log, uniform(0.2, 3, (3, 4))),
    "sin": (np.sin, normal((3, 4))),
    "cos": (np.cos, normal((3, 4))),
    "sign": (np.sign, apart((3, 4))),
    "round": (np.round, apart((3, 4), gap=0.3)),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), normal((3, 4), scale=2)),
    "tanh": (np.tanh, normal((3, 4))),
    "softplus": (lambda x: np.log(1 + np.exp(x)), normal((3, 4))),
    "softsign": (lambda x: x / (1 + np.abs(x)), apart((3, 4))),
    "hard_sigmoid": (lambda x: np.clip(0.2 * x + 0.5, 0, 1), apart((3, 4), gap=0.7)),
}
for _name, (_want, _arrays) in ENTRYWISE.items():
    _order = 0 if _name in ("sign", "round") else 2
    CASES[_name] = [Case(getattr(K, _name), _arrays, _want, order=_order, samples=(0,))]
CASES["sqrt"].append(
    Case(K.sqrt, exactly([-2.0, 0.0, 4.0]), lambda x: np.array([0.0, 0, 2]), "negative", order=0)
)
CASES["round"].append(
    Case(K.round, exactly([0.5, 1.5, -2.5]), lambda x: np.array([0.0, 2, -2]), "halves", order=0)
)
CASES["pow"] = [
    Case(lambda x, a=a: K.pow(x, a), uniform(0.5, 2, (2, 3)), lambda x, a=a: x**a, str(a))
    for a in (2, 3, 0.5, -1)
] + [Case(K.pow, uniform(0.5, 2, (2, 3), (3,)), lambda x, a: x**a, "tensors", samples=(0,))]

BOUNDS = [(-0.3, 0.4), (None, 0.2), (0.1, None), (0.5, -0.5), (-1, 1)]


def clipped(x, low, high):
    if low is not None and high is not None and high < low:
        high = low
    return np.minimum(
        np.maximum(x, -np.inf if low is None else low), np.inf if high is None else high
    )


CASES["clip"] = [
    Case(
        lambda x, b=bounds: K.clip(x, *b), apart((3, 4), gap=0.123),
        lambda x, b=bounds: clipped(x, *b), str(bounds), samples=(0,),
    )
    for bounds in BOUNDS
] + [
    Case(
        lambda x, a, b: K.clip(x, a, b), apart((3, 4), (1, 4), (3, 1)),
        lambda x, a, b: np.minimum(np.maximum(x, a), b), "tensors",
    )
]  # fmt: skip

PAIRS = {
    "maximum": np.maximum, "minimum": np.minimum, "equal": np.equal, "not_equal": np.not_equal,
    "greater": np.greater, "greater_equal": np.greater_equal, "less": np.less,
    "less_equal": np.less_equal,
}  # fmt: skip
for _name, _want in PAIRS.items():
    _extreme = _name in ("maximum", "minimum")
    _function = getattr(K, _name)
    CASES[_name] = [
        Case(
            _function, apart((3, 4), (4,)), _want, order=2 if _extreme else 0,
            result="" if _extreme else "bool", samples=(0,),
        ),
        Case(
            _function, integers(0, 3, (4, 2), (4, 1)), _want, "integers",
            result="int32" if _extreme else "bool", samples=(0, 1),
        ),
        Case(
            lambda x, f=_function: f(x, 0.1), apart((5,)), lambda x, f=_want: f(x, 0.1), "number",
            order=0, result="" if _extreme else "bool",
        ),
    ]  # fmt: skip


def log_sum_exp(x, axis=None, keepdims=False):
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


AXES = [None, 0, -1, (0, 2), [1]]
REDUCTIONS = {
    "sum": np.sum, "mean": np.mean, "var": np.var, "std": np.std, "max": np.max, "min": np.min,
    "prod": np.prod, "logsumexp": log_sum_exp,
}  # fmt: skip


def axes(axis):
    return tuple(axis) if isinstance(axis, list) else axis


for _name, _want in REDUCTIONS.items():
    _function = getattr(K, _name)
    CASES[_name] = [
        Case(
            lambda x, f=_function, a=axis, k=keep: f(x, axis=a, keepdims=k),
            apart((3, 2, 4), gap=0.11),
            lambda x, f=_want, a=axis, k=keep: f(x, axis=axes(a), keepdims=k),
            f"{axis} {keep}",
            samples=(0,) if axis in (-1, [1]) else (),
            scale=4.0,
        )
        for axis in AXES
        for keep in (False, True)
    ]
for _name in ("sum", "prod"):
    _function = getattr(K, _name)
    _want = REDUCTIONS[_name]
    CASES[_name].append(
        Case(
            lambda x, f=_function: f(x, axis=1), integers(1, 4, (2, 3)),
            lambda x, f=_want: f(x, axis=1), "integers", result="int32",
        )
    )  # fmt: skip
    CASES[_name].append(
        Case(
            lambda x, f=_function: f(x, axis=0), normal((0, 3)),
            lambda x, f=_want: f(x, axis=0), "over nothing", order=0,
        )
    )  # fmt: skip
for _name in ("mean", "var", "std"):
    CASES[_name].append(
        Case(
            getattr(K, _name), integers(0, 9, (2, 3)), REDUCTIONS[_name], "integers",
            dtypes=("float32",), result="float32",
        )
    )  # fmt: skip
CASES["mean"].append(
    Case(K.mean, bools((4, 3)), np.mean, "truth values", dtypes=("float32",), result="float32")
)
CASES["logsumexp"].append(
    Case(
        lambda x: K.logsumexp(x, axis=1),
        exactly([[-np.inf, -np.inf], [1e4, 1e4], [-1e4, -np.inf], [np.inf, 0]]),
        lambda x: np.array([-np.inf, 1e4 + np.log(2), -1e4, np.inf]), "far out", order=0,
    )
)  # fmt: skip
for _name, _want in {"any": np.any, "all": np.all}.items():
    _function = getattr(K, _name)
    CASES[_name] = [
        Case(
            lambda x, f=_function, a=axis, k=keep: f(x, axis=a, keepdims=k), bools((3, 2, 2)),
            lambda x, f=_want, a=axis, k=keep: f(x, axis=axes(a), keepdims=k), f"{axis} {keep}",
            result="bool", samples=(0,),
        )
        for axis in AXES
        for keep in (False, True)
    ] + [
        Case(
            lambda x, f=_function: f(x, axis=1), integers(0, 2, (5, 2)),
            lambda x, f=_want: f(x != 0, axis=1), "integers", result="bool",
        )
    ]  # fmt: skip
for _name, _want in {"argmax": np.argmax, "argmin": np.argmin}.items():
    _function = getattr(K, _name)
    CASES[_name] = [
        Case(
            lambda x, f=_function, a=axis: f(x, axis=a), apart((3, 2, 4)),
            lambda x, f=_want, a=axis: f(x, axis=a), str(axis), order=0, result="int64",
            samples=(0,) if axis else (),
        )
        for axis in (-1, 0, 1)
    ]  # fmt: skip
for _name, _want in {"cumsum": np.cumsum, "cumprod": np.cumprod}.items():
    _function = getattr(K, _name)
    CASES[_name] = [
        Case(
            lambda x, f=_function, a=axis: f(x, axis=a), normal((3, 2, 4)),
            lambda x, f=_want, a=axis: f(x, axis=a), str(axis), samples=(0,),
        )
        for axis in (0, 1, -1)
    ]  # fmt: skip
