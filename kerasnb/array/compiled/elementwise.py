"""Elementwise chains, written as kernels: all steps of one in a single pass over memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import functions as fn
from .build import Kernel, Reg, once
from .chain import Chain, Step


def kernel(chain: Chain) -> Callable[[int, int], None]:
    """Return the kernel of a chain; it takes the address of a table and the number of its lines."""
    return once(chain, lambda: _write(chain))


def _write(chain: Chain) -> Callable[[int, int], None]:
    k = Kernel("chain", "int64* int64")
    table, jobs = k.arguments
    count, ndim = len(chain.types), chain.ndim
    with k.loop(0, jobs) as job:
        here = table + job * (count + ndim + count * ndim)
        entries = iter([k.load(here + i) for i in range(count + ndim + count * ndim)])
        addresses = [next(entries) for _ in range(count)]
        sizes = [next(entries) for _ in range(ndim)]
        strides = [[next(entries) for _ in range(ndim)] for _ in range(count)]
        _axes(k, chain, addresses, sizes, strides)
    return k.compile()


def _axes(k: Kernel, chain: Chain, addresses: list[Reg], sizes: list[Reg], strides: Any) -> None:
    """Write the loop over the first of the axes that are left, and what is inside."""
    axis = chain.ndim - len(sizes)
    if len(sizes) == 1:
        _run(k, chain, addresses, sizes[0], [s[axis] for s in strides])
        return
    with k.loop(0, sizes[0]) as i:
        moved = [a + i * s[axis] for a, s in zip(addresses, strides, strict=True)]
        _axes(k, chain, moved, sizes[1:], strides)


def _run(k: Kernel, chain: Chain, addresses: list[Reg], size: Reg, strides: list[Reg]) -> None:
    """Write the loop over the last axis."""
    pointers = [k.pointer(a, t) for a, t in zip(addresses, chain.types, strict=True)]
    reads = len(pointers) - len(chain.written)
    fixed = {i: k.load(pointers[i]) for i in range(reads) if chain.inner[i] == 0}
    wide = any(t in ("float64", "int64") for t in chain.types)

    def body(i: Reg, lanes: int) -> None:
        # All is read before anything is written, since results may take the place of operands.
        loaded = [fixed.get(n) or _load(n, i, lanes) for n in range(reads)]
        done: list[Reg] = []
        for step in chain.steps:
            values = [loaded[n] if n >= 0 else done[~n] for n in step.operands]
            done.append(emit(k, step, values))
        for n, number in enumerate(chain.written, reads):
            value = k.splat(done[number], lanes) if lanes > done[number].lanes else done[number]
            k.store(value, pointers[n] + i)

    def _load(n: int, i: Reg, lanes: int) -> Reg:
        if chain.inner[n] == 1:
            return k.load(pointers[n] + i, lanes)
        return k.gather(k.pointer(addresses[n] + i * strides[n], chain.types[n]), strides[n], lanes)

    k.sweep(size, body, k.lanes // 2 if wide else k.lanes)


def emit(k: Kernel, step: Step, x: Sequence[Reg]) -> Reg:
    """Write one step; return its result."""
    if step.name == "cast":
        return k.cast(x[0], step.type)
    if step.name == "power":
        return POWERS[step.exponent](k, k.cast(x[0], step.type))
    if step.name == "where":
        return k.select(x[0], *(k.cast(v, step.type) for v in x[1:]))
    if step.name in TESTS:
        common = np.result_type(*(v.type for v in x)).name
        x = [k.cast(v, common) for v in x]
    elif step.type != "bool":
        x = [k.cast(v, step.type) for v in x]
    return OPS[step.name](k, *x)


def _largest(k: Kernel, x: Reg, y: Reg) -> Reg:
    # Of two numbers the second if one is NaN: so only the first is looked at again.
    return _nan_first(k, x, k.select(x > y, x, y))


def _smallest(k: Kernel, x: Reg, y: Reg) -> Reg:
    return _nan_first(k, x, k.select(x < y, x, y))


def _nan_first(k: Kernel, x: Reg, y: Reg) -> Reg:
    return k.select(x.differs(x), x, y) if x.is_float else y


def _sign(k: Kernel, x: Reg) -> Reg:
    return k.select(x > 0, 1, k.select(x < 0, -1, x))


def _absolute(k: Kernel, x: Reg) -> Reg:
    return k.intrinsic("fabs", x) if x.is_float else k.select(x < 0, -x, x)


def _call(name: str) -> Any:
    return lambda k, x: k.intrinsic(name, x)


TESTS: dict[str, Any] = {
    "equal": lambda k, x, y: x.same(y),
    "not_equal": lambda k, x, y: x.differs(y),
    "less": lambda k, x, y: x < y,
    "less_equal": lambda k, x, y: x <= y,
    "greater": lambda k, x, y: x > y,
    "greater_equal": lambda k, x, y: x >= y,
}
OPS: dict[str, Any] = {
    **TESTS,
    "logical_and": lambda k, x, y: x & y,
    "logical_or": lambda k, x, y: x | y,
    "logical_not": lambda k, x: x ^ k.constant(1, "bool"),
    "add": lambda k, x, y: x + y,
    "subtract": lambda k, x, y: x - y,
    "multiply": lambda k, x, y: x * y,
    "divide": lambda k, x, y: x / y,
    "maximum": _largest,
    "minimum": _smallest,
    "negative": lambda k, x: -x,
    "absolute": _absolute,
    "sign": _sign,
    "square": lambda k, x: x * x,
    "relu": lambda k, x: k.select(x < 0, 0, x),
    "reciprocal": lambda k, x: 1.0 / x,
    "sqrt": _call("sqrt"),
    "floor": _call("floor"),
    "ceil": _call("ceil"),
    "round": _call("rint"),
    "exp": fn.exp,
    "expm1": fn.expm1,
    "log": fn.log,
    "log1p": fn.log1p,
    "tanh": fn.tanh,
    "sigmoid": fn.sigmoid,
    "softplus": fn.softplus,
}
POWERS: dict[float | None, Any] = {
    -1.0: lambda k, x: 1.0 / x,
    2.0: lambda k, x: x * x,
    3.0: lambda k, x: x * x * x,
}
