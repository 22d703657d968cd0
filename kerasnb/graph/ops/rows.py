"""Softmax and cross-entropy, each as one op, and their gradients.

They work on rows, block by block: a block and what is made of it stay in cache.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..node import Node, Spec
from ..op import Op, family, match_types, op
from .calls import Calls
from .index import gather_along, needs_integers, out_of_range, scatter_along
from .math import Grads, equal, exp, log, maximum, minimum
from .nn import _fits, _needs_floats
from .reduce import normalize_axis, reduce_max, reduce_sum
from .shape import expand_dims, shape_of, squeeze

_BLOCK = 65536  # entries of a block


@family
class OnRows(Op):
    """An op on rows, which lie along `axis`: each result needs only the row at its place.

    All arrays are rows of one shape, as the first input is, or hold a number for each row.
    `write` writes the calls down for a block of rows, that is for arrays (rows, entries) or
    (rows, entries, ...) each; `work` gives it memory.
    """

    axis: int = -1

    def run(self, xp: Any, *arrays: Any, out: Any) -> None:
        self.bind(xp, arrays, out)()

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        x = arrays[0]
        do = Calls(xp, x.dtype)
        if not x.size:
            do(xp.copyto, out, do.number(0.0))
            return do.run
        axis = self.axis % x.ndim
        before, after = math.prod(x.shape[:axis]), x.shape[axis + 1 :]
        views = [a.reshape(before, -1, *after) for a in (*arrays, out)]
        step = min(before, max(1, _BLOCK * before // x.size))
        work = _Work(do, views[0][:step].shape)
        for start in range(0, before, step):
            parts = [v[start : start + step] for v in views]
            work.rows = len(parts[0])
            self.write(do, work, *parts)
        return do.run

    def write(self, do: Calls, work: _Work, *arrays: Any) -> None:
        """Write the calls for a block down; the last of the arrays is the result."""
        raise NotImplementedError(f"{type(self).__name__}.write")


class _Work:
    """Memory that the blocks of an op share."""

    def __init__(self, do: Calls, shape: tuple[int, ...]) -> None:
        self.do, self.shape, self.rows = do, shape, shape[0]
        self.made: dict[str, Any] = {}

    def entries(self, name: str) -> Any:
        """Return memory for a block."""
        if name not in self.made:
            self.made[name] = self.do.work(*self.shape)
        return self.made[name][: self.rows]

    def sums(self, name: str) -> Any:
        """Return memory for a number for each row of a block."""
        if name not in self.made:
            self.made[name] = self.do.work(self.shape[0], 1, *self.shape[2:])
        return self.made[name][: self.rows]


def _add_up(do: Calls, x: Any, out: Any) -> Any:
    """Write down `out = sum(x)` of each row; return `out`."""
    do(do.xp.summing(x, 1, out, True))
    return out


def _move(do: Calls, work: _Work, x: Any, out: Any) -> Any:
    """Write down `out = x - max(x)`, so that e^x cannot overflow; return memory for sums."""
    rows = work.sums("rows")
    do(do.xp.max, x, 1, out=rows, keepdims=True)
    do(do.xp.subtract, x, rows, out)
    return rows


def _needs_equal(first: str, second: str, a: Spec, b: Spec) -> None:
    _needs_floats(a)
    if not _fits(a.shape, b.shape):
        raise ValueError(
            f"got {first} of shape {a.shape} and {second} of shape {b.shape}; needs equal shapes."
        )


def _without(x: Spec, axis: int) -> Spec:
    axis = normalize_axis(axis, len(x.shape))
    return Spec(x.shape[:axis] + x.shape[axis + 1 :], x.dtype)


@op
class softmax(OnRows):
    """e^x divided by its sum along an axis, without overflow."""

    axis: int = -1
    inplace = (0,)
    contiguous = (0,)

    def infer(self, x: Spec) -> Spec:
        _needs_floats(x)
        normalize_axis(self.axis, len(x.shape))
        return Spec(x.shape, x.dtype)

    def write(self, do: Calls, work: _Work, *arrays: Any) -> None:
        x, y = arrays
        rows = _move(do, work, x, y)
        do(do.xp.exp, y, y)
        do(do.xp.divide, y, _add_up(do, y, rows), y)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [softmax_grad(y, dy, axis=self.axis)]

    def expand(self, x: Node) -> Node:
        """The same in elementary ops."""
        e = exp(x - reduce_max(x, axis=self.axis, keepdims=True))
        return e / reduce_sum(e, axis=self.axis, keepdims=True)


@op
class softmax_grad(OnRows):
    """Gradient of `softmax` by x, from its result y and the gradient of that.

    dx = y * (dy - sum(y * dy))
    """

    axis: int = -1
    inplace = (1,)
    contiguous = (0, 1)

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        return match_types(inputs)

    def infer(self, y: Spec, dy: Spec) -> Spec:
        _needs_equal("y", "dy", y, dy)
        return Spec(y.shape, y.dtype)

    def write(self, do: Calls, work: _Work, *arrays: Any) -> None:
        y, dy, dx = arrays
        products = work.entries("products")
        do(do.xp.multiply, y, dy, products)
        do(do.xp.subtract, dy, _add_up(do, products, work.sums("rows")), dx)
        do(do.xp.multiply, dx, y, dx)

    def expand(self, y: Node, dy: Node) -> Node:
        """The same in elementary ops."""
        return y * (dy - reduce_sum(y * dy, axis=self.axis, keepdims=True))


@op
class log_softmax(OnRows):
    """Logarithm of the softmax along an axis."""

    axis: int = -1
    inplace = (0,)
    contiguous = (0,)

    def infer(self, x: Spec) -> Spec:
        _needs_floats(x)
        normalize_axis(self.axis, len(x.shape))
        return Spec(x.shape, x.dtype)

    def write(self, do: Calls, work: _Work, *arrays: Any) -> None:
        x, y = arrays
        rows, e = _move(do, work, x, y), work.entries("e")
        do(do.xp.exp, y, e)
        do(do.xp.log, _add_up(do, e, rows), rows)
        do(do.xp.subtract, y, rows, y)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy - exp(y) * reduce_sum(dy, axis=self.axis, keepdims=True)]

    def expand(self, x: Node) -> Node:
        """The same in elementary ops."""
        moved = x - reduce_max(x, axis=self.axis, keepdims=True)
        return moved - log(reduce_sum(exp(moved), axis=self.axis, keepdims=True))


@op
class softmax_cross_entropy(OnRows):
    """Cross-entropy of labels, given as probabilities, with the softmax of logits.

    loss = -sum(labels * log(softmax(logits))) along the axis, which is taken away
    """

    axis: int = -1
    contiguous = (0, 1)

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        return match_types(inputs)

    def infer(self, logits: Spec, labels: Spec) -> Spec:
        _needs_equal("logits", "labels", logits, labels)
        return _without(logits, self.axis)

    def write(self, do: Calls, work: _Work, *arrays: Any) -> None:
        logits, labels, loss = arrays
        moved, e = work.entries("moved"), work.entries("e")
        rows = _move(do, work, logits, moved)
        do(do.xp.exp, moved, e)
        do(do.xp.log, _add_up(do, e, rows), rows)
        do(do.xp.subtract, rows, moved, moved)
        do(do.xp.multiply, moved, labels, moved)
        _add_up(do, moved, loss)

    def grad(self, y: Node, dy: Node, logits: Node, labels: Node) -> Grads:
        d = expand_dims(dy, axis=self.axis % logits.ndim)
        total = reduce_sum(labels, axis=self.axis, keepdims=True)
        dlogits = d * (softmax(logits, axis=self.axis) * total - labels)
        return [dlogits, -d * log_softmax(logits, axis=self.axis)]

    def expand(self, logits: Node, labels: Node) -> Node:
        """The same in elementary ops."""
        return -reduce_sum(labels * log_softmax.op(self.axis).expand(logits), axis=self.axis)


@family
class Entropy(OnRows):
    """An op on probabilities p, scaled to a sum of 1 and kept between epsilon and 1 - epsilon."""

    axis: int = -1
    epsilon: float = 1e-7

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        return match_types(inputs)

    def scaled(self, p: Node) -> tuple[Node, Node, Node]:
        """Return the sum of p, p over it, and that between its bounds."""
        total = reduce_sum(p, axis=self.axis, keepdims=True)
        q = p / total
        return total, q, minimum(maximum(q, self.epsilon), 1.0 - self.epsilon)

    def scale(self, do: Calls, work: _Work, p: Any, clipped: Any) -> tuple[Any, Any]:
        """Write down what `scaled` says; return the first two."""
        xp, total, q = do.xp, work.sums("rows"), work.entries("q")
        do(xp.divide, p, _add_up(do, p, total), q)
        do(xp.maximum, q, do.number(self.epsilon), out=clipped)
        do(xp.minimum, clipped, do.number(1.0 - self.epsilon), out=clipped)
        return total, q


@op
class cross_entropy(Entropy):
    """Cross-entropy of labels with probabilities p, both along an axis, which is taken away.

    loss = -sum(labels * log(clip(p / sum(p), epsilon, 1 - epsilon)))
    """

    axis: int = -1
    epsilon: float = 1e-7
    contiguous = (0, 1)

    def infer(self, p: Spec, labels: Spec) -> Spec:
        _needs_equal("probabilities", "labels", p, labels)
        return _without(p, self.axis)

    def write(self, do: Calls, work: _Work, *arrays: Any) -> None:
        p, labels, loss = arrays
        logs = work.entries("q")
        self.scale(do, work, p, logs)
        do(do.xp.log, logs, logs)
        do(do.xp.multiply, logs, labels, logs)
        do(do.xp.negative, _add_up(do, logs, loss), loss)

    def grad(self, y: Node, dy: Node, p: Node, labels: Node) -> Grads:
        d = expand_dims(dy, axis=self.axis % p.ndim)
        dp = cross_entropy_grad(p, labels, dy, axis=self.axis, epsilon=self.epsilon)
        return [dp, -d * log(self.scaled(p)[2])]

    def expand(self, p: Node, labels: Node) -> Node:
        """The same in elementary ops."""
        return -reduce_sum(labels * log(self.scaled(p)[2]), axis=self.axis)


@op
class cross_entropy_grad(Entropy):
    """Gradient of `cross_entropy` by p, from p, the labels and the gradient of the loss.

    With q = p / sum(p) and s = labels / q, or 0 where q is beyond the bounds:
    dp = dloss / sum(p) * (sum(s * q) - s)
    """

    axis: int = -1
    epsilon: float = 1e-7
    inplace = (0, 1)
    contiguous = (0, 1, 2)

    def infer(self, p: Spec, labels: Spec, dy: Spec) -> Spec:
        _needs_equal("probabilities", "labels", p, labels)
        return Spec(p.shape, p.dtype)

    def write(self, do: Calls, work: _Work, *arrays: Any) -> None:
        p, labels, dy, dp = arrays
        xp, clipped = do.xp, work.entries("clipped")
        total, q = self.scale(do, work, p, clipped)
        slopes, inside = dp, clipped
        do(xp.divide, labels, clipped, slopes)
        do(xp.equal, q, clipped, inside)
        do(xp.multiply, slopes, inside, slopes)
        do(xp.multiply, slopes, q, q)
        do(xp.subtract, _add_up(do, q, work.sums("means")), slopes, dp)
        do(xp.divide, dy, total, total)
        do(xp.multiply, dp, total, dp)

    def expand(self, p: Node, labels: Node, dy: Node) -> Node:
        """The same in elementary ops."""
        total, q, clipped = self.scaled(p)
        slopes = labels / clipped * equal(q, clipped)
        mean = reduce_sum(slopes * q, axis=self.axis, keepdims=True)
        return expand_dims(dy, axis=self.axis % p.ndim) / total * (mean - slopes)


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
        rows = xp.scratch((*labels.shape, 1), logits.dtype)
        xp.max(logits, logits.ndim - 1, out=rows, keepdims=True)
        xp.subtract(logits, rows, moved)
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
