"""Elementwise chains as kernels take them: a description, and a table of where the arrays lie.

A chain is told by its steps, which know their operands by number, and by how its arrays lie. Sizes,
strides and addresses are not part of it: they stand in a table that the kernel reads, one line (a
job) for each set of arrays. So one kernel serves all batch sizes, and an optimizer's update of all
weights is one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

FLOATS = ("float32", "float64")
NUMBERS = (*FLOATS, "int32", "int64")
TESTS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
LOGIC = {"logical_and", "logical_or", "logical_not"}
EXACT = {"divide", "reciprocal", "sqrt", "floor", "ceil", "round"}  # on floats
EITHER = {"add", "subtract", "multiply", "maximum", "minimum", "negative", "absolute", "sign"}
EITHER |= {"square", "relu"}  # on floats and integers
POWERS = (-1.0, 2.0, 3.0)
# How far off a result may be, in units of its last digit. The other ops give what NumPy gives.
ULPS = {"exp": 1, "expm1": 2, "log": 1, "log1p": 2, "tanh": 3, "sigmoid": 3, "softplus": 3}
ULPS |= {"power": 3}


class Step(NamedTuple):
    """One op of a chain.

    Attributes:
        name: what is done: an op's name.
        type: type of the result.
        operands: numbers: i is the array i, ~i (negative) is the result of step i.
        exponent: of 'power'; nothing for other ops.
    """

    name: str
    type: str
    operands: tuple[int, ...]
    exponent: float | None = None


class Chain(NamedTuple):
    """A chain, apart from its sizes.

    Attributes:
        steps: what is done, in order.
        types: of the arrays: first those that are read, then those that are written.
        inner: for each array, how its entries follow along the last axis: 0 all the same number,
            1 one after the other, 2 otherwise.
        ndim: number of axes.
        written: the steps whose results are the arrays that are written.
    """

    steps: tuple[Step, ...]
    types: tuple[str, ...]
    inner: tuple[int, ...]
    ndim: int
    written: tuple[int, ...]


def supported(step: Step, types: Sequence[str]) -> bool:
    """Whether kernels can do this step on operands of these types."""
    known = {*types}
    if step.name == "cast":
        return step.type in (*NUMBERS, "bool") and known <= {*NUMBERS, "bool", "uint8"}
    if step.name in TESTS:
        return known <= {*NUMBERS, "bool"}
    if step.name in LOGIC:
        return known == {"bool"}
    if step.name == "power":
        return step.exponent in POWERS and step.type in FLOATS
    if step.name == "where":
        return step.type in NUMBERS and types[0] == "bool" and known <= {*NUMBERS, "bool"}
    kinds = NUMBERS if step.name in EITHER else FLOATS if step.name in EXACT | {*ULPS} else ()
    return step.type in kinds and known <= {*kinds, "bool"}


def line(arrays: Sequence[np.ndarray]) -> list[int]:
    """Return one line of the table: addresses, sizes, and strides in bytes.

    Args:
        arrays: those that are read and those that are written, all of one shape.
    """
    shape = arrays[0].shape
    addresses = [a.__array_interface__["data"][0] for a in arrays]
    return [*addresses, *shape, *(n for a in arrays for n in a.strides)]


def lie(array: np.ndarray) -> int:
    """Return how an array's entries follow along the last axis, for `Chain.inner`."""
    stride = array.strides[-1]
    return 1 if stride == array.itemsize or not array.size else 2 if stride else 0
