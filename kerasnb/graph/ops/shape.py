"""Ops that move, join, cut and repeat entries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..node import OPS, Node, Shape, Spec
from ..op import Op, broadcast_shapes, match_types, op, uniform
from .math import Grads
from .reduce import normalize_axes, normalize_axis

Key = int | None | type(Ellipsis) | tuple  # a slice is (start, stop, step)


def shape_value(spec: Spec, who: str) -> tuple[int, ...]:
    """Return a shape that is given as a tensor, once it is known."""
    if spec.value is None:
        raise ValueError(f"{who} must be known when the graph is run; it depends on data.")
    return tuple(int(n) for n in np.atleast_1d(spec.value))


def _fill_in(shape: Shape, target: Sequence[int | None]) -> Shape:
    """Return `target` with its -1 computed, as far as the sizes are known."""
    free = [i for i, n in enumerate(target) if n is None or n == -1]
    if None in shape or not free:
        result: Shape = tuple(None if n in (None, -1) else n for n in target)
        fits = None in shape or math.prod(shape) == math.prod(result)  # type: ignore[arg-type]
    else:
        total = math.prod(shape)  # type: ignore[arg-type]
        rest = math.prod(n for n in target if n not in (None, -1))
        fits = len(free) == 1 and (total % rest == 0 if rest else total == 0)
        fill = total // rest if rest else 0
        result = tuple(fill if i in free else n for i, n in enumerate(target))
    if not fits:
        raise ValueError(
            f"got shape {shape}, which has another number of entries than {tuple(target)} needs."
        )
    return result


class Reshaping(Op):
    """An op that keeps the entries and their order."""

    view = True
    contiguous: ClassVar[tuple[int, ...]] = (0,)
    linear = (0,)

    def alias(self, *specs: Spec) -> int | None:
        return 0 if specs[0].shape == self.infer(*specs).shape else None

    def grad(self, y: Node, dy: Node, x: Node, *rest: Node) -> Grads:
        return [reshape_as(dy, x), *(None for _ in rest)]


@op
class reshape(Reshaping):
    """The same entries in another shape; one size may be -1 or None, to be computed."""

    shape: tuple[int | None, ...]

    def infer(self, x: Spec) -> Spec:
        return Spec(_fill_in(x.shape, self.shape), x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> Any:
        return x.reshape(_fill_in(x.shape, self.shape))


@op
class reshape_to(Reshaping):
    """The same entries in the shape that the second input holds.

    `known` says what is known of that shape while the graph is built.
    """

    known: tuple[int | None, ...] | None = None

    def infer(self, x: Spec, shape: Spec) -> Spec:
        if shape.value is not None:
            return Spec(_fill_in(x.shape, shape_value(shape, "the new shape")), x.dtype)
        if self.known is not None:
            return Spec(self.known, x.dtype)
        if len(shape.shape) != 1 or shape.shape[0] is None:
            raise ValueError(f"the new shape must be a vector of known length; got {shape}.")
        return Spec((None,) * shape.shape[0], x.dtype)

    def run(self, xp: Any, x: Any, shape: Any, *, out: Any) -> Any:
        return x.reshape(_fill_in(x.shape, [int(n) for n in xp.to_host(shape)]))


def reshape_as(y: Node, x: Node) -> Node:
    """Return the entries of `y` in the shape of `x`."""
    return reshape_to(y, shape_of(x), known=x.shape)


@op
class merge_axes(Reshaping):
    """The axes from `start` up to `stop` as one."""

    start: int = 1
    stop: int | None = None

    def infer(self, x: Spec) -> Spec:
        head, middle, tail = self._cut(x.shape)
        size = None if None in middle else math.prod(middle)
        return Spec((*head, size, *tail), x.dtype)

    def _cut(self, shape: tuple) -> tuple[tuple, tuple, tuple]:
        stop = len(shape) if self.stop is None else self.stop + (self.stop < 0) * len(shape)
        return shape[: self.start], shape[self.start : stop], shape[stop:]

    def run(self, xp: Any, x: Any, *, out: Any) -> Any:
        head, middle, tail = self._cut(x.shape)
        return x.reshape(*head, math.prod(middle), *tail)


@op
class expand_dims(Reshaping):
    """A new axis of size 1."""

    axis: int
    contiguous = ()

    def infer(self, x: Spec) -> Spec:
        axis = normalize_axis(self.axis, len(x.shape) + 1)
        return Spec((*x.shape[:axis], 1, *x.shape[axis:]), x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> Any:
        return xp.expand_dims(x, self.axis)


@op
class squeeze(Reshaping):
    """One axis of size 1 less."""

    axis: int
    contiguous = ()

    def infer(self, x: Spec) -> Spec:
        axis = normalize_axis(self.axis, len(x.shape))
        if x.shape[axis] not in (1, None):
            raise ValueError(
                f"axis {self.axis} of shape {x.shape} has size {x.shape[axis]}, not 1."
            )
        return Spec(x.shape[:axis] + x.shape[axis + 1 :], x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> Any:
        return xp.squeeze(x, self.axis)


@op
class transpose(Op):
    """The axes in another order."""

    perm: tuple[int, ...]
    view = True
    linear = (0,)

    def infer(self, x: Spec) -> Spec:
        axes = [normalize_axis(a, len(x.shape)) for a in self.perm]
        if sorted(axes) != list(range(len(x.shape))):
            raise ValueError(f"got axes {self.perm}, needs each of the {len(x.shape)} axes once.")
        return Spec(tuple(x.shape[a] for a in axes), x.dtype)

    def alias(self, x: Spec) -> int | None:
        axes = tuple(a % len(x.shape) for a in self.perm)
        return 0 if axes == tuple(range(len(axes))) else None

    def run(self, xp: Any, x: Any, *, out: Any) -> Any:
        return xp.transpose(x, self.perm)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        axes = [a % len(self.perm) for a in self.perm]
        return [transpose(dy, perm=tuple(axes.index(a) for a in range(len(axes))))]


@op
class broadcast_like(Op):
    """The first input repeated to the shape of the second, as broadcasting does."""

    view = True
    linear = (0,)

    def infer(self, x: Spec, like: Spec) -> Spec:
        shape = like.shape
        broadcast_shapes(x.shape, shape)
        return Spec(shape, x.dtype)

    def alias(self, x: Spec, like: Spec) -> int | None:
        return 0 if x.shape == like.shape else None

    def run(self, xp: Any, x: Any, like: Any, *, out: Any) -> Any:
        return xp.broadcast_to(x, like.shape)

    def grad(self, y: Node, dy: Node, x: Node, like: Node) -> Grads:
        return [OPS["sum_like"](dy, x), None]


@op
class shape_of(Op):
    """The shape as a vector of integers."""

    differentiable = False

    def infer(self, x: Spec) -> Spec:
        value = None if None in x.shape else np.array(x.shape, np.int32)
        return Spec((len(x.shape),), "int32", value)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        for i, n in enumerate(x.shape):
            out[i] = n


@op
class full_like(Op):
    """`value` in the shape and type of x (or in `dtype`)."""

    value: float
    dtype: str = ""
    differentiable = False

    def infer(self, x: Spec) -> Spec:
        return uniform(Spec(x.shape, self.dtype or x.dtype), self.value)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        out[...] = self.value


@op
class full(Op):
    """`value` in the shape that the input holds."""

    value: float
    dtype: str = "float32"
    differentiable = False

    def infer(self, shape: Spec) -> Spec:
        if shape.value is None:
            return Spec((None,) * (shape.shape[0] or 0), self.dtype)
        return uniform(Spec(shape_value(shape, "the shape"), self.dtype), self.value)

    def run(self, xp: Any, shape: Any, *, out: Any) -> None:
        out[...] = self.value


@op
class concatenate(Op):
    """Inputs one after the other along an axis."""

    axis: int = -1

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        return match_types(inputs)

    def infer(self, *xs: Spec) -> Spec:
        axis = normalize_axis(self.axis, len(xs[0].shape))
        rests = [s.shape[:axis] + s.shape[axis + 1 :] for s in xs]
        if len({len(s.shape) for s in xs}) > 1 or any(
            len({n for n in sizes if n is not None}) > 1 for sizes in zip(*rests, strict=False)
        ):
            raise ValueError(
                f"got shapes {', '.join(str(s.shape) for s in xs)}; "
                f"needs equal sizes on all axes but {self.axis}."
            )
        rest = tuple(
            next((n for n in sizes if n is not None), None) for sizes in zip(*rests, strict=True)
        )
        sizes = [s.shape[axis] for s in xs]
        total = None if None in sizes else sum(sizes)  # type: ignore[arg-type]
        return Spec((*rest[:axis], total, *rest[axis:]), xs[0].dtype)

    def alias(self, *xs: Spec) -> int | None:
        return 0 if len(xs) == 1 else None

    def run(self, xp: Any, *xs: Any, out: Any) -> None:
        xp.concatenate(xs, self.axis, out)

    def grad(self, y: Node, dy: Node, *xs: Node) -> Grads:
        return [part_of(dy, *xs, axis=self.axis, index=i) for i in range(len(xs))]


@op
class part_of(Op):
    """The part of a joined tensor that came from input `index` of the joined ones."""

    axis: int
    index: int
    view = True
    linear = (0,)

    def infer(self, joined: Spec, *xs: Spec) -> Spec:
        return Spec(xs[self.index].shape, joined.dtype)

    def run(self, xp: Any, joined: Any, *xs: Any, out: Any) -> Any:
        axis = self.axis % joined.ndim
        start = sum(x.shape[axis] for x in xs[: self.index])
        return joined[(slice(None),) * axis + (slice(start, start + xs[self.index].shape[axis]),)]

    def grad(self, y: Node, dy: Node, joined: Node, *xs: Node) -> Grads:
        parts = [dy if i == self.index else full_like(x, value=0.0) for i, x in enumerate(xs)]
        return [concatenate(*parts, axis=self.axis), *(None for _ in xs)]


class stack:
    """Inputs of equal shape along a new axis."""

    def __new__(cls, *inputs: Any, axis: int = 0) -> Any:
        nodes = match_types(inputs)
        if len({x.ndim for x in nodes}) > 1:
            shapes = ", ".join(str(x.shape) for x in nodes)
            raise ValueError(f"stack: got shapes {shapes}; needs equal shapes.")
        return concatenate(*(expand_dims(x, axis=axis) for x in nodes), axis=axis)


OPS["stack"] = stack


def plain_key(key: Any, ndim: int) -> tuple:
    """Return an index as a hashable tuple with one entry an axis; a slice is (start, stop, step)."""
    keys = list(key) if isinstance(key, tuple) else [key]
    used = sum(k is not None and k is not Ellipsis for k in keys)
    if used > ndim:
        raise IndexError(f"got {used} indices for a tensor with {ndim} axes.")
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (ndim - used)
    else:
        keys += [slice(None)] * (ndim - used)
    plain: list[Any] = []
    for k in keys:
        if isinstance(k, slice):
            plain.append(tuple(None if v is None else int(v) for v in (k.start, k.stop, k.step)))
        elif k is None:
            plain.append(None)
        elif isinstance(k, int | np.integer) and not isinstance(k, bool):
            plain.append(int(k))
        else:
            raise TypeError(f"got the index {k!r}; needs integers, slices, None or '...'.")
    return tuple(plain)


def real_key(key: tuple) -> tuple:
    """Return the key of `slice_of` as NumPy takes it."""
    return tuple(slice(*k) if isinstance(k, tuple) else k for k in key)


@op
class slice_of(Op):
    """x[key]: integers, slices and new axes; `key` has one entry an axis, slices as tuples."""

    key: tuple
    view = True
    linear = (0,)

    def infer(self, x: Spec) -> Spec:
        sizes = iter(x.shape)
        shape: list[int | None] = []
        for k in self.key:
            if k is None:
                shape.append(1)
                continue
            size = next(sizes)
            if isinstance(k, int):
                if size is not None and not -size <= k < size:
                    raise IndexError(f"got index {k} for an axis of size {size} (shape {x.shape}).")
            elif size is None:
                shape.append(None if k != (None, None, None) else size)
            else:
                shape.append(len(range(*slice(*k).indices(size))))
        return Spec(tuple(shape), x.dtype)

    def alias(self, x: Spec) -> int | None:
        return 0 if all(k == (None, None, None) for k in self.key) else None

    def run(self, xp: Any, x: Any, *, out: Any) -> Any:
        return x[real_key(self.key) + (...,)]  # '...': a view, even of a single number

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [unslice(dy, x, key=self.key)]


@op
class unslice(Op):
    """Zeros like x with dy at [key]."""

    key: tuple
    linear = (0,)

    def infer(self, dy: Spec, x: Spec) -> Spec:
        return Spec(x.shape, dy.dtype)

    def run(self, xp: Any, dy: Any, x: Any, *, out: Any) -> None:
        out[...] = 0
        out[real_key(self.key)] = dy

    def grad(self, y: Node, dy: Node, d: Node, x: Node) -> Grads:
        return [slice_of(dy, key=self.key), None]


@op
class pad(Op):
    """`value` around x: `padding` holds (before, after) for each axis."""

    padding: tuple[tuple[int, int], ...]
    value: float = 0.0

    def infer(self, x: Spec) -> Spec:
        if len(self.padding) != len(x.shape):
            raise ValueError(
                f"got {len(self.padding)} pairs for shape {x.shape}; needs one an axis."
            )
        shape = tuple(
            None if n is None else n + a + b
            for n, (a, b) in zip(x.shape, self.padding, strict=True)
        )
        return Spec(shape, x.dtype)

    def alias(self, x: Spec) -> int | None:
        return 0 if all(p == (0, 0) for p in self.padding) else None

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        out[...] = self.value
        out[tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, self.padding, strict=True))] = x

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [slice_of(dy, key=tuple((a, -b or None, None) for a, b in self.padding))]


@op
class reverse(Op):
    """The entries in reverse order along axes."""

    axes: tuple[int, ...]
    view = True
    linear = (0,)

    def infer(self, x: Spec) -> Spec:
        normalize_axes(self.axes, len(x.shape))
        return Spec(x.shape, x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> Any:
        axes = normalize_axes(self.axes, x.ndim)
        return x[tuple(slice(None, None, -1 if a in axes else 1) for a in range(x.ndim))]

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [reverse(dy, axes=self.axes)]


@op
class repeat(Op):
    """Each entry `times` times in a row along an axis."""

    times: int
    axis: int

    def infer(self, x: Spec) -> Spec:
        axis = normalize_axis(self.axis, len(x.shape))
        size = x.shape[axis]
        size = None if size is None else size * self.times
        return Spec((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        axis = self.axis % x.ndim
        shape = (*x.shape[: axis + 1], self.times, *x.shape[axis + 1 :])
        xp.copyto(out.reshape(shape), xp.expand_dims(x, axis + 1))

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        axis = self.axis % x.ndim
        size = x.shape[axis]
        known = (*x.shape[:axis], size, self.times, *x.shape[axis + 1 :])
        shape = shape_of(x)
        split_shape = concatenate(shape[: axis + 1], [self.times], shape[axis + 1 :], axis=0)
        split = reshape_to(dy, split_shape, known=known)
        return [OPS["reduce_sum"](split, axis=axis + 1)]


class tile:
    """x repeated as a whole `reps[i]` times along axis i."""

    def __new__(cls, x: Any, reps: tuple[int, ...]) -> Any:
        for axis, n in enumerate(reps):
            if n != 1:
                x = concatenate(*([x] * n), axis=axis) if n else slice_axis(x, axis, 0, 0)
        return x


OPS["tile"] = tile


def slice_axis(x: Node, axis: int, start: int | None, stop: int | None) -> Node:
    """Return x[start:stop] along one axis."""
    key: list[Any] = [slice(None)] * x.ndim
    key[axis] = slice(start, stop)
    return x[tuple(key)]


@op
class one_hot(Op):
    """A row of zeros with a one at each index; an index out of range gives zeros."""

    depth: int
    dtype: str = "float32"
    differentiable = False

    def infer(self, x: Spec) -> Spec:
        return Spec((*x.shape, self.depth), self.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        classes = xp.arange(self.depth, dtype=x.dtype)
        xp.copyto(out, xp.equal(xp.expand_dims(x, -1), classes), casting="unsafe")


@op
class arange(Op):
    """Numbers from `start` up to `stop`; start, stop and step must be known when the graph runs."""

    dtype: str = "int32"
    differentiable = False

    def infer(self, start: Spec, stop: Spec, step: Spec) -> Spec:
        if start.value is None or stop.value is None or step.value is None:
            return Spec((None,), self.dtype)
        ends: Any = [np.asarray(s.value).item() for s in (start, stop, step)]
        value = np.arange(*ends, dtype=self.dtype)
        return Spec(value.shape, self.dtype, value)

    def run(self, xp: Any, start: Any, stop: Any, step: Any, *, out: Any) -> None:
        for i in range(len(out)):
            out[i] = start + i * step


@op
class contiguous(Op):
    """A copy in C order."""

    linear = (0,)

    def infer(self, x: Spec) -> Spec:
        return Spec(x.shape, x.dtype)

    def run(self, xp: Any, x: Any, *, out: Any) -> None:
        xp.copyto(out, x)

    def grad(self, y: Node, dy: Node, x: Node) -> Grads:
        return [dy]
