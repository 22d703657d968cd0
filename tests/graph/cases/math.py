"""Cases of the elementwise ops."""

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.make import apart, bools, exactly, integers, joined, normal, uniform
from tests.graph.checks import Case

INF, NAN = np.inf, np.nan


def erf(x):
    """The integral itself, by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    t = np.multiply.outer(np.asarray(x), (nodes + 1) / 2)
    return np.asarray(x) / np.sqrt(np.pi) * (np.exp(-(t**2)) @ weights)


def softplus(x):
    return np.logaddexp(0, x)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


# name: (NumPy's function, inputs, order of differentiation, values at the edge)
UNARY = {
    "negative": (np.negative, normal, 2, [INF, -INF, NAN, 0.0]),
    "absolute": (np.abs, apart, 2, [INF, -INF, NAN, 0.0]),
    "sign": (np.sign, apart, 1, [INF, -INF, 0.0]),
    "square": (lambda x: x * x, normal, 2, [INF, -INF, NAN]),
    "sqrt": (lambda x: x**0.5, lambda s: uniform(0.3, 3, s), 2, [0.0, INF, NAN]),
    "exp": (lambda x: np.e**x, normal, 2, [-INF, INF, NAN, 1e4]),
    "expm1": (lambda x: np.e**x - 1, normal, 2, [-INF, INF, NAN]),
    "log": (lambda x: np.log2(x) * np.log(2), lambda s: uniform(0.3, 3, s), 2, [0.0, INF, NAN]),
    "log1p": (lambda x: np.log(x + 1), lambda s: uniform(-0.6, 3, s), 2, [-1.0, INF, NAN]),
    "sin": (lambda x: np.cos(x - np.pi / 2), normal, 2, [0.0, NAN]),
    "cos": (lambda x: np.sin(x + np.pi / 2), normal, 2, [0.0, NAN]),
    "tan": (lambda x: np.sin(x) / np.cos(x), lambda s: uniform(-1, 1, s), 2, [0.0, NAN]),
    "tanh": (lambda x: 1 - 2 / (np.exp(2 * x) + 1), normal, 2, [-INF, INF, NAN, 0.0]),
    "sigmoid": (sigmoid, normal, 2, [-INF, INF, NAN, 0.0, 1e4, -1e4]),
    "softplus": (softplus, normal, 2, [-INF, INF, NAN, 0.0, 1e4, -1e4]),
    "relu": (lambda x: np.where(x < 0, 0, x), apart, 2, [-INF, INF, NAN, 0.0]),
    "erf": (erf, normal, 2, [0.0, 3.0, -3.0]),
    "floor": (lambda x: -np.ceil(-x), lambda s: apart(s, gap=0.31), 1, [2.0, -2.0, INF]),
    "ceil": (lambda x: -np.floor(-x), lambda s: apart(s, gap=0.31), 1, [2.0, -2.0, INF]),
    "round": (np.round, lambda s: apart(s, gap=0.31), 1, [0.5, 1.5, 2.5, -0.5, INF]),
    "reciprocal": (lambda x: 1 / x, lambda s: uniform(0.4, 3, s), 2, [0.0, INF, NAN]),
}

CASES = {}
for _name, (_want, _inputs, _order, _edge) in UNARY.items():
    _op = getattr(ops, _name)
    CASES[_name] = [
        Case(_op, _inputs((3, 4)), _want, order=_order),
        Case(_op, _inputs(()), _want, "0-d", order=_order),
        Case(_op, _inputs((2, 1, 5)), _want, "3-d", order=_order),
        Case(_op, normal((0, 4)), np.copy, "empty", order=1),
        Case(_op, exactly(_edge), _want, "edge", order=0),
        Case(_op, lambda rng, f=_inputs: [f((3, 40000))(rng)[0]], _want, "large", order=0),
    ]
for _name in ("negative", "absolute", "sign", "square"):
    CASES[_name].append(
        Case(getattr(ops, _name), integers(-5, 6, (3, 4)), UNARY[_name][0], "int", result="int32")
    )

# Broadcasting, for each op of two inputs.
SHAPES = [
    ((3, 4), (3, 4)),
    ((3, 1), (1, 4)),
    ((2, 3, 4), (4,)),
    ((), (3,)),
    ((5,), ()),
    ((), ()),
    ((0, 3), (3,)),
    ((2, 0), (1, 1)),
    ((4, 1, 3), (2, 1)),
    ((300, 200), (200,)),
]


def nonzero(*shapes):
    return joined(normal(shapes[0]), uniform(0.5, 2, shapes[1]))


def between_jumps(*shapes):
    """Pairs whose quotient keeps away from whole numbers."""

    def arrays(rng):
        wholes = rng.integers(-3, 3, shapes[0])
        return [wholes + rng.uniform(0.35, 0.65, shapes[0]), rng.uniform(0.97, 1.03, shapes[1])]

    return arrays


def positive(*shapes):
    return uniform(0.4, 2, *shapes)


BINARY = {
    "add": (lambda a, b: a - -b, normal, 2, ""),
    "subtract": (lambda a, b: a + -b, normal, 2, ""),
    "multiply": (
        lambda a, b: np.einsum(",->", a, b) if a.ndim == b.ndim == 0 else a * b,
        normal,
        2,
        "",
    ),
    "divide": (lambda a, b: a * b**-1.0, nonzero, 2, ""),
    "floor_divide": (lambda a, b: np.floor(a / b), between_jumps, 1, ""),
    "mod": (lambda a, b: a - b * np.floor(a / b), between_jumps, 2, ""),
    "power": (lambda a, b: np.exp(b * np.log(a)), positive, 2, ""),
    "maximum": (lambda a, b: np.where(a > b, a, b), apart, 2, ""),
    "minimum": (lambda a, b: np.where(a < b, a, b), apart, 2, ""),
    "equal": (lambda a, b: ~(a < b) & ~(a > b), apart, 0, "bool"),
    "not_equal": (lambda a, b: (a < b) | (a > b), apart, 0, "bool"),
    "less": (lambda a, b: ~(a >= b), apart, 0, "bool"),
    "less_equal": (lambda a, b: ~(a > b), apart, 0, "bool"),
    "greater": (lambda a, b: ~(a <= b), apart, 0, "bool"),
    "greater_equal": (lambda a, b: ~(a < b), apart, 0, "bool"),
}
for _name, (_want, _inputs, _order, _result) in BINARY.items():
    _op = getattr(ops, _name)
    _scale = 3.0 if _name == "power" else 1.0
    CASES[_name] = [
        Case(
            _op,
            _inputs(*_shapes),
            _want,
            f"{_shapes[0]}{_shapes[1]}",
            order=_order if np.prod(_shapes[0]) < 1000 else 0,
            result=_result,
            scale=_scale,
        )
        for _shapes in SHAPES
    ]

for _name, _want in {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "maximum": np.fmax,
    "minimum": np.fmin,
    "equal": np.equal,
    "less": np.less,
    "greater_equal": np.greater_equal,
    "floor_divide": np.floor_divide,
    "mod": np.mod,
    "not_equal": np.not_equal,
}.items():
    _op = getattr(ops, _name)
    _bool = _want in (np.equal, np.less, np.greater_equal, np.not_equal)
    _pair = joined(integers(-9, 9, (3, 4)), integers(1, 5, (4,)))
    CASES[_name] += [
        Case(_op, _pair, _want, "int", order=0, result="bool" if _bool else "int32"),
        Case(
            _op,
            joined(normal((3, 4)), integers(1, 5, (3, 1))),
            _want,
            "float and int",
            order=0 if _bool else 1,
            result="bool" if _bool else "",
            dtypes=("float64",),
        ),
    ]
CASES["add"] += [
    Case(
        lambda x: 2.5 + x, integers(-5, 5, (3,)), lambda x: x + 2.5, "int + 2.5", result="float32"
    ),
    Case(lambda x: x + 2, normal((3,)), lambda x: x + 2, "x + 2"),
    Case(lambda x: x + [1, 2, 3], normal((2, 3)), lambda x: x + np.arange(1, 4), "x + list"),
    Case(lambda x: np.ones(3) + x, normal((2, 3)), lambda x: x + 1, "array + x"),
    Case(lambda x: x + 0.0, normal((3,)), np.copy, "x + 0"),
    Case(lambda x: x + x, normal((3,)), lambda x: 2 * x, "x + x"),
    Case(
        lambda x, y: ops.add(x, y),
        joined(normal((2, 2)), bools((2, 2))),
        lambda x, y: x + y,
        "float + bool",
    ),
]
CASES["subtract"] += [
    Case(lambda x: 1.0 - x, normal((3,)), lambda x: 1 - x, "1 - x"),
    Case(lambda x: x - 0.0, normal((3,)), np.copy, "x - 0"),
    Case(lambda x: x - np.zeros((2, 3)), normal((3,)), lambda x: np.stack([x, x]), "x - zeros"),
]
CASES["multiply"] += [
    Case(
        lambda x, y: x * y,
        joined(normal((2, 3)), bools((2, 3))),
        lambda x, y: np.where(y, x, 0),
        "mask",
    ),
    Case(lambda x: 1.0 * x, normal((3,)), np.copy, "1 * x"),
    Case(lambda x: 0.0 * x, normal((3,)), np.zeros_like, "0 * x"),
    Case(lambda x: x * np.ones((2, 1)), normal((3,)), lambda x: np.stack([x, x]), "x * ones"),
]
CASES["divide"] += [
    Case(
        ops.divide,
        joined(integers(-9, 9, (3, 4)), integers(1, 5, (3, 4))),
        np.divide,
        "int",
        result="float32",
    ),
    Case(lambda x: 1.0 / x, positive((3,)), lambda x: 1 / x, "1 / x"),
    Case(ops.divide, exactly([1.0, -1.0, 0.0], [0.0, 0.0, 0.0]), np.divide, "by zero", order=0),
]
CASES["floor_divide"] += [
    Case(
        lambda x: x // 2, exactly([-3, -2, 3]), lambda x: np.array([-2, -1, 1]), "x // 2", result=""
    ),
]
CASES["mod"] += [
    Case(lambda x: x % 3, exactly([-4, -3, 5]), lambda x: np.array([2, 0, 2]), "x % 3", result=""),
]
CASES["power"] += [
    Case(lambda x: x**3.0, normal((3, 4)), lambda x: x * x * x, "cube", scale=3),
    Case(lambda x: x**2, normal((3, 4)), lambda x: x * x, "** 2"),
    Case(lambda x: 2.0**x, normal((3,)), lambda x: np.exp2(x), "2 ** x"),
    Case(lambda x: x**0.0, positive((3,)), np.ones_like, "** 0"),
    Case(ops.power, exactly([2, 3], [3, 2]), lambda a, b: np.array([8, 9]), "int", result=""),
]
for _name in ("maximum", "minimum"):
    CASES[_name].append(
        Case(
            getattr(ops, _name),
            exactly([NAN, 1.0, INF, -INF], [1.0, NAN, -INF, INF]),
            getattr(np, _name),
            "edge",
            order=0,
        )
    )

LOGICAL = {
    "logical_and": lambda a, b: a & b,
    "logical_or": lambda a, b: a | b,
}
for _name, _want in LOGICAL.items():
    _op = getattr(ops, _name)
    CASES[_name] = [
        Case(_op, bools(*_shapes), _want, f"{_shapes[0]}{_shapes[1]}", result="bool")
        for _shapes in SHAPES
    ]
CASES["logical_not"] = [
    Case(ops.logical_not, bools((3, 4)), lambda a: a ^ True, result="bool"),
    Case(ops.logical_not, bools(()), lambda a: a ^ True, "0-d", result="bool"),
    Case(lambda a: ~a, bools((0, 2)), lambda a: a ^ True, "empty", result="bool"),
]
for _name, _want in {"isnan": lambda x: x != x, "isfinite": lambda x: np.abs(x) < INF}.items():
    CASES[_name] = [
        Case(
            getattr(ops, _name), exactly([[NAN, INF], [-INF, 0.0]]), _want, order=0, result="bool"
        ),
        Case(getattr(ops, _name), normal(()), _want, "0-d", order=0, result="bool"),
        Case(getattr(ops, _name), normal((0,)), _want, "empty", order=0, result="bool"),
    ]


def choose(c, x, y):
    c, x, y = np.broadcast_arrays(c, x, y)
    return np.array(
        [a if t else b for t, a, b in zip(c.flat, x.flat, y.flat, strict=True)]
    ).reshape(c.shape)


CASES["where"] = [
    Case(ops.where, joined(bools((3, 4)), normal((3, 4), (3, 4))), choose),
    Case(ops.where, joined(bools((3, 1)), normal((4,), ())), choose, "broadcast"),
    Case(ops.where, joined(bools(()), normal((2, 3), (2, 3))), choose, "0-d condition"),
    Case(ops.where, joined(bools(()), normal((), ())), choose, "0-d"),
    Case(ops.where, joined(bools((0, 3)), normal((3,), (0, 1))), choose, "empty"),
    Case(
        lambda c, x: ops.where(c, x, 0.0),
        joined(bools((5,)), normal((5,))),
        lambda c, x: choose(c, x, 0),
        "number",
    ),
    Case(
        lambda c, x, y: ops.where(c > 0, x, y),
        joined(apart((6,)), normal((6,), (6,))),
        lambda c, x, y: choose(c > 0, x, y),
        "float condition",
    ),
    Case(
        lambda x, y: ops.where(True, x, y), normal((2, 3), (3,)), lambda x, y: x + 0 * y, "always"
    ),
    Case(
        lambda x, y: ops.where(False, x, y), normal((2, 3), (3,)), lambda x, y: y + 0 * x, "never"
    ),
    Case(ops.where, joined(bools((4,)), integers(0, 9, (4,), (4,))), choose, "int", result="int32"),
    Case(ops.where, exactly([True, False], [1.0, NAN], [NAN, 2.0]), choose, "nan", order=0),
]
CASES["cast"] = [
    Case(
        lambda x: ops.cast(x, dtype="float64"),
        normal((3, 4)),
        np.copy,
        result="float64",
        dtypes=("float32", "float64"),
    ),
    Case(
        lambda x: ops.cast(x, dtype="float32"),
        integers(-5, 5, (3,)),
        np.copy,
        "int to float",
        result="float32",
    ),
    Case(
        lambda x: ops.cast(x, dtype="int32"),
        exactly([-1.7, 1.7, 0.2]),
        lambda x: np.array([-1, 1, 0]),
        "float to int",
        result="int32",
        order=0,
    ),
    Case(
        lambda x: ops.cast(x, dtype="bool"),
        exactly([0.0, 0.5, -2.0]),
        lambda x: np.array([False, True, True]),
        "float to bool",
        result="bool",
        order=0,
    ),
    Case(
        lambda x: ops.cast(x, dtype="float32"), bools(()), np.float32, "0-d bool", result="float32"
    ),
    Case(
        lambda x: ops.cast(x, dtype="float64"), normal((0, 2)), np.copy, "empty", result="float64"
    ),
]
CASES["identity"] = [
    Case(ops.identity, normal((2, 3)), np.copy),
    Case(ops.identity, normal(()), np.copy, "0-d"),
    Case(ops.identity, integers(0, 5, (2,)), np.copy, "int", result="int32"),
]
CASES["stop_gradient"] = [
    Case(lambda x: ops.stop_gradient(x), normal((2, 3)), np.copy, order=0),
    Case(
        lambda x, y: x * ops.stop_gradient(y),
        normal((3,), (3,)),
        lambda x, y: x * y,
        "one factor",
        grad=(0,),
        order=1,
    ),
]
