"""Ops that pick entries by their place, and put them back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..node import Node, Shape, Spec
from ..op import Op, op
from .math import Grads
from .reduce import normalize_axis
from .shape import shape_of, shape_value

_ROWS = 4096  # rows that are handled at a time, so that temporaries stay small


def given_shape(shape: Spec, known: Shape | None) -> Shape:
    """Return the shape that a tensor holds; what is `known` of it while it is not computed."""
    if shape.value is not None:
        return shape_value(shape, "the shape")
    return known if known is not None else (None,) * (shape.shape[0] or 0)


def needs_integers(indices: Spec, what: str = "indices") -> None:
    """Raise TypeError if the type of `indices` is not an integer one."""
    if not indices.dtype.startswith(("int", "uint")):
        raise TypeError(f"{what} have the type {indices.dtype}; needs integers (cast them first).")


def out_of_range(xp: Any, indices: Any, size: int) -> int | None:
    """Return an index that is below 0 or not below `size`; None if there is none."""
    if not indices.size:
        return None
    low, high = xp.min(indices, None).item(), xp.max(indices, None).item()
    return low if low < 0 else high if high >= size else None


def _check(xp: Any, indices: Any, shape: Sequence[int], axis: int) -> None:
    bad = out_of_range(xp, indices, shape[axis])
    if bad is not None:
        raise IndexError(
            f"got index {bad}, but axis {axis} has size {shape[axis]} (shape {tuple(shape)}); "
            f"needs 0 to {shape[axis] - 1}."
        )


def _flat(xp: Any, indices: Any, size: int) -> Any:
    """Return indices (rows, k) into rows of `size` entries as places in all rows laid end to end."""
    flat = xp.scratch(indices.shape, "int64", 5)
    xp.copyto(flat, indices, casting="unsafe")
    for start in range(0, len(flat) if size else 0, _ROWS):
        part = flat[start : start + _ROWS]
        begin = xp.arange(start * size, (start + len(part)) * size, size)
        xp.add(part, xp.expand_dims(begin, 1), part)
    return flat


@op
class take(Op):
    """The entries of x at `indices` along an axis, as rows of an embedding are looked up.

    An index that is negative or too large is an IndexError when the graph is run.
    """

    axis: int = 0
    contiguous = (1,)
    linear = (0,)

    def infer(self, x: Spec, indices: Spec) -> Spec:
        needs_integers(indices)
        axis = normalize_axis(self.axis, len(x.shape))
        return Spec(x.shape[:axis] + indices.shape + x.shape[axis + 1 :], x.dtype)

    def run(self, xp: Any, x: Any, indices: Any, *, out: Any) -> None:
        axis = self.axis % x.ndim
        _check(xp, indices, x.shape, axis)
        if out.size:
            xp.take(x, indices, axis, out)

    def grad(self, y: Node, dy: Node, x: Node, indices: Node) -> Grads:
        return [take_grad(dy, indices, shape_of(x), axis=self.axis, known=x.shape), None]


@op
class take_grad(Op):
    """Zeros of a given shape, with the entries of dy added at `indices` along an axis."""

    axis: int = 0
    known: tuple[int | None, ...] | None = None
    contiguous = (0, 1)
    linear = (0,)

    def infer(self, dy: Spec, indices: Spec, shape: Spec) -> Spec:
        return Spec(given_shape(shape, self.known), dy.dtype)

    def run(self, xp: Any, dy: Any, indices: Any, shape: Any, *, out: Any) -> None:
        axis = self.axis % out.ndim
        _check(xp, indices, out.shape, axis)
        out[...] = 0
        if not dy.size:
            return
        before, size = math.prod(out.shape[:axis]), out.shape[axis]
        index = indices.reshape(1, -1)
        if before > 1:
            index = _flat(xp, xp.broadcast_to(index, (before, indices.size)), size)
        rows, index = out.reshape(before * size, -1), index.reshape(-1)
        xp.scatter_add(rows, index, dy.reshape(len(index), -1))

    def grad(self, y: Node, dy: Node, d: Node, indices: Node, shape: Node) -> Grads:
        return [take(dy, indices, axis=self.axis), None, None]


@op
class gather_along(Op):
    """For each row x[..., :], its entries at indices[..., :]."""

    contiguous = (0, 1)
    linear = (0,)

    def infer(self, x: Spec, indices: Spec) -> Spec:
        needs_integers(indices)
        rows, others = x.shape[:-1], indices.shape[:-1]
        if len(rows) != len(others) or any(
            None not in (n, m) and n != m for n, m in zip(rows, others, strict=True)
        ):
            raise ValueError(
                f"got shape {x.shape} and indices of shape {indices.shape}; "
                "needs equal sizes on all axes but the last."
            )
        return Spec((*rows, indices.shape[-1]), x.dtype)

    def run(self, xp: Any, x: Any, indices: Any, *, out: Any) -> None:
        _check(xp, indices, x.shape, x.ndim - 1)
        if out.size:
            flat = _flat(xp, indices.reshape(-1, indices.shape[-1]), x.shape[-1])
            xp.take(x.reshape(-1), flat.reshape(out.shape), 0, out)

    def grad(self, y: Node, dy: Node, x: Node, indices: Node) -> Grads:
        return [scatter_along(dy, indices, shape_of(x), known=x.shape), None]


@op
class scatter_along(Op):
    """Zeros of a given shape, with dy[..., i] added at indices[..., i] of each row."""

    known: tuple[int | None, ...] | None = None
    contiguous = (0, 1)
    linear = (0,)

    def infer(self, dy: Spec, indices: Spec, shape: Spec) -> Spec:
        return Spec(given_shape(shape, self.known), dy.dtype)

    def run(self, xp: Any, dy: Any, indices: Any, shape: Any, *, out: Any) -> None:
        _check(xp, indices, out.shape, out.ndim - 1)
        out[...] = 0
        if dy.size:
            flat = _flat(xp, indices.reshape(-1, indices.shape[-1]), out.shape[-1])
            xp.scatter_add(out.reshape(-1), flat.reshape(-1), dy.reshape(-1))

    def grad(self, y: Node, dy: Node, d: Node, indices: Node, shape: Node) -> Grads:
        return [gather_along(dy, indices), None, None]


@op
class top_k(Op):
    """The k largest values of each row x[..., :], largest first, and their places.

    Of equal values the one at the lower place comes first.
    """

    k: int
    nout = 2
    contiguous = (0,)

    def infer(self, x: Spec) -> tuple[Spec, Spec]:
        if not x.shape:
            raise ValueError("needs at least one axis; got a tensor without axes.")
        if not 0 <= self.k <= (self.k if x.shape[-1] is None else x.shape[-1]):
            raise ValueError(f"got k={self.k} for rows of {x.shape[-1]} values.")
        shape = (*x.shape[:-1], self.k)
        return Spec(shape, x.dtype), Spec(shape, "int32")

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        values, places = out
        if not values.size:
            return
        size = x.shape[-1]
        x, values = x.reshape(-1, size), values.reshape(-1, self.k)
        places = xp.scratch(values.shape, "int32") if places is None else places.reshape(-1, self.k)
        step = max(1, _ROWS // size)
        for start in range(0, len(x), step):
            here = slice(start, start + step)
            # Sorting the reversed rows keeps equal values in the order of their places.
            order = xp.argsort(x[here, ::-1], -1, kind="stable")[:, : -self.k - 1 : -1]
            best = xp.subtract(size - 1, order)
            xp.copyto(places[here], best, casting="unsafe")
            xp.copyto(values[here], xp.take_along_axis(x[here], best, -1))

    def grad(self, ys: Any, dys: Any, x: Node) -> Grads:
        return [scatter_along(dys[0], ys[1], shape_of(x), known=x.shape)]


@op
class in_top_k(Op):
    """Whether the class `targets[i]` is among the k largest of row `predictions[i, :]`.

    Classes as likely as the target do not push it out. A row with NaN or infinity, or a target
    that is no class, gives False.
    """

    k: int
    differentiable = False
    contiguous = (0, 1)

    def infer(self, predictions: Spec, targets: Spec) -> Spec:
        needs_integers(targets, "targets")
        if len(predictions.shape) != 2 or len(targets.shape) != 1:
            raise ValueError(
                f"got predictions of shape {predictions.shape} and targets of shape "
                f"{targets.shape}; needs (rows, classes) and (rows,)."
            )
        return Spec(targets.shape, "bool")

    def run(self, xp: Any, predictions: Any, targets: Any, *, out: Any) -> None:
        classes = predictions.shape[1]
        if not predictions.size:
            out[...] = False
            return
        step = max(1, _ROWS // classes)
        for start in range(0, len(predictions), step):
            here = slice(start, start + step)
            x, target = predictions[here], targets[here]
            known = xp.logical_and(xp.greater_equal(target, 0), xp.less(target, classes))
            chosen = xp.where(known, target, 0).astype("int64")
            value = xp.take_along_axis(x, xp.expand_dims(chosen, 1), 1)
            above = xp.sum(xp.greater(x, value), 1, dtype="int64")
            fine = xp.logical_and(known, xp.all(xp.isfinite(x), 1))
            xp.logical_and(fine, xp.less(above, self.k), out[here])
