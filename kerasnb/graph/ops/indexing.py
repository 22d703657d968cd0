"""x[key], as Python and NumPy write it: slices, integers, and tensors or arrays of places."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import OPS, Node, as_node
from .index import needs_integers, take
from .math import cast, logical_and, maximum, minimum, where
from .shape import arange, merge_axes, plain_key, shape_of, slice_of, transpose


def getitem(x: Node, key: Any) -> Node:
    """Return x[key].

    Integers, slices, None and '...' give a view. Tensors and arrays of integers pick entries as
    in NumPy, and so do arrays of truth values; slices whose ends are tensors become such picks.
    """
    keys = list(key) if isinstance(key, tuple) else [key]
    if all(map(_is_plain, keys)):
        try:
            plain = plain_key(key, x.ndim)
        except (IndexError, TypeError) as error:
            raise type(error)(f"{x!r}: {error}") from None
        return slice_of(x, key=plain)
    keys = [m for k in keys for m in _spelled(k)]
    used = sum(k is not None and k is not Ellipsis for k in keys)
    if used > x.ndim:
        raise IndexError(f"{x!r}: got {used} indices for a tensor with {x.ndim} axes.")
    at = next((i for i, k in enumerate(keys) if k is Ellipsis), len(keys))
    keys[at : at + 1] = [slice(None)] * (x.ndim - used)
    picking = any(map(_is_pick, keys))
    simple: list[Any] = []  # first what is a view, then the picks
    picks: dict[int, Node] = {}
    for k in keys:
        if _is_pick(k) or (picking and isinstance(k, int | np.integer)):
            picks[len(_axes(simple))] = _places(k, x)
            k = slice(None)
        simple.append(k)
    ranges = {len(_axes(simple[:i])): k for i, k in enumerate(simple) if not _is_plain(k)}
    y = x[tuple(k if _is_plain(k) else slice(None) for k in simple)]
    for axis, k in ranges.items():
        y = take(y, _range(k, shape_of(y)[axis]), axis=axis)
    return _pick(y, picks) if picks else y


OPS["getitem"] = getitem


def _axes(simple: list[Any]) -> list[Any]:
    """Return the keys that leave an axis in the result."""
    return [k for k in simple if not isinstance(k, int | np.integer)]


def _is_plain(k: Any) -> bool:
    if isinstance(k, slice):
        return not any(isinstance(v, Node) for v in (k.start, k.stop, k.step))
    return not _is_pick(k)


def _is_pick(k: Any) -> bool:
    return isinstance(k, Node | np.ndarray | list | bool | np.bool_)


def _spelled(k: Any) -> list[Any]:
    """Return truth values as the places where they hold; anything else as it is."""
    if isinstance(k, Node) and k.dtype == "bool":
        raise TypeError(
            f"{k!r} as an index: how many entries it picks is known only when it is computed. "
            "Use K.switch, or multiply by K.cast(mask, K.floatx())."
        )
    if isinstance(k, bool | np.bool_):
        raise TypeError(f"got the index {k!r}; needs integers, slices, tensors, None or '...'.")
    if isinstance(k, Node) or not _is_pick(k) or any(isinstance(v, Node) for v in k):
        return [k]
    array = np.asarray(k)
    return list(np.nonzero(array)) if array.dtype == bool else [array]


def _places(k: Any, x: Node) -> Node:
    node = as_node(k)
    if node.value is not None and not node.value.size:
        node = cast(node, dtype="int32")  # an empty list has no type of its own
    needs_integers(node.spec, f"{x!r}: the indices")
    return node


def _range(k: slice, size: Node) -> Node:
    """Return the places of a slice, with the ends moved inside as Python does."""
    step = as_node(1 if k.step is None else k.step)
    forward = step > 0

    def end(value: Any, default: Any) -> Node:
        if value is None:
            return default
        node = cast(value, dtype="int32")
        node = where(node < 0, node + size, node)
        low, high = where(forward, 0, -1), where(forward, size, size - 1)
        return minimum(maximum(node, low), high)

    start = end(k.start, where(forward, 0, size - 1))
    return arange(start, end(k.stop, where(forward, size, -1)), step)


def _pick(x: Node, picks: dict[int, Node]) -> Node:
    """Return the entries of x at places on some axes, where NumPy puts them."""
    sizes = shape_of(x)
    for a, i in picks.items():
        size = x.shape[a]
        if size is not None and i.value is not None and i.value.size:
            low, high = i.value.min(), i.value.max()
            if low < -size or high >= size:
                bad = low if low < -size else high
                raise IndexError(f"{x!r}: got index {bad} for axis {a}, of size {size}.")
    wrapped = {a: where(i < 0, i + sizes[a], i) for a, i in picks.items()}
    if len(picks) == 1:
        ((axis, index),) = wrapped.items()
        return take(x, index, axis=axis)
    axes = list(picks)
    rest = [a for a in range(x.ndim) if a not in axes]
    flat: Any = 0
    fits: Any = True
    for a, i in wrapped.items():
        flat = flat * sizes[a] + i
        fits = logical_and(fits, logical_and(i >= 0, i < sizes[a]))
    flat = where(fits, flat, -1)  # which `take` refuses
    rows = merge_axes(transpose(x, perm=(*axes, *rest)), start=0, stop=len(axes))
    y = take(rows, flat, axis=0)
    if axes != list(range(axes[0], axes[0] + len(axes))):
        return y
    # The axes picked were neighbours: what was picked stands in their place.
    front = list(range(flat.ndim, flat.ndim + axes[0]))
    back = list(range(flat.ndim + axes[0], y.ndim))
    return transpose(y, perm=(*front, *range(flat.ndim), *back))
