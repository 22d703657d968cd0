"""Arithmetic, reductions and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph import Node, as_node, ops
from ..graph.op import match_types
from ..graph.ops.reduce import Axes
from .config import floatx

__all__ = [
    "abs",
    "all",
    "any",
    "argmax",
    "argmin",
    "batch_dot",
    "clip",
    "cos",
    "cumprod",
    "cumsum",
    "dot",
    "equal",
    "exp",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "not_equal",
    "pow",
    "prod",
    "round",
    "sign",
    "sin",
    "sqrt",
    "square",
    "std",
    "sum",
    "var",
]


def _axes(axis: Any) -> Axes:
    return tuple(axis) if isinstance(axis, list | tuple) else axis


def _as_floats(x: Any) -> Node:
    x = as_node(x)
    return x if x.dtype.startswith("float") else ops.cast(x, dtype=floatx())


def abs(x: Node) -> Node:
    """Absolute value, entry by entry."""
    return ops.absolute(x)


def square(x: Node) -> Node:
    """Square, entry by entry."""
    return ops.square(x)


def sqrt(x: Node) -> Node:
    """Square root, entry by entry; negative entries count as 0."""
    x = as_node(x)
    return ops.sqrt(ops.where(x < 0, 0.0, x))  # not `maximum`, whose slope 0 meets infinity here


def exp(x: Node) -> Node:
    """Exponential, entry by entry."""
    return ops.exp(x)


def log(x: Node) -> Node:
    """Natural logarithm, entry by entry."""
    return ops.log(x)


def sin(x: Node) -> Node:
    """Sine, entry by entry."""
    return ops.sin(x)


def cos(x: Node) -> Node:
    """Cosine, entry by entry."""
    return ops.cos(x)


def round(x: Node) -> Node:
    """Nearest integer, entry by entry; halves go to the even one."""
    return ops.round(x)


def sign(x: Node) -> Node:
    """Sign, entry by entry."""
    return ops.sign(x)


def pow(x: Node, a: Any) -> Node:
    """x to the power of a, entry by entry."""
    return as_node(x) ** a


def clip(x: Node, min_value: Any, max_value: Any) -> Node:
    """x where it lies between two values, else the nearer of them; None is no limit."""
    numbers = isinstance(min_value, int | float) and isinstance(max_value, int | float)
    if numbers and max_value < min_value:
        max_value = min_value
    if min_value is not None:
        x = ops.maximum(x, min_value)
    return x if max_value is None else ops.minimum(x, max_value)


def maximum(x: Any, y: Any) -> Node:
    """Larger of two, entry by entry."""
    return ops.maximum(x, y)


def minimum(x: Any, y: Any) -> Node:
    """Smaller of two, entry by entry."""
    return ops.minimum(x, y)


def equal(x: Any, y: Any) -> Node:
    """Whether x = y, entry by entry."""
    return ops.equal(x, y)


def not_equal(x: Any, y: Any) -> Node:
    """Whether x and y differ, entry by entry."""
    return ops.not_equal(x, y)


def greater(x: Any, y: Any) -> Node:
    """Whether x > y, entry by entry."""
    return ops.greater(x, y)


def greater_equal(x: Any, y: Any) -> Node:
    """Whether x >= y, entry by entry."""
    return ops.greater_equal(x, y)


def less(x: Any, y: Any) -> Node:
    """Whether x < y, entry by entry."""
    return ops.less(x, y)


def less_equal(x: Any, y: Any) -> Node:
    """Whether x <= y, entry by entry."""
    return ops.less_equal(x, y)


def sum(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Sum over axes (all by default)."""
    return ops.reduce_sum(x, axis=_axes(axis), keepdims=keepdims)


def mean(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Mean over axes (all by default); of bools and integers as a float."""
    return ops.reduce_mean(_as_floats(x), axis=_axes(axis), keepdims=keepdims)


def var(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Mean of the squared distance from the mean."""
    x = _as_floats(x)
    return mean(ops.square(x - mean(x, axis, keepdims=True)), axis, keepdims)


def std(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Standard deviation: square root of the variance."""
    return ops.sqrt(var(x, axis, keepdims))


def max(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Largest value over axes."""
    return ops.reduce_max(x, axis=_axes(axis), keepdims=keepdims)


def min(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Smallest value over axes."""
    return ops.reduce_min(x, axis=_axes(axis), keepdims=keepdims)


def prod(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Product over axes."""
    return ops.reduce_prod(x, axis=_axes(axis), keepdims=keepdims)


def any(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Whether some entry over axes is true."""
    return ops.reduce_any(x, axis=_axes(axis), keepdims=keepdims)


def all(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Whether every entry over axes is true."""
    return ops.reduce_all(x, axis=_axes(axis), keepdims=keepdims)


def logsumexp(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Logarithm of the sum of exponentials, without overflow."""
    x = _as_floats(x)
    top = ops.stop_gradient(max(x, axis, keepdims=True))
    top = ops.where(ops.isfinite(top), top, 0.0)  # so that infinity less infinity does not occur
    total = ops.log(sum(ops.exp(x - top), axis, keepdims=True)) + top
    if keepdims:
        return total
    return ops.reduce_sum(total, axis=_axes(axis))  # of single entries


def argmax(x: Node, axis: int = -1) -> Node:
    """Place of the largest entry along an axis."""
    return ops.argmax(x, axis=axis)


def argmin(x: Node, axis: int = -1) -> Node:
    """Place of the smallest entry along an axis."""
    return ops.argmin(x, axis=axis)


def cumsum(x: Node, axis: int = 0) -> Node:
    """Running sum along an axis."""
    return ops.cumsum(x, axis=axis)


def cumprod(x: Node, axis: int = 0) -> Node:
    """Running product along an axis."""
    return ops.cumprod(x, axis=axis)


def dot(x: Node, y: Node) -> Node:
    """Product of the last axis of x with the last but one of y.

    (2, 3) and (4, 3, 5) give (2, 4, 5): the other axes of x, then those of y.
    """
    x, y = match_types((x, y))
    if not (x.ndim and y.ndim):
        raise ValueError(
            f"dot: got shapes {x.shape} and {y.shape}; needs at least one axis each (use x * y)."
        )
    if y.ndim == 2 and x.ndim >= 2:
        return ops.matmul(x, y)
    return ops.tensordot(x, y, axes=([x.ndim - 1], [y.ndim - 2 if y.ndim > 1 else 0]))


def batch_dot(x: Node, y: Node, axes: int | Sequence[int | None] | None = None) -> Node:
    """Product of x and y over one axis of each, sample by sample.

    Args:
        x: tensor (batch, ...) with at least two axes.
        y: tensor (batch, ...) with at least two axes.
        axes: the axis of x and that of y, or one number for both; by default the last of x and
            the last but one of y (the last, if y has two axes).

    Returns:
        Tensor (batch, other axes of x, other axes of y), with one axis of size 1 if there are no
        others.
    """
    x, y = match_types((x, y))
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError(
            f"batch_dot: got shapes {x.shape} and {y.shape}; needs at least two axes each."
        )
    if x.shape[0] not in (None, y.shape[0]) and y.shape[0] is not None:
        raise ValueError(
            f"batch_dot: got shapes {x.shape} and {y.shape}; needs equal numbers of samples."
        )
    if isinstance(axes, int):
        axes = (axes, axes)
    if axes is None:
        axes = (x.ndim - 1, y.ndim - 1 if y.ndim == 2 else y.ndim - 2)
    one_each = len(axes) == 2 and all_integers(axes)
    if not one_each or not -x.ndim <= axes[0] < x.ndim or not -y.ndim <= axes[1] < y.ndim:  # type: ignore[operator]
        raise ValueError(
            f"batch_dot: got axes {axes!r} for shapes {x.shape} and {y.shape}; needs one axis of x "
            "and one of y."
        )
    i, j = (a % n for a, n in zip(axes, (x.ndim, y.ndim), strict=True))  # type: ignore[operator]
    if 0 in (i, j):
        raise ValueError(f"batch_dot: got axes {tuple(axes)}; the axis of samples is kept.")
    if None not in (x.shape[i], y.shape[j]) and x.shape[i] != y.shape[j]:
        raise ValueError(
            f"batch_dot: got shapes {x.shape} and {y.shape}; the sizes of axis {i} and axis {j}, "
            f"{x.shape[i]} and {y.shape[j]}, must be equal."
        )
    keep_x = [a for a in range(1, x.ndim) if a != i]
    keep_y = [a for a in range(1, y.ndim) if a != j]
    rows = ops.transpose(x, perm=(0, *keep_x, i))
    columns = ops.transpose(y, perm=(0, j, *keep_y))
    shapes = [ops.shape_of(rows)[: x.ndim - 1], ops.shape_of(columns)[2:]]
    if x.ndim == 2:
        rows = ops.expand_dims(rows, axis=1)
    elif x.ndim > 3:
        rows = ops.merge_axes(rows, start=1, stop=-1)
    columns = ops.merge_axes(columns, start=2)
    product = ops.matmul(rows, columns)
    known = tuple(x.shape[a] for a in (0, *keep_x)) + tuple(y.shape[a] for a in keep_y)
    if len(known) == 1:
        return ops.squeeze(product, axis=1)
    return ops.reshape_to(product, ops.concatenate(*shapes, axis=0), known=known)


def all_integers(values: Sequence[Any]) -> bool:
    """Whether all values are integers."""
    return not [v for v in values if not isinstance(v, int)]
