"""Convolution in one to three dimensions, channels last, and its two gradients.

The three ops are closed under differentiation: the gradients of each are the other two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ...array.compiled import images
from ..node import Node, Shape, Spec
from ..op import Op, family, match_types, op
from .depthwise import depthwise, depthwise_input, depthwise_kernel
from .index import given_shape
from .math import Grads
from .shape import concatenate, reshape_to, shape_of
from .window import Pairs, Sizes, Window, as_sizes

_MIN_ROWS, _MAX_ROWS = 512, 4096
_SHORT_ROW = 16  # entries: copies of shorter runs are slow


class _Sweep:
    """A walk over all places of a window, a block of them at a time.

    A block holds whole images, or some rows of one image, so that its work stays in cache.

    Args:
        xp: array module.
        x_shape: shape of the input (batch, ..., channels).
        window: the window.
        channels: channels that are read at once.
    """

    def __init__(self, xp: Any, x_shape: Sizes, window: Window, channels: int) -> None:
        self.xp, self.window, self.channels = xp, window, channels
        self.batch, self.sizes = x_shape[0], x_shape[1:-1]
        self.pads = window.pads(self.sizes)
        self.padded = any(a or b for a, b in self.pads)
        self.places: Sizes = window.places(self.sizes)  # type: ignore[assignment]
        self.length = math.prod(window.size) * channels  # of a row of columns
        rows = xp.CACHE // max(1, self.length)
        if xp.DEVICE == "cpu":
            rows = min(max(rows, _MIN_ROWS), _MAX_ROWS)
        each, inner = math.prod(self.places), math.prod(self.places[1:])
        self.images = max(1, min(self.batch, rows // max(1, each)))
        self.lines = max(1, min(self.places[0], rows // max(1, inner)))
        if each <= rows:
            self.lines = max(1, self.places[0])
        self.transposed = window.size[-1] * channels < _SHORT_ROW
        # Where windows neither overlap nor leave anything out, the input already is the columns.
        self.direct = not self.padded and (
            window.size == self.sizes
            if math.prod(window.size) > 1
            else window.strides == (1,) * len(self.sizes)
        )

    def padded_images(self, x: Any, fill: bool = True) -> Iterator[tuple[slice, Any]]:
        """Yield blocks of images: their numbers, and the images with zeros around them."""
        shape = [n + a + b for n, (a, b) in zip(self.sizes, self.pads, strict=True)]
        if self.padded:
            memory = self.xp.scratch((self.images, *shape, self.channels), x.dtype, 0)
            memory[...] = 0
        for start in range(0, self.batch, self.images):
            part = slice(start, min(start + self.images, self.batch))
            if not self.padded:
                yield part, x[part]
                continue
            block = memory[: part.stop - start]
            if fill:
                self.xp.copyto(self.inside(block), x[part])
            yield part, block

    def inside(self, block: Any) -> Any:
        """Return the images in a padded block."""
        cut = tuple(slice(a, a + n) for n, (a, _) in zip(self.sizes, self.pads, strict=True))
        return block[(slice(None),) + cut]

    def line_blocks(self) -> Iterator[slice]:
        """Yield the blocks of lines within an image."""
        for start in range(0, self.places[0], self.lines):
            yield slice(start, min(start + self.lines, self.places[0]))

    def columns(self, x: Any, y: Any) -> Iterator[tuple[Any, Any]]:
        """Yield what the window sees as a matrix, a row a place, and the rows of y beside it."""
        xp = self.xp
        if self.direct and x.flags.c_contiguous:
            x, y = x.reshape(-1, self.length), y.reshape(-1, y.shape[-1])
            step = self.images * math.prod(self.places) if self.images > 1 else _MIN_ROWS * 2
            for start in range(0, len(x), step):
                yield x[start : start + step], y[start : start + step]
            return
        for part, block in self.padded_images(x):
            view = self.windows(block)
            for lines in self.line_blocks():
                rows = y[part, lines]
                rows = rows.reshape(-1, rows.shape[-1])
                shape = (len(block), lines.stop - lines.start, *self.places[1:])
                inner = (*self.window.size, self.channels)
                if self.transposed:
                    matrix = xp.scratch((*inner, *shape), x.dtype, 1)
                    xp.copyto(matrix, view[(slice(None),) * (len(inner) + 1) + (lines,)])
                    yield matrix.reshape(self.length, -1).T, rows
                else:
                    matrix = xp.scratch((*shape, *inner), x.dtype, 1)
                    xp.copyto(matrix, view[:, lines])
                    yield matrix.reshape(-1, self.length), rows

    def windows(self, block: Any) -> Any:
        """Return the view (batch, places, window, channels) of padded images.

        Transposed, it is (window, channels, batch, places).
        """
        step = block.strides
        window = self.window
        places = [s * n for s, n in zip(window.strides, step[1:-1], strict=True)]
        inside = [d * n for d, n in zip(window.dilation, step[1:-1], strict=True)]
        outer = ((len(block), *self.places), (step[0], *places))
        inner = ((*window.size, self.channels), (*inside, step[-1]))
        first, last = (inner, outer) if self.transposed else (outer, inner)
        return self.xp.as_strided(block, first[0] + last[0], first[1] + last[1])


def _groups(number: int, channels: int, filters: int) -> Iterator[tuple[slice, slice]]:
    """Yield the input channels and the filters of each group."""
    c, f = channels // number, filters // number
    for g in range(number):
        yield slice(g * c, (g + 1) * c), slice(g * f, (g + 1) * f)


def correlate(xp: Any, x: Any, kernel: Any, window: Window, groups: int, out: Any) -> None:
    """Write the convolution of x with a kernel into `out`."""
    if kernel.shape[-2] == 1 < groups:
        depthwise(xp, x, kernel, window, out)
        return
    sweep = _Sweep(xp, x.shape, window, kernel.shape[-2])
    for c, f in _groups(groups, x.shape[-1], kernel.shape[-1]):
        matrix = kernel[..., f].reshape(sweep.length, -1)
        for columns, rows in sweep.columns(x[..., c], out[..., f]):
            xp.product(columns, matrix, rows)()


def correlate_input(xp: Any, dy: Any, kernel: Any, window: Window, groups: int, out: Any) -> None:
    """Write the gradient by the input of a convolution into `out`."""
    if kernel.shape[-2] == 1 < groups:
        depthwise_input(xp, dy, kernel, window, out)
        return
    sweep = _Sweep(xp, out.shape, window, kernel.shape[-2])
    around: Pairs = tuple(
        (span - 1 - a, n - 1 + span - p - (span - 1 - a))
        for span, n, p, (a, _) in zip(
            window.span, sweep.sizes, sweep.places, sweep.pads, strict=True
        )
    )
    if set(window.strides) == {1} and all(a >= 0 and b >= 0 for a, b in around):
        # The same as a convolution of dy with the kernel turned around.
        turned = xp.scratch((*window.size, kernel.shape[-1] // groups, out.shape[-1]), dy.dtype, 2)
        back = kernel[(slice(None, None, -1),) * len(window.size)]
        for c, f in _groups(groups, out.shape[-1], kernel.shape[-1]):
            xp.copyto(turned[..., c], xp.moveaxis(back[..., f], -1, -2))
        again = Window(window.size, window.strides, around, window.dilation)
        correlate(xp, dy, turned, again, groups, out)
        return
    if not sweep.padded:
        out[...] = 0
    for c, f in _groups(groups, out.shape[-1], kernel.shape[-1]):
        matrix = kernel[..., f].reshape(sweep.length, -1).T
        for part, block in sweep.padded_images(out[..., c], fill=False):
            if sweep.padded:
                block[...] = 0
            for lines in sweep.line_blocks():
                rows = dy[part, lines, ..., f]
                shape = (*rows.shape[:-1], *window.size, sweep.channels)
                seen = xp.scratch((math.prod(rows.shape[:-1]), sweep.length), dy.dtype, 1)
                xp.product(rows.reshape(len(seen), -1), matrix, seen)()
                seen = seen.reshape(math.prod(shape[: -len(window.size) - 1]), -1, shape[-1])
                below = block[:, lines.start * window.strides[0] :]
                for number, offsets in window.taps():
                    target = window.seen(below, offsets, rows.shape[1:-1])
                    xp.add(target, seen[:, number].reshape(target.shape), target)
            if sweep.padded:
                xp.copyto(out[part, ..., c], sweep.inside(block))


def correlate_kernel(xp: Any, x: Any, dy: Any, window: Window, groups: int, out: Any) -> None:
    """Write the gradient by the kernel of a convolution into `out`."""
    if out.shape[-2] == 1 < groups:
        depthwise_kernel(xp, x, dy, window, out)
        return
    out[...] = 0
    sweep = _Sweep(xp, x.shape, window, out.shape[-2])
    for c, f in _groups(groups, x.shape[-1], out.shape[-1]):
        total = out[..., f].reshape(sweep.length, -1)
        part = xp.scratch(total.shape, out.dtype, 2)
        for columns, rows in sweep.columns(x[..., c], dy[..., f]):
            # Sums of a few thousand places each: one long sum in float32 would lose digits.
            xp.product(columns.T, rows, part)()
            xp.add(total, part, total)


@family
class Convolution(Op):
    """The parameters that a convolution shares with its gradients."""

    strides: int | Sizes = 1
    padding: str | Pairs = "valid"
    dilation: int | Sizes = 1
    groups: int = 1
    linear = (0, 1)
    contiguous = (0, 1)

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        return (*match_types(inputs[:2]), *super().convert(inputs[2:]))

    def window(self, kernel: Shape) -> Window:
        """Return the window that a kernel of this shape is."""
        size: Any = kernel[:-2]
        return Window(
            size,
            as_sizes(self.strides, len(size), "strides"),
            self.padding,
            as_sizes(self.dilation, len(size), "dilation"),
        )

    def same(self) -> dict[str, Any]:
        """Return the parameters for another op of the family."""
        names = ("strides", "padding", "dilation", "groups")
        return {name: getattr(self, name) for name in names}

    def way(self, whole: Any, single: Any, x: Any, kernel: Any) -> Any:
        """Return who makes a compiled kernel: `whole` without groups, `single` for depthwise."""
        if self.groups == 1:
            return whole
        alone = self.groups == x.shape[-1] == kernel.shape[-1]
        return single if alone else lambda *arrays: None

    def walk(self, x: Shape, kernel: Shape) -> Any:
        """Return how the window moves, as compiled kernels take it."""
        sizes: Any = x[1:-1]
        return self.window(kernel).walk(sizes)

    def result(self, x: Shape, kernel: Shape) -> Shape:
        """Return the shape of the convolution of x with a kernel, after checking both."""
        rank = len(kernel) - 2
        if not 1 <= rank <= 3:
            raise ValueError(
                f"got a kernel of shape {kernel}; needs 1 to 3 sizes, channels and filters."
            )
        if len(x) != rank + 2:
            raise ValueError(
                f"got an input of shape {x} for a kernel of shape {kernel}; needs {rank + 2} axes: "
                f"batch, {rank} sizes and channels."
            )
        channels, each, filters = x[-1], kernel[-2], kernel[-1]
        if None not in (channels, each) and channels != each * self.groups:  # type: ignore[operator]
            raise ValueError(
                f"got an input of shape {x} with {channels} channels, but the kernel of shape "
                f"{kernel} takes {each * self.groups}."  # type: ignore[operator]
            )
        if filters is not None and filters % self.groups:
            raise ValueError(f"got {filters} filters, which {self.groups} groups cannot share.")
        if None in kernel[:-2]:
            return (x[0], *(None for _ in range(rank)), filters)
        return (x[0], *self.window(kernel).places(x[1:-1]), filters)


@op
class conv(Convolution):
    """Convolution of x (batch, ..., channels) with a kernel (..., channels / groups, filters).

    y[n, p, f] = sum over k, c of x[n, p * strides + k * dilation - before, c] * kernel[k, c, f]
    """

    def infer(self, x: Spec, kernel: Spec) -> Spec:
        return Spec(self.result(x.shape, kernel.shape), x.dtype)

    def run(self, xp: Any, x: Any, kernel: Any, *, out: Any) -> None:
        if out.size:
            correlate(xp, x, kernel, self.window(kernel.shape), self.groups, out)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        x, kernel = arrays
        ask = self.way(images.conv, images.depthwise, x, kernel)
        made = ask(xp, x, kernel, out, self.walk(x.shape, kernel.shape))
        return made or super().bind(xp, arrays, out)

    def grad(self, y: Node, dy: Node, x: Node, kernel: Node) -> Grads:
        dx = conv_input_grad(dy, kernel, shape_of(x), known=x.shape, **self.same())
        dk = conv_kernel_grad(x, dy, shape_of(kernel), known=kernel.shape, **self.same())
        return [dx, dk]


@op
class conv_input_grad(Convolution):
    """Gradient of `conv` by x, of a given shape: also the transposed convolution."""

    known: tuple[int | None, ...] | None = None

    def infer(self, dy: Spec, kernel: Spec, shape: Spec) -> Spec:
        x = given_shape(shape, self.known)
        _expect(dy.shape, self.result(x, kernel.shape), x)
        return Spec(x, dy.dtype)

    def run(self, xp: Any, dy: Any, kernel: Any, shape: Any, *, out: Any) -> None:
        if dy.size:
            correlate_input(xp, dy, kernel, self.window(kernel.shape), self.groups, out)
        else:
            out[...] = 0

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        dy, kernel, _ = arrays
        ask = self.way(images.conv_input, images.depthwise_input, out, kernel)
        made = ask(xp, dy, kernel, out, self.walk(out.shape, kernel.shape))
        return made or super().bind(xp, arrays, out)

    def grad(self, y: Node, dz: Node, dy: Node, kernel: Node, shape: Node) -> Grads:
        dk = conv_kernel_grad(dz, dy, shape_of(kernel), known=kernel.shape, **self.same())
        return [conv(dz, kernel, **self.same()), dk, None]


@op
class conv_kernel_grad(Convolution):
    """Gradient of `conv` by the kernel, of a given shape."""

    known: tuple[int | None, ...] | None = None

    def infer(self, x: Spec, dy: Spec, shape: Spec) -> Spec:
        kernel = given_shape(shape, self.known)
        _expect(dy.shape, self.result(x.shape, kernel), x.shape)
        return Spec(kernel, x.dtype)

    def run(self, xp: Any, x: Any, dy: Any, shape: Any, *, out: Any) -> None:
        if dy.size:
            correlate_kernel(xp, x, dy, self.window(out.shape), self.groups, out)
        else:
            out[...] = 0

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Any:
        x, dy, _ = arrays
        ask = self.way(images.conv_kernel, images.depthwise_kernel, x, out)
        made = ask(xp, x, dy, out, self.walk(x.shape, out.shape))
        return made or super().bind(xp, arrays, out)

    def grad(self, y: Node, dz: Node, x: Node, dy: Node, shape: Node) -> Grads:
        dx = conv_input_grad(dy, dz, shape_of(x), known=x.shape, **self.same())
        return [dx, conv(x, dz, **self.same()), None]


def _expect(got: Shape, needed: Shape, x: Shape) -> None:
    if len(got) != len(needed) or any(
        None not in (n, m) and n != m for n, m in zip(got, needed, strict=True)
    ):
        raise ValueError(
            f"got shape {got}, but the convolution of an input of shape {x} has shape {needed}."
        )


def depthwise_conv(
    x: Node,
    kernel: Node,
    strides: int | Sizes = 1,
    padding: str | Pairs = "valid",
    dilation: int | Sizes = 1,
) -> Node:
    """Convolve every channel by itself: a convolution with as many groups as channels.

    Args:
        x: tensor (batch, ..., channels).
        kernel: tensor (..., channels, filters of each channel).
        strides, padding, dilation: as `conv` takes them.

    Returns:
        Tensor (batch, ..., channels * filters of each channel).
    """
    channels, times = kernel.shape[-2:]
    if channels is None or times is None:
        raise ValueError(f"depthwise_conv: got a kernel of shape {kernel.shape}; needs its sizes.")
    known = (*kernel.shape[:-2], 1, channels * times)
    shape = concatenate(shape_of(kernel)[:-2], [1, channels * times], axis=0)
    merged = reshape_to(kernel, shape, known=known)
    return conv(x, merged, strides=strides, padding=padding, dilation=dilation, groups=channels)
