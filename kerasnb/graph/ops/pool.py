"""Pooling in one to three dimensions, channels last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...array.compiled import layers
from ..node import Node, Shape, Spec
from ..op import Op, family, op
from .index import given_shape
from .math import Grads
from .shape import shape_of
from .window import Pairs, Sizes, Walk, Window, as_sizes, walk_over


@family
class Pooling(Op):
    """The parameters of pooling.

    Parameters:
        size: entries of the window along each axis.
        strides: steps from one place to the next; `size` by default.
        padding: 'valid', 'same', or a pair (before, after) for each axis.
    """

    size: int | Sizes = 2
    strides: int | Sizes | None = None
    padding: str | Pairs = "valid"

    def window(self, x: Shape) -> Window:
        """Return the window for an input of this shape."""
        rank = len(x) - 2
        if not 1 <= rank <= 3:
            raise ValueError(f"got shape {x}; needs batch, 1 to 3 sizes and channels.")
        size = as_sizes(self.size, rank, "size")
        strides = size if self.strides is None else as_sizes(self.strides, rank, "strides")
        return Window(size, strides, self.padding, (1,) * rank)

    def pooled(self, x: Shape) -> Shape:
        """Return the shape of the result for an input of this shape."""
        return (x[0], *self.window(x).places(x[1:-1]), x[-1])

    def same(self) -> dict[str, Any]:
        """Return the parameters for another op of the family."""
        return {"size": self.size, "strides": self.strides, "padding": self.padding}

    def walk(self, xp: Any, x_shape: Sizes) -> Walk:
        """Return the walk over an input of this shape."""
        return walk_over(self.window(x_shape), tuple(x_shape), xp.CACHE)


def _check_pooled(got: Shape, needed: Shape) -> None:
    if len(got) != len(needed) or any(
        None not in (n, m) and n != m for n, m in zip(got, needed, strict=True)
    ):
        raise ValueError(f"got shape {got}; the pooled input has shape {needed}.")


@op
class max_pool(Pooling):
    """Largest value in each window, and the number of its entry within the window.

    Of equal values the first counts. Padding is never the largest.
    """

    nout = 2

    def infer(self, x: Spec) -> tuple[Spec, Spec]:
        shape = self.pooled(x.shape)
        entries = math.prod(self.window(x.shape).size)
        index = "uint8" if entries <= 2**8 else "uint16" if entries <= 2**16 else "int32"
        return Spec(shape, x.dtype), Spec(shape, index)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        y, index = out
        if not y.size:
            return
        walk = self.walk(xp, x.shape)
        if walk.padded:
            y[...] = -math.inf if x.dtype.kind == "f" else np.iinfo(str(x.dtype)).min
        for xs, ys, places in walk.blocks(x, y, index):
            if index is not None:
                places[...] = 0
            for number, outer, inner in walk.taps:
                seen, best = xs[inner], ys[outer]
                if number == 0 and not walk.padded:
                    xp.copyto(best, seen)
                    continue
                if index is not None:
                    larger = xp.greater(seen, best, out=xp.scratch(best.shape, "bool"))
                    at = xp.scratch(best.shape, index.dtype, 1)
                    # Entries come in order, so the largest number is that of the last to win.
                    xp.multiply(larger, index.dtype.type(number), out=at)
                    xp.maximum(places[outer], at, out=places[outer])
                xp.maximum(best, seen, out=best)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        (x,) = arrays
        window = self.window(x.shape)
        made = layers.max_pool(xp, x, out, window.size, window.walk(x.shape[1:-1]))
        return made or super().bind(xp, arrays, out)

    def grad(self, ys: Any, dys: Any, x: Node) -> Grads:
        return [unpool(dys[0], ys[1], shape_of(x), known=x.shape, **self.same())]


@op
class unpool(Pooling):
    """Zeros of a given shape, with dy added to that entry of its window which `index` names."""

    known: tuple[int | None, ...] | None = None
    linear = (0,)

    def infer(self, dy: Spec, index: Spec, shape: Spec) -> Spec:
        x = given_shape(shape, self.known)
        _check_pooled(dy.shape, self.pooled(x))
        return Spec(x, dy.dtype)

    def run(self, xp: Any, dy: Any, index: Any, shape: Any, *, out: Any) -> None:
        walk = self.walk(xp, out.shape)
        if not walk.covering:
            out[...] = 0
        if not dy.size:
            return
        for dys, places, dxs in walk.blocks(dy, index, out):
            for number, outer, inner in walk.taps:
                d, target = dys[outer], dxs[inner]
                hit = xp.scratch(d.shape, "bool")
                xp.equal(places[outer], index.dtype.type(number), out=hit)
                if walk.apart:
                    xp.multiply(d, hit, out=target)
                else:
                    part = xp.multiply(d, hit, out=xp.scratch(d.shape, d.dtype, 1))
                    xp.add(target, part, out=target)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        dy, index, _ = arrays
        window = self.window(out.shape)
        walk = window.walk(out.shape[1:-1])
        covering = self.walk(xp, out.shape).covering
        made = layers.unpool(xp, dy, index, out, window.size, walk, covering)
        return made or super().bind(xp, arrays, out)

    def grad(self, y: Node, dz: Node, dy: Node, index: Node, shape: Node) -> Grads:
        return [pool_take(dz, index, **self.same()), None, None]


@op
class pool_take(Pooling):
    """The entry of each window of x that `index` names."""

    linear = (0,)

    def infer(self, x: Spec, index: Spec) -> Spec:
        shape = self.pooled(x.shape)
        _check_pooled(index.shape, shape)
        return Spec(shape, x.dtype)

    def run(self, xp: Any, x: Any, index: Any, *, out: Any) -> None:
        walk = self.walk(xp, x.shape)
        out[...] = 0
        for xs, places, ys in walk.blocks(x, index, out) if out.size else ():
            for number, outer, inner in walk.taps:
                target = ys[outer]
                hit = xp.scratch(target.shape, "bool")
                xp.equal(places[outer], index.dtype.type(number), out=hit)
                xp.copyto(target, xs[inner], where=hit)

    def grad(self, y: Node, dy: Node, x: Node, index: Node) -> Grads:
        return [unpool(dy, index, shape_of(x), known=x.shape, **self.same()), None]


@op
class avg_pool(Pooling):
    """Mean of the values in each window; padding does not count."""

    linear = (0,)

    def infer(self, x: Spec) -> Spec:
        if not x.dtype.startswith("float"):
            raise TypeError(f"got a tensor of type {x.dtype}; needs floats.")
        return Spec(self.pooled(x.shape), x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        if not out.size:
            return
        walk = self.walk(xp, x.shape)
        counts = xp.asarray(walk.counts.astype(x.dtype))
        if walk.padded:
            out[...] = 0
        for xs, ys in walk.blocks(x, out):
            for number, outer, inner in walk.taps:
                if number == 0 and not walk.padded:
                    xp.copyto(ys, xs[inner])
                else:
                    xp.add(ys[outer], xs[inner], out=ys[outer])
            xp.divide(ys, counts, out=ys)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [avg_pool_grad(dy, shape_of(x), known=x.shape, **self.same())]


@op
class avg_pool_grad(Pooling):
    """Zeros of a given shape, with an equal share of dy added to each entry of its window."""

    known: tuple[int | None, ...] | None = None
    linear = (0,)

    def infer(self, dy: Spec, shape: Spec) -> Spec:
        x = given_shape(shape, self.known)
        _check_pooled(dy.shape, self.pooled(x))
        return Spec(x, dy.dtype)

    def run(self, xp: Any, dy: Any, shape: Any, *, out: Any) -> None:
        walk = self.walk(xp, out.shape)
        if not walk.covering:
            out[...] = 0
        if not dy.size:
            return
        counts = xp.asarray(walk.counts.astype(dy.dtype))
        for dys, dxs in walk.blocks(dy, out):
            share = xp.divide(dys, counts, out=xp.scratch(dys.shape, dy.dtype))
            for _, outer, inner in walk.taps:
                if walk.apart:
                    xp.copyto(dxs[inner], share[outer])
                else:
                    xp.add(dxs[inner], share[outer], out=dxs[inner])

    def grad(self, y: Node, dz: Node, dy: Node, shape: Node) -> Grads:
        return [avg_pool(dz, **self.same()), None]
