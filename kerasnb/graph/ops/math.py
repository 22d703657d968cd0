"""Elementwise ops."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from ..node import OPS, Node, Spec
from ..op import Elementwise, Op, common_type, is_number, match_types, op, type_name, uniform

Grads = list[Node | None]


def unbroadcast(dy: Node, x: Node) -> Node:
    """Return `dy` summed over the axes along which `x` was broadcast."""
    if dy.shape == x.shape and None not in x.shape:
        return dy
    return OPS["sum_like"](dy, x)


@op
class negative(Elementwise):
    """-x."""

    ufunc = "negative"
    linear = (0,)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [-dy]


@op
class absolute(Elementwise):
    """|x|; the gradient at 0 is 0."""

    ufunc = "absolute"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * sign(x)]


@op
class sign(Elementwise):
    """-1, 0 or 1."""

    ufunc = "sign"
    differentiable = False


@op
class square(Elementwise):
    """x^2."""

    ufunc = "square"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * (2.0 * x)]


@op
class sqrt(Elementwise):
    """Square root."""

    ufunc = "sqrt"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * (0.5 / y)]


@op
class exp(Elementwise):
    """e^x."""

    ufunc = "exp"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * y]


@op
class expm1(Elementwise):
    """e^x - 1, exact for small x."""

    ufunc = "expm1"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * (y + 1.0)]


@op
class log(Elementwise):
    """Natural logarithm."""

    ufunc = "log"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy / x]


@op
class log1p(Elementwise):
    """log(1 + x), exact for small x."""

    ufunc = "log1p"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy / (1.0 + x)]


@op
class sin(Elementwise):
    """Sine."""

    ufunc = "sin"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * cos(x)]


@op
class cos(Elementwise):
    """Cosine."""

    ufunc = "cos"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [-dy * sin(x)]


@op
class tan(Elementwise):
    """Tangent."""

    ufunc = "tan"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * (1.0 + square(y))]


@op
class tanh(Elementwise):
    """Hyperbolic tangent."""

    ufunc = "tanh"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * (1.0 - square(y))]


@op
class sigmoid(Elementwise):
    """1 / (1 + e^-x)."""

    inplace = (0,)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.negative(x, out)
        xp.exp(out, out)
        xp.add(out, 1, out)
        xp.reciprocal(out, out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * (y * (1.0 - y))]

    def expand(self, x: Node) -> Node:
        """The same in elementary ops."""
        return reciprocal(1.0 + exp(-x))


@op
class softplus(Elementwise):
    """log(1 + e^x), without overflow."""

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.absolute(x, out)
        xp.negative(out, out)
        xp.exp(out, out)
        xp.log1p(out, out)
        positive = xp.scratch(out.shape, out.dtype)
        xp.maximum(x, 0, out=positive)
        xp.add(out, positive, out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * sigmoid(x)]

    def expand(self, x: Node) -> Node:
        """The same in elementary ops."""
        return log1p(exp(-absolute(x))) + maximum(x, 0.0)


@op
class relu(Elementwise):
    """max(x, 0); the gradient at 0 is 0."""

    inplace = (0,)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.maximum(x, 0, out=out)

    def bind(self, xp: Any, arrays: Any, out: Any) -> Any:
        # A zero of the right type: a Python number would double the cost of a small call.
        return partial(xp.maximum, *arrays, xp.zeros((), out.dtype), out=out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * (y > 0)]

    def expand(self, x: Node) -> Node:
        """The same in elementary ops."""
        return where(x <= 0, OPS["full_like"](x, value=0.0), x)


@op
class erf(Elementwise):
    """The error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x."""

    ufunc = "erf"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy * (2 / math.sqrt(math.pi) * exp(-square(x)))]


@op
class floor(Elementwise):
    """Largest integer that is not above x."""

    ufunc = "floor"
    differentiable = False


@op
class ceil(Elementwise):
    """Smallest integer that is not below x."""

    ufunc = "ceil"
    differentiable = False


@op
class round(Elementwise):
    """Nearest integer; halves go to the even one."""

    ufunc = "rint"
    differentiable = False


@op
class reciprocal(Elementwise):
    """1 / x."""

    ufunc = "reciprocal"

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [-dy * square(y)]


@op
class add(Elementwise):
    """x + y."""

    ufunc = "add"

    def alias(self, a: Spec, b: Spec) -> int | None:
        return _neutral(a, b, 0)

    def grad(self, z: Node, dz: Node, a: Node, b: Node) -> Grads:
        return [unbroadcast(dz, a), unbroadcast(dz, b)]


@op
class subtract(Elementwise):
    """x - y."""

    ufunc = "subtract"

    def alias(self, a: Spec, b: Spec) -> int | None:
        return 0 if _neutral(a, b, 0) == 0 else None

    def grad(self, z: Node, dz: Node, a: Node, b: Node) -> Grads:
        return [unbroadcast(dz, a), unbroadcast(-dz, b)]


@op
class multiply(Elementwise):
    """x * y."""

    ufunc = "multiply"
    linear = (0, 1)

    def alias(self, a: Spec, b: Spec) -> int | None:
        return _neutral(a, b, 1)

    def grad(self, z: Node, dz: Node, a: Node, b: Node) -> Grads:
        return [unbroadcast(dz * b, a), unbroadcast(dz * a, b)]


def _neutral(a: Spec, b: Spec, number: float) -> int | None:
    # The result is the one operand if the other is the neutral number and changes no shape.
    for index, (x, other) in enumerate(((a, b), (b, a))):
        if x.dtype == other.dtype and is_number(other, number):
            if len(x.shape) >= len(other.shape) and all(
                n == 1 or n == m for n, m in zip(other.shape[::-1], x.shape[::-1], strict=False)
            ):
                return index
    return None


@op
class divide(Elementwise):
    """x / y; integers give floats."""

    ufunc = "divide"
    linear = (0,)

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        nodes = match_types(inputs)
        if all(not n.dtype.startswith("float") for n in nodes):
            nodes = tuple(cast(n, dtype="float32") for n in nodes)
        return nodes

    def grad(self, z: Node, dz: Node, a: Node, b: Node) -> Grads:
        return [unbroadcast(dz / b, a), unbroadcast(-dz * (z / b), b)]


@op
class floor_divide(Elementwise):
    """Largest integer that is not above x / y."""

    ufunc = "floor_divide"
    differentiable = False


@op
class mod(Elementwise):
    """Remainder of x / y, with the sign of y."""

    ufunc = "remainder"

    def grad(self, z: Node, dz: Node, a: Node, b: Node) -> Grads:
        return [unbroadcast(dz, a), unbroadcast(-dz * floor_divide(a, b), b)]


@op
class power(Elementwise):
    """x^y; the gradient by y counts log(x) as 0 where x <= 0."""

    ufunc = "power"

    def grad(self, z: Node, dz: Node, a: Node, b: Node) -> Grads:
        da = dz * (b * power(a, b - 1.0))
        if b.value is not None:
            return [unbroadcast(da, a), None]
        safe = where(a > 0, a, OPS["full_like"](a, value=1.0))
        return [unbroadcast(da, a), unbroadcast(dz * (z * log(safe)), b)]


@op
class maximum(Elementwise):
    """Larger of x and y; where they are equal the gradient goes to x."""

    ufunc = "maximum"

    def grad(self, z: Node, dz: Node, a: Node, b: Node) -> Grads:
        larger = a >= b  # `where` and no product: dz may be infinite where it does not count
        return [unbroadcast(where(larger, dz, 0.0), a), unbroadcast(where(larger, 0.0, dz), b)]


@op
class minimum(Elementwise):
    """Smaller of x and y; where they are equal the gradient goes to x."""

    ufunc = "minimum"

    def grad(self, z: Node, dz: Node, a: Node, b: Node) -> Grads:
        smaller = a <= b
        return [unbroadcast(where(smaller, dz, 0.0), a), unbroadcast(where(smaller, 0.0, dz), b)]


class Test(Elementwise):
    """An elementwise op whose results are true or false."""

    result = "bool"
    differentiable = False


@op
class equal(Test):
    """Whether x = y."""

    ufunc = "equal"


@op
class not_equal(Test):
    """Whether x and y differ."""

    ufunc = "not_equal"


@op
class less(Test):
    """Whether x < y."""

    ufunc = "less"


@op
class less_equal(Test):
    """Whether x <= y."""

    ufunc = "less_equal"


@op
class greater(Test):
    """Whether x > y."""

    ufunc = "greater"


@op
class greater_equal(Test):
    """Whether x >= y."""

    ufunc = "greater_equal"


@op
class logical_and(Test):
    """Whether both are true."""

    ufunc = "logical_and"


@op
class logical_or(Test):
    """Whether one is true."""

    ufunc = "logical_or"


@op
class logical_not(Test):
    """Whether x is false."""

    ufunc = "logical_not"


@op
class isnan(Test):
    """Whether x is not a number."""

    ufunc = "isnan"


@op
class isfinite(Test):
    """Whether x is a number and not infinite."""

    ufunc = "isfinite"


@op
class where(Elementwise):
    """x where the condition holds, else y."""

    inplace = (2,)

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        condition = OPS["cast"](inputs[0], dtype="bool")
        return (condition, *match_types(inputs[1:]))

    def infer(self, *specs: Spec) -> Spec:
        dtype = common_type(specs[1].dtype, specs[2].dtype)
        spec = Spec(super().infer(*specs).shape, dtype)
        chosen = self._chosen(specs[0])
        value = specs[chosen].value if chosen else None
        if value is not None and value.ndim == 0 and None not in spec.shape:
            return uniform(spec, value.item())
        return spec

    def alias(self, *specs: Spec) -> int | None:
        chosen = self._chosen(specs[0])
        if chosen and (specs[chosen].shape, specs[chosen].dtype) == tuple(self.infer(*specs)[:2]):
            return chosen
        return None

    @staticmethod
    def _chosen(condition: Spec) -> int:
        return 1 if is_number(condition, 1) else 2 if is_number(condition, 0) else 0

    def run(self, xp: Any, c: Any, x: Any, y: Any, *, out: Any) -> None:
        xp.copyto(out, y)
        xp.copyto(out, x, where=c)

    def grad(self, z: Node, dz: Node, c: Node, x: Node, y: Node) -> Grads:
        return [None, unbroadcast(where(c, dz, 0.0), x), unbroadcast(where(c, 0.0, dz), y)]


@op
class cast(Elementwise):
    """The same values in another type; floats lose their fraction when they become integers."""

    dtype: str
    linear = (0,)

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        return Op.convert(self, inputs)

    def infer(self, x: Spec) -> Spec:
        return Spec(x.shape, type_name(self.dtype))

    def alias(self, x: Spec) -> int | None:
        return 0 if x.dtype == type_name(self.dtype) else None

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.copyto(out, x, casting="unsafe")

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        if not (x.dtype.startswith("float") and y.dtype.startswith("float")):
            return [None]
        return [cast(dy, dtype=x.dtype)]


class Same(Op):
    """An op whose result is its input: a plan leaves it out."""

    view = True

    def infer(self, x: Spec) -> Spec:
        return x

    def alias(self, x: Spec) -> int | None:
        return 0

    def run(self, xp: Any, x: Any, *, out: Any) -> Any:
        return x


@op
class identity(Same):
    """x."""

    linear = (0,)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy]


@op
class stop_gradient(Same):
    """x, a constant as far as gradients are concerned."""

    differentiable = False
