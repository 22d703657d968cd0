"""Ops that reduce axes, and running sums and products."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..node import OPS, Node, Shape, Spec
from ..op import Op, op
from .calls import Calls
from .math import Grads

Axes = int | Sequence[int] | None


def normalize_axis(axis: int, ndim: int) -> int:
    """Return `axis` counted from the front.

    Raises:
        ValueError: if there is no such axis.
    """
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"got axis {axis} for a tensor with {ndim} axes; needs {-ndim} to {ndim - 1}."
        )
    return axis % ndim


def normalize_axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    """Return axes counted from the front, in order; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = [axis] if isinstance(axis, int | np.integer) else axis
    return tuple(sorted({normalize_axis(int(a), ndim) for a in axes}))


class Reduction(Op):
    """An op that takes `axis` (None: all axes) away, or leaves it with size 1 (`keepdims`)."""

    axis: Axes = None
    keepdims: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.axis, list):
            object.__setattr__(self, "axis", tuple(self.axis))

    def axes(self, x: Spec | Node) -> tuple[int, ...]:
        """Return the axes that are reduced."""
        return normalize_axes(self.axis, len(x.shape))

    def infer(self, x: Spec) -> Spec:
        """Drop the axes."""
        axes = self.axes(x)
        kept = [1 if i in axes else n for i, n in enumerate(x.shape)]
        if not self.keepdims:
            kept = [n for i, n in enumerate(kept) if i not in axes]
        return Spec(tuple(kept), self.dtype_of(x))

    def dtype_of(self, x: Spec) -> str:
        """Return the type of the result."""
        return x.dtype

    def spread(self, d: Node, x: Node) -> Node:
        """Return `d`, of the reduced shape, broadcast back to `x`'s."""
        if not self.keepdims:
            for axis in self.axes(x):
                d = OPS["expand_dims"](d, axis=axis)
        return OPS["broadcast_like"](d, x)


def _reduction(name: str, xp: Any, op_: Reduction, x: Any, out: Any) -> None:
    axes = normalize_axes(op_.axis, x.ndim)
    if not axes:
        xp.copyto(out, x)
    else:
        getattr(xp, name)(x, axes, out=out, keepdims=op_.keepdims)


def _summing(xp: Any, op_: Reduction, x: Any, out: Any) -> Any:
    axes = normalize_axes(op_.axis, x.ndim)
    return xp.summing(x, axes, out, op_.keepdims) if axes else partial(xp.copyto, out, x)


@op
class reduce_sum(Reduction):
    """Sum over axes."""

    axis: Axes = None
    keepdims: bool = False
    linear = (0,)

    def dtype_of(self, x: Spec) -> str:
        return "int64" if x.dtype == "bool" else x.dtype

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        self.bind(xp, (x,), out)()

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        return _summing(xp, self, arrays[0], out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [self.spread(dy, x)]


@op
class reduce_mean(Reduction):
    """Mean over axes, of floats."""

    axis: Axes = None
    keepdims: bool = False
    linear = (0,)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        self.bind(xp, (x,), out)()

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        (x,) = arrays
        do = Calls(xp, x.dtype)
        do(_summing(xp, self, x, out))
        if x.size != out.size:
            do(xp.divide, out, do.number(_count(x.shape, self.axis)), out)
        return do.run

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [self.spread(dy / count_of(x, axis=self.axis, dtype=x.dtype), x)]

    def expand(self, x: Node) -> Node:
        """The same in elementary ops."""
        total = reduce_sum(x, axis=self.axis, keepdims=self.keepdims)
        return total / count_of(x, axis=self.axis, dtype=x.dtype)


def _count(shape: Shape, axis: Axes) -> int:
    count = 1
    for a in normalize_axes(axis, len(shape)):
        count *= shape[a]  # type: ignore[operator]
    return count


@op
class count_of(Op):
    """How many entries `axis` holds, as a number."""

    axis: Axes = None
    dtype: str = "int32"
    differentiable = False

    def infer(self, x: Spec) -> Spec:
        axes = normalize_axes(self.axis, len(x.shape))
        if any(x.shape[a] is None for a in axes):
            return Spec((), self.dtype)
        return Spec((), self.dtype, np.asarray(_count(x.shape, self.axis), self.dtype))

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        out[...] = _count(x.shape, self.axis)


class Extreme(Reduction):
    """A reduction to the largest or smallest value; equal ones share the gradient."""

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        hit = OPS["cast"](OPS["equal"](x, self.spread(y, x)), dtype=x.dtype)
        shares = reduce_sum(hit, axis=self.axis, keepdims=self.keepdims)
        return [hit * self.spread(dy / shares, x)]


def _limit(dtype: Any, sign: int) -> Any:
    """Return the largest (1) or smallest (-1) number of a type: the extreme of no numbers."""
    if dtype.kind == "f":
        return sign * np.inf
    limits = np.iinfo("uint8" if dtype.kind == "b" else dtype)
    return limits.max if sign > 0 else limits.min


@op
class reduce_max(Extreme):
    """Largest value over axes."""

    axis: Axes = None
    keepdims: bool = False

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        if x.size:
            _reduction("max", xp, self, x, out)
        else:
            out[...] = _limit(out.dtype, -1)


@op
class reduce_min(Extreme):
    """Smallest value over axes."""

    axis: Axes = None
    keepdims: bool = False

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        if x.size:
            _reduction("min", xp, self, x, out)
        else:
            out[...] = _limit(out.dtype, 1)


@op
class reduce_prod(Reduction):
    """Product over axes; the gradient is right also where factors are zero."""

    axis: Axes = None
    keepdims: bool = False

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        _reduction("prod", xp, self, x, out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        axes = self.axes(x)
        if not axes:
            return [dy]
        # Products of all factors before and after each one, along one merged axis.
        rest = [a for a in range(x.ndim) if a not in axes]
        order = (*rest, *axes)
        moved = OPS["transpose"](x, perm=order)
        shape = OPS["shape_of"](moved)
        flat = OPS["merge_axes"](moved, start=len(rest))
        before = cumprod(flat, axis=-1, exclusive=True)
        after = cumprod(flat, axis=-1, exclusive=True, backwards=True)
        others = OPS["reshape_to"](before * after, shape)
        back = tuple(order.index(a) for a in range(x.ndim))
        return [self.spread(dy, x) * OPS["transpose"](others, perm=back)]


class Logical(Reduction):
    """A reduction of truth values."""

    differentiable = False

    def dtype_of(self, x: Spec) -> str:
        return "bool"


@op
class reduce_any(Logical):
    """Whether some value over axes is true."""

    axis: Axes = None
    keepdims: bool = False

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.any(xp.not_equal(x, 0), self.axes(x), out=out, keepdims=self.keepdims)


@op
class reduce_all(Logical):
    """Whether all values over axes are true."""

    axis: Axes = None
    keepdims: bool = False

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.all(xp.not_equal(x, 0), self.axes(x), out=out, keepdims=self.keepdims)


class Position(Op):
    """An op that names a place along `axis`; of equal values it names the first."""

    axis: int = -1
    differentiable = False

    def infer(self, x: Spec) -> Spec:
        axis = normalize_axis(self.axis, len(x.shape))
        return Spec(x.shape[:axis] + x.shape[axis + 1 :], "int64")


@op
class argmax(Position):
    """Place of the largest value along an axis."""

    axis: int = -1

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.argmax(x, self.axis, out=out)


@op
class argmin(Position):
    """Place of the smallest value along an axis."""

    axis: int = -1

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.argmin(x, self.axis, out=out)


class Running(Op):
    """An op that accumulates along `axis`.

    Parameters:
        exclusive: leave each entry itself out.
        backwards: begin at the end.
    """

    axis: int = 0
    exclusive: bool = False
    backwards: bool = False

    def infer(self, x: Spec) -> Spec:
        normalize_axis(self.axis, len(x.shape))
        return Spec(x.shape, x.dtype)

    def _accumulate(self, xp: Any, name: str, first: int, x: Any, out: Any) -> None:
        along = slice(None, None, -1) if self.backwards else slice(None)
        source, target = xp.moveaxis(x, self.axis, 0)[along], xp.moveaxis(out, self.axis, 0)[along]
        if self.exclusive:
            target[:1] = first
            source, target = source[:-1], target[1:]
        if len(source):
            target[...] = getattr(xp, name)(source, 0)


@op
class cumsum(Running):
    """Running sum along an axis."""

    axis: int = 0
    exclusive: bool = False
    backwards: bool = False
    linear = (0,)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        self._accumulate(xp, "cumsum", 0, x, out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [cumsum(dy, axis=self.axis, exclusive=self.exclusive, backwards=not self.backwards)]


@op
class cumprod(Running):
    """Running product along an axis."""

    axis: int = 0
    exclusive: bool = False
    backwards: bool = False

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        self._accumulate(xp, "cumprod", 1, x, out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        from .scan import scan_over

        # The product before an entry, times what comes of the entries behind it: without dividing
        # by x, which may be 0.
        def step(entries: list[Node], olds: list[Node]) -> tuple[list[Node], list[Node]]:
            (d, factor), (behind,) = entries, olds
            if self.exclusive:
                return [behind], [d + factor * behind]
            return [d + behind], [factor * (d + behind)]

        axis = normalize_axis(self.axis, x.ndim)
        front = (axis, *(a for a in range(x.ndim) if a != axis))
        back = tuple(front.index(a) for a in range(x.ndim))
        sequences = [OPS["transpose"](n, perm=front) for n in (dy, x)]
        start = OPS["full_like"](reduce_sum(sequences[1], axis=0), value=0.0)
        (behind,), _ = scan_over(step, sequences, [start], backwards=not self.backwards)
        before = cumprod(x, axis=self.axis, exclusive=True, backwards=self.backwards)
        return [before * OPS["transpose"](behind, perm=back)]


@op
class sum_like(Op):
    """The first input summed to the shape of the second, which broadcasts to it."""

    linear = (0,)

    def infer(self, dy: Spec, x: Spec) -> Spec:
        return Spec(x.shape, dy.dtype)

    def alias(self, dy: Spec, x: Spec) -> int | None:
        return 0 if dy.shape == x.shape else None

    def run(self, xp: Any, dy: Any, x: Any, *, out: Any) -> None:
        self.bind(xp, (dy, x), out)()

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        dy, _ = arrays
        extra = dy.ndim - out.ndim
        axes = tuple(
            a for a, n in enumerate(dy.shape) if a < extra or n != 1 == out.shape[a - extra]
        )
        if not axes:
            return partial(xp.copyto, out, dy)
        # The axes that are not summed are those of `out`, but for some of size 1.
        kept = tuple(n for a, n in enumerate(dy.shape) if a not in axes)
        return xp.summing(dy, axes, out.reshape(kept))

    def grad(self, y: Node, dy: Node, d: Node, x: Node) -> Grads:
        return [OPS["broadcast_like"](dy, d), None]
