"""Random numbers. Every op has a stream of its own, so two of them are never merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...array import Stream
from ..node import Node, Spec, as_node
from ..op import Op, family, op
from .index import given_shape
from .shape import shape_of


@family
class Draw(Op):
    """An op that fills a shape with random numbers.

    The shape is the input: a tuple, or a vector that must be known when the graph is run.
    `known` says what is known of it while the graph is built.
    """

    stream: Stream
    dtype: str = "float32"
    known: tuple[int | None, ...] | None = None
    differentiable = False

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        (shape,) = inputs
        if isinstance(shape, tuple | list) and not any(isinstance(n, Node) for n in shape):
            shape = np.array(shape, "int32")
        return (as_node(shape),)

    def infer(self, shape: Spec) -> Spec:
        return Spec(given_shape(shape, self.known), self.dtype)

    def scale(self, xp: Any, out: Any, factor: float, offset: float) -> None:
        """Multiply and shift `out`."""
        if factor != 1:
            xp.multiply(out, factor, out)
        if offset != 0:
            xp.add(out, offset, out)


@op
class random_uniform(Draw):
    """Numbers from [low, high), all equally likely; whole ones if the type is an integer."""

    low: float = 0.0
    high: float = 1.0

    def run(self, xp: Any, shape: Any, *, out: Any) -> None:
        generator = self.stream.generator(xp)
        if out.dtype.kind == "f":
            xp.fill_uniform(generator, out)
            self.scale(xp, out, self.high - self.low, self.low)
            if (self.low, self.high) != (0, 1):  # rounding may reach `high`
                low, high = out.dtype.type(self.low), out.dtype.type(self.high)
                xp.minimum(out, np.nextafter(high, low), out=out)
        else:
            numbers = xp.scratch(out.shape, "float64")
            xp.fill_uniform(generator, numbers)
            self.scale(xp, numbers, self.high - self.low, self.low)
            xp.copyto(out, xp.floor(numbers, numbers), casting="unsafe")


@op
class random_normal(Draw):
    """Numbers of the normal distribution."""

    mean: float = 0.0
    stddev: float = 1.0

    def run(self, xp: Any, shape: Any, *, out: Any) -> None:
        xp.fill_normal(self.stream.generator(xp), out)
        self.scale(xp, out, self.stddev, self.mean)


@op
class truncated_normal(Draw):
    """Numbers of the normal distribution; those over two deviations away are drawn again."""

    mean: float = 0.0
    stddev: float = 1.0

    def run(self, xp: Any, shape: Any, *, out: Any) -> None:
        xp.fill_truncated(self.stream.generator(xp), out)
        self.scale(xp, out, self.stddev, self.mean)


@op
class random_binomial(Draw):
    """Ones with probability `p`, zeros otherwise."""

    p: float = 0.0

    def run(self, xp: Any, shape: Any, *, out: Any) -> None:
        numbers = xp.scratch(out.shape, "float32")
        xp.fill_uniform(self.stream.generator(xp), numbers)
        hits = xp.scratch(out.shape, "bool", 1)
        xp.copyto(out, xp.less(numbers, self.p, hits), casting="unsafe")


@op
class random_mask(Draw):
    """True with probability `keep`, false otherwise; `keep` counts in steps of 1/65536."""

    keep: float = 1.0
    dtype: str = "bool"

    def run(self, xp: Any, shape: Any, *, out: Any) -> None:
        self.bind(xp, (shape,), out)()

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        fill = xp.keep_mask(self.keep, out)
        return lambda: fill(self.stream.generator(xp))


def dropout(
    x: Node, rate: float, stream: Stream, noise_shape: Sequence[int | Node | None] | None = None
) -> tuple[Node, Node]:
    """Set entries of `x` to zero with probability `rate` and scale the others to keep the mean.

    y = x * mask / (1 - rate)

    Args:
        x: tensor.
        rate: part of the entries that is dropped, from 0 to 1.
        stream: random stream.
        noise_shape: shape of the mask, which is broadcast to that of `x`; None counts as the size
            that `x` has, and sizes may be tensors. By default every entry has a random number of its own.

    Returns:
        y, and the mask: true where an entry is kept.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"dropout: got rate {rate}; needs a number from 0 to 1.")
    shape: Any = shape_of(x)
    known = x.shape
    if noise_shape is not None:
        if len(noise_shape) != x.ndim:
            raise ValueError(
                f"dropout: got noise_shape {tuple(noise_shape)} for shape {x.shape}; "
                f"needs {x.ndim} sizes."
            )
        known = tuple(
            m if n is None else None if isinstance(n, Node) else n
            for n, m in zip(noise_shape, x.shape, strict=True)
        )
        if None in known:
            shape = [shape[i] if n is None else n for i, n in enumerate(noise_shape)]
        else:
            shape = known
    mask = random_mask(shape, stream=stream, keep=1.0 - rate, known=known)
    return x * mask * (1.0 / (1.0 - rate) if rate < 1 else 0.0), mask
