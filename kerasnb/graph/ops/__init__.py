"""All ops: `ops.tanh(x)` makes a node. The modules register them; nothing is listed twice."""

from __future__ import annotations

from typing import Any

from ..node import OPS
from . import (
    ctc,
    gru,
    index,
    indexing,
    linalg,
    lstm,
    math,
    nn,
    pool,
    random,
    reduce,
    rnn,
    rows,
    shape,
)
from .conv import conv, depthwise_conv
from .linalg import tensordot
from .printing import printed
from .random import dropout
from .shape import reshape_as, slice_axis

__all__ = [
    "conv",
    "ctc",
    "depthwise_conv",
    "dropout",
    "gru",
    "index",
    "indexing",
    "linalg",
    "lstm",
    "math",
    "nn",
    "pool",
    "printed",
    "random",
    "reduce",
    "reshape_as",
    "rnn",
    "shape",
    "slice_axis",
    "rows",
    "tensordot",
]


def __getattr__(name: str) -> Any:
    try:
        return OPS[name]
    except KeyError:
        raise AttributeError(f"there is no op {name!r}") from None
