"""Rows of a matrix that are picked by number, as those of an embedding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .asking import at
from .build import Kernel, Reg, once


def add_rows(out: np.ndarray, index: np.ndarray, values: np.ndarray) -> None:
    """Add row i of `values` to row `index[i]` of `out`, one after the other.

    Args:
        out: (rows, width), in C order.
        index: int32 or int64 (n,), in C order; from 0 to below rows.
        values: (n, width), in C order, of the type of `out`.
    """
    types = (out.dtype.name, index.dtype.name)
    run = once(("add_rows", *types), lambda: _write(*types))
    run(at(out), at(index), at(values), len(index), values.shape[1])


def _write(type: str, index_type: str) -> Callable[..., None]:
    k = Kernel("add_rows", f"{type}* {index_type}* {type}* int64 int64")
    out, index, values, count, width = k.arguments
    with k.loop(0, count) as i:
        target = out + k.cast(k.load(index + i), "int64") * width
        source = values + i * width

        def body(j: Reg, lanes: int) -> None:
            k.store(k.load(target + j, lanes) + k.load(source + j, lanes), target + j)

        k.sweep(width, body)
    return k.compile()
