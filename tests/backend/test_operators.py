"""Tensors in Python's own notation: arithmetic, comparison, indexing, identity."""

import operator

import numpy as np
import pytest

from kerasnb import backend as K
from tests.backend.checks import Case
from tests.graph import checks
from tests.graph.cases.make import apart, bools, exactly, integers, normal, uniform

ARITHMETIC = {
    "+": (operator.add, normal), "-": (operator.sub, normal), "*": (operator.mul, normal),
    "/": (operator.truediv, lambda *s: uniform(0.5, 2, *s)),
    "**": (operator.pow, lambda *s: uniform(0.5, 2, *s)),
    "//": (operator.floordiv, lambda *s: uniform(0.5, 9, *s)),
    "%": (operator.mod, lambda *s: uniform(0.5, 9, *s)),
}  # fmt: skip
COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
CASES = []


def case(name, *args, **kwargs):
    made = Case(*args, label=name, **kwargs)
    made.name = "operator"
    CASES.append(made)


for _sign, (_op, _make) in ARITHMETIC.items():
    _order = 0 if _sign == "//" else 1 if _sign == "%" else 2
    case(f"{_sign} tensors", _op, _make((3, 2), (2,)), _op, order=_order, samples=(0,))
    case(
        f"{_sign} number",
        lambda x, f=_op: f(x, 1.5),
        _make((3,)),
        lambda x, f=_op: f(x, 1.5),
        order=_order,
    )
    case(
        f"{_sign} integer",
        lambda x, f=_op: f(x, 2),
        _make((3,)),
        lambda x, f=_op: f(x, 2),
        order=_order,
    )
    case(
        f"number {_sign}",
        lambda x, f=_op: f(1.5, x),
        _make((3,)),
        lambda x, f=_op: f(1.5, x),
        order=_order,
    )
    case(
        f"array {_sign}",
        lambda x, f=_op: f(np.float64([[1.5], [2.5]]), x),
        _make((3,)),
        lambda x, f=_op: f(np.array([[1.5], [2.5]]), x),
        order=_order,
    )
    case(
        f"{_sign} array",
        lambda x, f=_op: f(x, np.float64([[1.5], [2.5]])),
        _make((3,)),
        lambda x, f=_op: f(x, np.array([[1.5], [2.5]])),
        order=_order,
    )
    case(
        f"NumPy's number {_sign}",
        lambda x, f=_op: f(np.float64(1.5), x),
        _make((3,)),
        lambda x, f=_op: f(1.5, x),
        order=_order,
    )
for _sign, _op in COMPARISONS.items():
    case(_sign, _op, apart((3, 2), (2,)), _op, order=0, result="bool")
    case(
        f"{_sign} number",
        lambda x, f=_op: f(x, 0.1),
        apart((3,)),
        lambda x, f=_op: f(x, 0.1),
        order=0,
        result="bool",
    )
    case(
        f"array {_sign}",
        lambda x, f=_op: f(np.zeros((2, 1)), x),
        apart((3,)),
        lambda x, f=_op: f(np.zeros((2, 1)), x),
        order=0,
        result="bool",
    )
case("@", operator.matmul, normal((3, 2), (2, 4)), operator.matmul, samples=(0,))
case("array @", lambda x: np.ones((3, 2)) @ x, normal((2, 4)), lambda x: np.ones((3, 2)) @ x)
case("- x", operator.neg, normal((3,)), operator.neg)
case("abs", abs, apart((3,)), np.abs)
case("x ** 2", lambda x: x**2, normal((3,)), lambda x: x * x)
case("2 ** x", lambda x: 2**x, normal((3,)), lambda x: np.exp(x * np.log(2)))
case("&", operator.and_, bools((4,), (4,)), operator.and_, result="bool")
case("|", operator.or_, bools((4,), (4,)), operator.or_, result="bool")
case("~", operator.invert, bools((4,)), operator.invert, result="bool")
case(
    "// and % of negative numbers",
    lambda x: x // 3 * 10 + x % 3,
    exactly([-7.0, 7, -2]),
    lambda x: np.floor(x / 3) * 10 + (x - 3 * np.floor(x / 3)),
    order=0,
)
case(
    "integers and floats",
    lambda i, x: i * x + i,
    lambda rng: [np.int32([1, 2, 3]), rng.standard_normal(3)],
    lambda i, x: i * x + i,
)
case(
    "integers",
    lambda i: (i + 1) * 2 - i // 2,
    integers(0, 9, (4,)),
    lambda i: (i + 1) * 2 - i // 2,
    result="int32",
)
KEYS = [
    np.s_[0], np.s_[-1], np.s_[1:], np.s_[:, 1], np.s_[..., -1], np.s_[::-1], np.s_[:, ::2],
    np.s_[2:0:-1], np.s_[None], np.s_[:, None, 1:3], np.s_[..., None], np.s_[1, 2], np.s_[-2:, -3:-1],
    np.s_[5:], np.s_[:0], np.s_[np.int64(1)],
]  # fmt: skip
for _key in KEYS:
    case(f"x[{_key}]", lambda x, k=_key: x[k], normal((3, 4)), lambda x, k=_key: x[k])


@pytest.mark.parametrize("case", [pytest.param(c, id=c.label) for c in CASES])
def test_values_and_gradients(case):
    checks.check_values(case, fresh=True)
    checks.check_shapes(case)
    if case.order:
        checks.check_gradients(case)


def test_equality_is_identity():
    x, y = K.placeholder((2,)), K.placeholder((2,))
    assert x == x and x != y and not x == y and x in [y, x] and {x: 1}[x] == 1
    assert (x == np.zeros(2)) is False and (np.zeros(2) == x) is False
    assert (np.zeros(2) != x) is True and x not in [np.zeros(2)]


def test_shape_length_and_entries():
    x = K.placeholder((2, None, 4), name="seen")
    assert x.shape == (2, None, 4) and K.int_shape(x) == (2, None, 4) and K.ndim(x) == x.ndim == 3
    assert x.shape[-1] == 4 and x.get_shape().as_list() == [2, None, 4] and len(x) == 2
    first, second = x
    assert first.shape == second.shape == (None, 4)
    assert x.name == "seen:0" and x.dtype == "float32"


def test_an_array_grows_a_tensor_in_place():
    total = np.ones(2)
    total += K.variable([1.0, 2.0])
    np.testing.assert_array_equal(K.eval(total), [2, 3])


def test_float32_stays_float32_beside_numpy():
    x = K.placeholder((2,))
    for y in (
        x * 2.5,
        x * np.float64(2.5),
        x + np.zeros(2),
        np.ones(2) / x,
        K.dot(np.ones((1, 2)), x),
    ):
        assert y.dtype == "float32"


def test_numbers_and_lists():
    assert K.eval(K.maximum(1, 2)) == 2 and K.eval(K.exp(0.0)) == 1
    for made, kind in [
        (K.sum([1.0, 2.0]), "float32"), (K.sum([[1, 2], [3, 4]]), "int32"),
        (K.sum(np.ones(2)), "float64"), (K.stack([K.variable(1.0), 2.0]), "float32"),
        (K.concatenate([K.variable([1.0]), [2.0]]), "float32"), (K.mean([True, False]), "float32"),
    ]:  # fmt: skip
        assert made.dtype == kind
