"""Softmax, cross-entropy and batch normalization, each as one op."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...array.compiled import layers
from ..node import Node, Shape, Spec
from ..op import Op, match_types, op
from .index import gather_along, needs_integers, out_of_range, scatter_along
from .math import Grads, exp, log, square
from .math import sqrt as root
from .reduce import count_of, normalize_axes, normalize_axis, reduce_max, reduce_mean, reduce_sum
from .shape import expand_dims, full_like, shape_of, squeeze

_BLOCK = 32768  # entries of a block of batch normalization: its work stays in cache
_FOLD = 512  # entries of a row: several pixels with few channels count as one with many


def _needs_floats(x: Spec) -> None:
    if not x.dtype.startswith("float"):
        raise TypeError(f"got a tensor of type {x.dtype}; needs floats.")


def _fits(a: Shape, b: Shape) -> bool:
    """Whether two shapes are equal as far as they are known."""
    return len(a) == len(b) and all(n == m or None in (n, m) for n, m in zip(a, b, strict=True))


def _shifted(xp: Any, x: Any, axis: int, out: Any) -> Any:
    """Write x less its largest value along `axis` into `out`; return memory for one sum a row."""
    rows = xp.scratch((*x.shape[:axis], 1, *x.shape[axis + 1 :]), x.dtype)
    xp.max(x, axis, out=rows, keepdims=True)
    xp.subtract(x, rows, out)
    return rows


@op
class softmax(Op):
    """e^x divided by its sum along an axis, without overflow."""

    axis: int = -1
    inplace = (0,)

    def infer(self, x: Spec) -> Spec:
        _needs_floats(x)
        normalize_axis(self.axis, len(x.shape))
        return Spec(x.shape, x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        if x.size:
            axis = self.axis % x.ndim
            rows = _shifted(xp, x, axis, out)
            xp.exp(out, out)
            xp.sum(out, axis, out=rows, keepdims=True)
            xp.divide(out, rows, out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [y * (dy - reduce_sum(y * dy, axis=self.axis, keepdims=True))]

    def expand(self, x: Node) -> Node:
        """The same in elementary ops."""
        e = exp(x - reduce_max(x, axis=self.axis, keepdims=True))
        return e / reduce_sum(e, axis=self.axis, keepdims=True)


@op
class log_softmax(Op):
    """Logarithm of the softmax along an axis."""

    axis: int = -1
    inplace = (0,)

    def infer(self, x: Spec) -> Spec:
        _needs_floats(x)
        normalize_axis(self.axis, len(x.shape))
        return Spec(x.shape, x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        if x.size:
            axis = self.axis % x.ndim
            rows = _shifted(xp, x, axis, out)
            e = xp.exp(out, xp.scratch(x.shape, x.dtype, 1))
            xp.sum(e, axis, out=rows, keepdims=True)
            xp.subtract(out, xp.log(rows, rows), out)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy - exp(y) * reduce_sum(dy, axis=self.axis, keepdims=True)]

    def expand(self, x: Node) -> Node:
        """The same in elementary ops."""
        moved = x - reduce_max(x, axis=self.axis, keepdims=True)
        return moved - log(reduce_sum(exp(moved), axis=self.axis, keepdims=True))


@op
class softmax_cross_entropy(Op):
    """Cross-entropy of labels, given as probabilities, with the softmax of logits.

    loss = -sum(labels * log(softmax(logits))) along the axis, which is taken away
    """

    axis: int = -1

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        return match_types(inputs)

    def infer(self, logits: Spec, labels: Spec) -> Spec:
        _needs_floats(logits)
        if not _fits(logits.shape, labels.shape):
            raise ValueError(
                f"got logits of shape {logits.shape} and labels of shape {labels.shape}; "
                "needs equal shapes."
            )
        axis = normalize_axis(self.axis, len(logits.shape))
        return Spec(logits.shape[:axis] + logits.shape[axis + 1 :], logits.dtype)

    def run(self, xp: Any, logits: Any, labels: Any, *, out: Any) -> None:
        axis = self.axis % logits.ndim
        if not logits.size:
            out[...] = 0
            return
        moved = xp.scratch(logits.shape, logits.dtype, 1)
        rows = _shifted(xp, logits, axis, moved)
        e = xp.exp(moved, xp.scratch(logits.shape, logits.dtype, 2))
        xp.log(xp.sum(e, axis, out=rows, keepdims=True), rows)
        xp.subtract(rows, moved, moved)
        xp.multiply(moved, labels, moved)
        xp.sum(moved, axis, out=out)

    def grad(self, y: Node, dy: Node, logits: Node, labels: Node) -> Grads:
        d = expand_dims(dy, axis=self.axis % logits.ndim)
        total = reduce_sum(labels, axis=self.axis, keepdims=True)
        dlogits = d * (softmax(logits, axis=self.axis) * total - labels)
        return [dlogits, -d * log_softmax(logits, axis=self.axis)]

    def expand(self, logits: Node, labels: Node) -> Node:
        """The same in elementary ops."""
        return -reduce_sum(labels * log_softmax.op(self.axis).expand(logits), axis=self.axis)


@op
class sparse_softmax_cross_entropy(Op):
    """Cross-entropy of labels, given as class numbers, with the softmax of logits.

    loss[i] = -log(softmax(logits[i, :]))[labels[i]]
    """

    contiguous = (0, 1)

    def infer(self, logits: Spec, labels: Spec) -> Spec:
        _needs_floats(logits)
        needs_integers(labels, "labels")
        if not logits.shape or not _fits(logits.shape[:-1], labels.shape):
            raise ValueError(
                f"got logits of shape {logits.shape} and labels of shape {labels.shape}; "
                f"needs one label for each row of logits: shape {logits.shape[:-1]}."
            )
        return Spec(logits.shape[:-1], logits.dtype)

    def run(self, xp: Any, logits: Any, labels: Any, *, out: Any) -> None:
        classes = logits.shape[-1]
        bad = out_of_range(xp, labels, classes)
        if bad is not None:
            raise ValueError(
                f"got label {bad}, but there are {classes} classes; needs labels from 0 to "
                f"{classes - 1}."
            )
        if not out.size:
            return
        moved = xp.scratch(logits.shape, logits.dtype, 1)
        rows = _shifted(xp, logits, logits.ndim - 1, moved)
        chosen = out.reshape(labels.size, 1)
        gather_along.op().run(xp, moved.reshape(-1, classes), labels.reshape(-1, 1), out=chosen)
        xp.exp(moved, moved)
        xp.log(xp.sum(moved, logits.ndim - 1, out=rows, keepdims=True), rows)
        xp.subtract(rows.reshape(chosen.shape), chosen, chosen)

    def grad(self, y: Node, dy: Node, logits: Node, labels: Node) -> Grads:
        d, place = expand_dims(dy, axis=-1), expand_dims(labels, axis=-1)
        hit = scatter_along(d, place, shape_of(logits), known=logits.shape)
        return [softmax(logits) * d - hit, None]

    def expand(self, logits: Node, labels: Node) -> Node:
        """The same in elementary ops."""
        chosen = gather_along(log_softmax.op().expand(logits), expand_dims(labels, axis=-1))
        return -squeeze(chosen, axis=-1)


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
