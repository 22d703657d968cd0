"""Tensors in other shapes: moving, joining, cutting, repeating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph import Node, as_node, ops
from .config import normalize_data_format
from .variables import symbolic_shape

__all__ = [
    "arange",
    "batch_flatten",
    "concatenate",
    "expand_dims",
    "flatten",
    "gather",
    "one_hot",
    "pattern_broadcast",
    "permute_dimensions",
    "repeat",
    "repeat_elements",
    "reshape",
    "resize_images",
    "resize_volumes",
    "reverse",
    "slice",
    "spatial_2d_padding",
    "spatial_3d_padding",
    "squeeze",
    "stack",
    "temporal_padding",
    "tile",
    "transpose",
]

Pair = Sequence[int]


def transpose(x: Node) -> Node:
    """Reverse the order of the axes."""
    x = as_node(x)
    return ops.transpose(x, perm=tuple(range(x.ndim))[::-1])


def permute_dimensions(x: Node, pattern: Sequence[int]) -> Node:
    """Put the axes in another order."""
    return ops.transpose(x, perm=tuple(int(a) for a in pattern))


def reshape(x: Node, shape: Any) -> Node:
    """Give x another shape: numbers (one of them -1, to be computed), tensors, or a tensor."""
    if isinstance(shape, Node):
        return ops.reshape_to(x, shape)
    if any(isinstance(n, Node) for n in shape):
        known = tuple(None if isinstance(n, Node) or n == -1 else int(n) for n in shape)
        return ops.reshape_to(x, symbolic_shape(shape), known=known)
    sizes = tuple(-1 if n is None else int(n) for n in shape)
    if sizes.count(-1) > 1:
        raise ValueError(f"reshape: got shape {tuple(shape)}; at most one size may be -1.")
    return ops.reshape(x, shape=sizes)


def flatten(x: Node) -> Node:
    """All entries in one axis."""
    return ops.merge_axes(x, start=0)


def batch_flatten(x: Node) -> Node:
    """All axes but the first as one."""
    return ops.merge_axes(x, start=1)


def expand_dims(x: Node, axis: int = -1) -> Node:
    """A new axis of size 1."""
    return ops.expand_dims(x, axis=axis)


def squeeze(x: Node, axis: int) -> Node:
    """Take away an axis of size 1."""
    return ops.squeeze(x, axis=axis)


def concatenate(tensors: Sequence[Node], axis: int = -1) -> Node:
    """Tensors one after the other along an axis."""
    return ops.concatenate(*tensors, axis=axis)


def stack(x: Sequence[Any], axis: int = 0) -> Node:
    """Tensors of equal shape along a new axis."""
    return ops.stack(*x, axis=axis)


def gather(reference: Node, indices: Any) -> Node:
    """Entries of `reference` along its first axis."""
    return ops.take(reference, indices, axis=0)


def slice(x: Node, start: Any, size: Any) -> Node:
    """Part of x: `size` entries from `start` on, for each axis; -1 means all that are left.

    Args:
        x: tensor.
        start: where the part begins on each axis: integers, or a vector of them.
        size: how many entries it has on each axis: integers, or a vector of them.
    """
    x = as_node(x)
    starts, sizes = _entries(start), _entries(size)
    if len(starts) != x.ndim or len(sizes) != x.ndim:
        raise ValueError(
            f"slice: got start {start!r} and size {size!r} for shape {x.shape}; "
            f"needs {x.ndim} numbers each."
        )
    cuts: list[Any] = []
    for a, n, whole in zip(starts, sizes, x.shape, strict=True):
        if isinstance(n, Node):
            cuts.append(np.s_[a : ops.where(n < 0, ops.shape_of(x)[len(cuts)], n + a)])
            continue
        stop = None if n == -1 else a + n
        beyond = whole is not None and not isinstance(a, Node) and (stop or a) > whole
        if beyond or n < -1 or (not isinstance(a, Node) and a < 0):
            raise ValueError(
                f"slice: got start {a} and size {n} for axis {len(cuts)}, of size {whole}."
            )
        cuts.append(np.s_[a:stop])
    return x[tuple(cuts)]


def _entries(vector: Any) -> list[Any]:
    """Return the entries of a vector: tensors, or numbers where they are known."""
    entries = list(vector)
    return [n if isinstance(n, Node) and n.value is None else int(_value(n)) for n in entries]


def _value(n: Any) -> Any:
    return n.value if isinstance(n, Node) else n


def reverse(x: Node, axes: int | Sequence[int]) -> Node:
    """Reverse the order of the entries along axes."""
    return ops.reverse(x, axes=(axes,) if isinstance(axes, int) else tuple(axes))


def one_hot(indices: Node, num_classes: int) -> Node:
    """Rows of zeros with a one at each index."""
    return ops.one_hot(indices, depth=int(num_classes))


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> Node:
    """Numbers from start up to stop (from 0 up to `start`, if that is the only one)."""
    if stop is None:
        start, stop = 0, start
    return ops.arange(as_node(start), as_node(stop), as_node(step), dtype=dtype)


def tile(x: Node, n: Any) -> Node:
    """x repeated as a whole, n[i] times along axis i; a number, or tensors, will do for n."""
    x = as_node(x)
    reps = [int(n)] if isinstance(n, int | np.integer) else _entries(n)
    if len(reps) > x.ndim:
        raise ValueError(f"tile: got {len(reps)} numbers for shape {x.shape}; needs {x.ndim}.")
    reps = [1] * (x.ndim - len(reps)) + reps
    for axis, times in enumerate(reps):
        if isinstance(times, Node):
            size = ops.shape_of(x)[axis]
            x = ops.take(x, ops.arange(0, size * times, 1) % size, axis=axis)
    return ops.tile(x, reps=tuple(1 if isinstance(k, Node) else k for k in reps))


def repeat_elements(x: Node, rep: int, axis: int) -> Node:
    """Each entry `rep` times in a row along an axis."""
    return ops.repeat(x, times=int(rep), axis=axis)


def repeat(x: Node, n: int) -> Node:
    """(samples, size) as (samples, n, size)."""
    x = as_node(x)
    if x.ndim != 2:
        raise ValueError(f"repeat: got shape {x.shape}; needs two axes (samples, size).")
    return ops.repeat(ops.expand_dims(x, axis=1), times=int(n), axis=1)


def temporal_padding(x: Node, padding: Pair = (1, 1)) -> Node:
    """Zeros before and after the middle axis of (samples, steps, size)."""
    x = as_node(x)
    if x.ndim != 3:
        raise ValueError(f"temporal_padding: got shape {x.shape}; needs three axes.")
    return ops.pad(x, padding=((0, 0), _pair(padding, "temporal_padding"), (0, 0)))


def spatial_2d_padding(
    x: Node, padding: Sequence[Pair] = ((1, 1), (1, 1)), data_format: str | None = None
) -> Node:
    """Zeros around images: ((top, bottom), (left, right))."""
    return _pad_spatial(x, padding, data_format, 2, "spatial_2d_padding")


def spatial_3d_padding(
    x: Node, padding: Sequence[Pair] = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Node:
    """Zeros around volumes: a (before, after) pair for each of three axes."""
    return _pad_spatial(x, padding, data_format, 3, "spatial_3d_padding")


def _pair(padding: Pair, who: str) -> tuple[int, int]:
    if len(padding) != 2 or min(padding) < 0:
        raise ValueError(f"{who}: got padding {padding!r}; needs a pair (before, after).")
    before, after = padding
    return int(before), int(after)


def _pad_spatial(
    x: Node, padding: Sequence[Pair], data_format: str | None, rank: int, who: str
) -> Node:
    x = as_node(x)
    if x.ndim != rank + 2 or len(padding) != rank:
        raise ValueError(
            f"{who}: got shape {x.shape} and padding {padding!r}; needs {rank + 2} axes and "
            f"{rank} pairs."
        )
    inner = tuple(_pair(p, who) for p in padding)
    last = normalize_data_format(data_format) == "channels_last"
    outer = ((0, 0), *inner, (0, 0)) if last else ((0, 0), (0, 0), *inner)
    return ops.pad(x, padding=outer)


def resize_images(
    x: Node,
    height_factor: int,
    width_factor: int,
    data_format: str,
    interpolation: str = "nearest",
) -> Node:
    """Images made larger by whole factors, with 'nearest' or 'bilinear' interpolation.

    The place i of the result shows the place i / factor of the image.
    """
    factors = (int(height_factor), int(width_factor))
    if interpolation == "nearest":
        return _repeated(x, factors, data_format, "resize_images")
    if interpolation != "bilinear":
        raise ValueError(
            f"resize_images: got interpolation {interpolation!r}; needs 'nearest' or 'bilinear'."
        )
    x, first = _resizable(x, factors, data_format, "resize_images")
    for axis, factor in enumerate(factors, first):
        x = _stretch(x, factor, axis) if factor != 1 else x
    return x


def _resizable(
    x: Node, factors: Sequence[int], data_format: str | None, who: str
) -> tuple[Node, int]:
    """Return x as a node and the first of the axes that become longer."""
    x = as_node(x)
    if x.ndim != len(factors) + 2 or min(factors) < 1:
        raise ValueError(
            f"{who}: got shape {x.shape} and factors {tuple(factors)}; needs {len(factors) + 2} "
            "axes and positive integers."
        )
    return x, 1 if normalize_data_format(data_format) == "channels_last" else 2


def _repeated(x: Node, factors: Sequence[int], data_format: str | None, who: str) -> Node:
    x, first = _resizable(x, factors, data_format, who)
    for axis, factor in enumerate(factors, first):
        x = ops.repeat(x, times=factor, axis=axis) if factor != 1 else x
    return x


def _stretch(x: Node, factor: int, axis: int) -> Node:
    # Between an entry and the next, the values lie on a line; after the last they stay.
    last = ops.slice_axis(x, axis, -1, None)
    following = ops.concatenate(ops.slice_axis(x, axis, 1, None), last, axis=axis)
    shape = (1,) * (axis + 1) + (factor,) + (1,) * (x.ndim - axis - 1)
    part = (np.arange(factor) / factor).reshape(shape).astype(x.dtype)
    here, there = ops.expand_dims(x, axis=axis + 1), ops.expand_dims(following, axis=axis + 1)
    wide = here + (there - here) * part
    return ops.merge_axes(wide, start=axis, stop=axis + 2)


def resize_volumes(
    x: Node, depth_factor: int, height_factor: int, width_factor: int, data_format: str
) -> Node:
    """Volumes made larger by whole factors, each entry repeated."""
    factors = (int(depth_factor), int(height_factor), int(width_factor))
    return _repeated(x, factors, data_format, "resize_volumes")


def pattern_broadcast(x: Node, broadcastable: Sequence[bool]) -> Node:
    """Return x: which axes are broadcast follows from the sizes."""
    return x
