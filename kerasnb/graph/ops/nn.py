"""Batch normalization as one op."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...array.compiled import layers
from ..node import Node, Shape, Spec
from ..op import Op, op
from .math import Grads, square
from .math import sqrt as root
from .reduce import count_of, normalize_axes, reduce_mean, reduce_sum
from .shape import expand_dims, full_like

_BLOCK = 32768  # entries of a block of batch normalization: its work stays in cache
_FOLD = 512  # entries of a row: several pixels with few channels count as one with many


def _needs_floats(x: Spec) -> None:
    if not x.dtype.startswith("float"):
        raise TypeError(f"got a tensor of type {x.dtype}; needs floats.")


def _fits(a: Shape, b: Shape) -> bool:
    """Whether two shapes are equal as far as they are known."""
    return len(a) == len(b) and all(n == m or None in (n, m) for n, m in zip(a, b, strict=True))


class _Blocks:
    """A tensor as blocks along its first axis, beside statistics over `axes`.

    Where all axes but the last ones are reduced, entries become rows of about 512 numbers and
    statistics are repeated to that length: short inner loops are slow.
    """

    def __init__(self, xp: Any, shape: tuple[int, ...], axes: tuple[int, ...], dtype: Any) -> None:
        self.xp = xp
        self.kept = tuple(n for i, n in enumerate(shape) if i not in axes)
        width = math.prod(self.kept)
        self.count = math.prod(shape[i] for i in axes)
        # Sums of half floats are kept in single ones.
        self.dtype = "float32" if dtype == "float16" else dtype
        if axes == tuple(range(len(axes))):
            self.times = math.gcd(self.count, max(1, _FOLD // max(1, width)))
            self.shape: tuple[int, ...] = (self.count // self.times, self.times * width)
            self.axes: tuple[int, ...] = (0,)
        else:
            self.times, self.shape, self.axes = 1, shape, axes
        self.row = tuple(1 if i in self.axes else n for i, n in enumerate(self.shape))
        step = max(1, _BLOCK // max(1, math.prod(self.shape[1:])))
        self.step = step if 0 in self.axes else max(1, self.shape[0])

    def spread(self, statistic: Any, out: Any) -> Any:
        """Write a statistic of shape `kept` as a row beside the blocks."""
        source = self.xp.expand_dims(statistic.reshape(-1), 0)
        self.xp.copyto(out.reshape(self.times, -1), source)
        return out

    def gather(self, row: Any, out: Any) -> Any:
        """Write a row of sums as a statistic."""
        if self.times == 1:
            self.xp.copyto(out, row.reshape(out.shape))
        else:
            self.xp.sum(row.reshape(self.times, *out.shape), 0, out=out)
        return out

    def __call__(self, *arrays: Any) -> list[list[Any]]:
        views = [a.reshape(self.shape) for a in arrays]
        starts = range(0, self.shape[0], self.step)
        return [[v[start : start + self.step] for v in views] for start in starts]

    def work(self) -> Any:
        """Return memory for one block."""
        rows = min(self.step, self.shape[0])
        return self.xp.scratch((rows, *self.shape[1:]), self.dtype)

    def rows(self, number: int) -> list[Any]:
        """Return memory for `number` rows."""
        memory = self.xp.scratch((number, *self.row), self.dtype, 1)
        return [memory[i, ...] for i in range(number)]

    def statistics(self, number: int) -> list[Any]:
        """Return memory for `number` statistics."""
        memory = self.xp.scratch((number, *self.kept), self.dtype, 2)
        return [memory[i, ...] for i in range(number)]

    def add_up(self, block: Any, part: Any, total: Any) -> None:
        """Add the sums of a block to the row `total`."""
        self.xp.sum(
            block,
            self.axes,
            dtype=self.dtype if block.dtype != self.dtype else None,
            out=part,
            keepdims=True,
        )
        self.xp.add(total, part, total)


def _keep_axes(statistic: Node, axes: tuple[int, ...]) -> Node:
    for axis in axes:
        statistic = expand_dims(statistic, axis=axis)
    return statistic


@op
class batch_norm(Op):
    """Normalization of x by the mean and variance that it has over `axes`.

    y = gamma * (x - mean) / sqrt(var + epsilon) + beta

    Returns y, mean and var; gamma, beta, mean and var have the other axes.
    """

    axes: tuple[int, ...]
    epsilon: float = 1e-3
    nout = 3
    contiguous = (0, 1, 2)

    def infer(self, x: Spec, gamma: Spec, beta: Spec) -> tuple[Spec, ...]:
        _needs_floats(x)
        axes = normalize_axes(self.axes, len(x.shape))
        kept = tuple(n for i, n in enumerate(x.shape) if i not in axes)
        for name, spec in (("gamma", gamma), ("beta", beta)):
            if not _fits(spec.shape, kept):
                raise ValueError(
                    f"got {name} of shape {spec.shape} for x of shape {x.shape} and axes "
                    f"{self.axes}; needs shape {kept}."
                )
        return Spec(x.shape, x.dtype), Spec(kept, x.dtype), Spec(kept, x.dtype)

    def run(self, xp: Any, x: Any, gamma: Any, beta: Any, *, out: Any) -> None:
        y, mean, var = out
        blocks = _Blocks(xp, x.shape, normalize_axes(self.axes, x.ndim), x.dtype)
        center, total, part, factor, offset = blocks.rows(5)
        statistic, scale = blocks.statistics(2)
        total[...] = 0
        for (xs,) in blocks(x):
            blocks.add_up(xs, part, total)
        xp.divide(blocks.gather(total, statistic), blocks.count, statistic)
        blocks.spread(statistic, center)
        if mean is not None:
            xp.copyto(mean, statistic)
        total[...] = 0
        work = blocks.work()
        for (xs,) in blocks(x):
            d = xp.subtract(xs, center, work[: len(xs)])
            blocks.add_up(xp.multiply(d, d, d), part, total)
        xp.divide(blocks.gather(total, statistic), blocks.count, statistic)
        if var is not None:
            xp.copyto(var, statistic)
        xp.sqrt(xp.add(statistic, self.epsilon, scale), scale)
        blocks.spread(xp.divide(gamma, scale, scale), factor)
        blocks.spread(beta, offset)
        for xs, ys in blocks(x, y):
            xp.subtract(xs, center, ys)
            xp.multiply(ys, factor, ys)
            xp.add(ys, offset, ys)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        x, gamma, beta = arrays
        axes = normalize_axes(self.axes, x.ndim)
        made = layers.batch_norm(xp, x, gamma, beta, out, axes, self.epsilon)
        return made or super().bind(xp, arrays, out)

    def grad(self, ys: Any, dys: Any, x: Node, gamma: Node, beta: Node) -> Grads:
        y, mean, var = ys
        ds = [full_like(y, value=0.0) if d is None else d for y, d in zip(ys, dys, strict=True)]
        grads = batch_norm_grad(
            ds[0], x, gamma, mean, var, *ds[1:], axes=self.axes, epsilon=self.epsilon
        )
        return list(grads)

    def expand(self, x: Node, gamma: Node, beta: Node) -> tuple[Node, Node, Node]:
        """The same in elementary ops."""
        axes = normalize_axes(self.axes, x.ndim)
        mean = reduce_mean(x, axis=axes)
        centered = x - _keep_axes(mean, axes)
        var = reduce_mean(square(centered), axis=axes)
        scale = _keep_axes(gamma / root(var + self.epsilon), axes)
        return centered * scale + _keep_axes(beta, axes), mean, var


@op
class batch_norm_grad(Op):
    """Gradient of `batch_norm` by x, gamma and beta.

    Inputs: the gradient of y, x, gamma, mean and var, and the gradients of mean and var.
    """

    axes: tuple[int, ...]
    epsilon: float = 1e-3
    nout = 3
    contiguous = (0, 1, 2, 3, 4, 5, 6)
    inplace = (0,)

    def infer(self, dy: Spec, x: Spec, gamma: Spec, *statistics: Spec) -> tuple[Spec, ...]:
        like = Spec(gamma.shape, x.dtype)
        return Spec(x.shape, x.dtype), like, like

    def run(
        self,
        xp: Any,
        dy: Any,
        x: Any,
        gamma: Any,
        mean: Any,
        var: Any,
        dmean: Any,
        dvar: Any,
        *,
        out: Any,
    ) -> None:
        dx, dgamma, dbeta = out
        blocks = _Blocks(xp, x.shape, normalize_axes(self.axes, x.ndim), x.dtype)
        center, plain, weighted, part, factor, slope, offset = blocks.rows(7)
        sum_dy, sum_d, scale, a, b = blocks.statistics(5)
        blocks.spread(mean, center)
        plain[...] = 0
        weighted[...] = 0
        work = blocks.work()
        for dys, xs in blocks(dy, x):
            blocks.add_up(dys, part, plain)
            d = xp.subtract(xs, center, work[: len(xs)])
            blocks.add_up(xp.multiply(d, dys, d), part, weighted)
        blocks.gather(plain, sum_dy)
        blocks.gather(weighted, sum_d)
        xp.sqrt(xp.add(var, self.epsilon, scale), scale)
        xp.reciprocal(scale, scale)
        xp.multiply(sum_d, scale, sum_d)
        if dgamma is not None:
            xp.copyto(dgamma, sum_d)
        if dbeta is not None:
            xp.copyto(dbeta, sum_dy)
        # dx = a * dy + b * (x - mean) + c
        xp.multiply(gamma, scale, a)
        xp.multiply(sum_d, scale, b)
        xp.multiply(b, a, b)
        xp.subtract(xp.multiply(dvar, 2, scale), b, b)
        xp.divide(b, blocks.count, b)
        xp.multiply(sum_dy, a, scale)
        xp.subtract(dmean, scale, scale)
        xp.divide(scale, blocks.count, scale)
        blocks.spread(a, factor)
        blocks.spread(b, slope)
        blocks.spread(scale, offset)
        for dys, xs, dxs in blocks(dy, x, dx):
            d = xp.subtract(xs, center, work[: len(xs)])
            xp.multiply(d, slope, d)
            xp.add(d, offset, d)
            xp.multiply(dys, factor, dxs)
            xp.add(dxs, d, dxs)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        axes = normalize_axes(self.axes, arrays[0].ndim)
        made = layers.batch_norm_grad(xp, arrays, out, axes, self.epsilon)
        return made or super().bind(xp, arrays, out)

    def expand(
        self, dy: Node, x: Node, gamma: Node, mean: Node, var: Node, dmean: Node, dvar: Node
    ) -> tuple[Node, Node, Node]:
        """The same in elementary ops."""
        axes = normalize_axes(self.axes, x.ndim)
        count = count_of(x, axis=axes, dtype=x.dtype)
        centered = x - _keep_axes(mean, axes)
        scale = 1.0 / root(var + self.epsilon)
        dbeta = reduce_sum(dy, axis=axes)
        dgamma = reduce_sum(dy * centered, axis=axes) * scale
        a = gamma * scale
        b = (2.0 * dvar - dgamma * scale * a) / count
        c = (dmean - dbeta * a) / count
        dx = dy * _keep_axes(a, axes) + centered * _keep_axes(b, axes) + _keep_axes(c, axes)
        return dx, dgamma, dbeta
