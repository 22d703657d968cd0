"""Matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..node import Node, Spec
from ..op import Op, broadcast_shapes, match_types, op
from .math import Grads, unbroadcast
from .shape import concatenate, merge_axes, reshape_to, shape_of, transpose

ROWS = 1024  # of a tall matrix that are multiplied at a time: they stay in cache


def swap_last(x: Node) -> Node:
    """Return `x` with its last two axes exchanged."""
    axes = list(range(x.ndim))
    axes[-1], axes[-2] = axes[-2], axes[-1]
    return transpose(x, perm=tuple(axes))


@op
class matmul(Op):
    """Matrix product of the last two axes; the others are broadcast."""

    linear = (0, 1)

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        return match_types(inputs)

    def infer(self, a: Spec, b: Spec) -> Spec:
        if len(a.shape) < 2 or len(b.shape) < 2:
            raise ValueError(f"got shapes {a.shape} and {b.shape}; needs at least two axes each.")
        inner, rows = a.shape[-1], b.shape[-2]
        if inner is not None and rows is not None and inner != rows:
            raise ValueError(
                f"got shapes {a.shape} and {b.shape}; the inner sizes, {inner} and {rows}, "
                "must be equal."
            )
        batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
        return Spec((*batch, a.shape[-2], b.shape[-1]), a.dtype)

    def run(self, xp: Any, a: Any, b: Any, *, out: Any) -> None:
        self.bind(xp, (a, b), out)()

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        a, b = arrays
        if b.ndim == 2 < a.ndim and a.flags.c_contiguous and out.flags.c_contiguous:
            # One large product instead of one for each batch entry.
            a, out = a.reshape(-1, a.shape[-1]), out.reshape(-1, out.shape[-1])
        return xp.product(a, b, out)

    def parts(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        a, b = arrays
        if not a.ndim == b.ndim == 2 or len(a) < 4 * ROWS:
            return None
        cuts = range(0, len(a), ROWS)
        return [
            (min(i + ROWS, len(a)), self.bind(xp, (a[i : i + ROWS], b), out[i : i + ROWS]))
            for i in cuts
        ]

    def grad(self, y: Node, dy: Node, a: Node, b: Node) -> Grads:
        if a.ndim > 2 and b.ndim == 2:
            rows, drows = merge_axes(a, start=0, stop=-1), merge_axes(dy, start=0, stop=-1)
            return [matmul(dy, swap_last(b)), matmul(swap_last(rows), drows)]
        return [
            unbroadcast(matmul(dy, swap_last(b)), a),
            unbroadcast(matmul(swap_last(a), dy), b),
        ]


@op
class orthogonal(Op):
    """A matrix with orthogonal rows or columns: singular vectors of x, whichever have its shape.

    x is a matrix of float32 or float64.
    """

    differentiable = False
    contiguous = (0,)

    def infer(self, x: Spec) -> Spec:
        if len(x.shape) != 2:
            raise ValueError(f"got shape {x.shape}; needs a matrix.")
        return Spec(x.shape, x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.orthogonal(x, out)


def tensordot(a: Node, b: Node, axes: tuple[Sequence[int], Sequence[int]]) -> Node:
    """Return the sum of products over axes of `a` paired with axes of `b`.

    Args:
        a: tensor.
        b: tensor.
        axes: the axes of `a` and those of `b`, in pairs.

    Returns:
        Tensor of the other axes of `a`, then those of `b`.
    """
    left = [i % a.ndim for i in axes[0]]
    right = [i % b.ndim for i in axes[1]]
    keep_a = [i for i in range(a.ndim) if i not in left]
    keep_b = [i for i in range(b.ndim) if i not in right]
    at, bt = transpose(a, perm=(*keep_a, *left)), transpose(b, perm=(*right, *keep_b))
    for i, j in zip(left, right, strict=True):
        if None not in (a.shape[i], b.shape[j]) and a.shape[i] != b.shape[j]:
            raise ValueError(
                f"dot: got shapes {a.shape} and {b.shape}; the sizes of axis {i} and axis {j}, "
                f"{a.shape[i]} and {b.shape[j]}, must be equal."
            )
    rows = merge_axes(merge_axes(at, start=len(keep_a)), start=0, stop=-1)
    columns = merge_axes(merge_axes(bt, start=0, stop=len(right)), start=1)
    shape = concatenate(shape_of(at)[: len(keep_a)], shape_of(bt)[len(right) :], axis=0)
    known = tuple(a.shape[i] for i in keep_a) + tuple(b.shape[i] for i in keep_b)
    return reshape_to(matmul(rows, columns), shape, known=known)
