"""Convolution and pooling in one to three dimensions, with channels last or first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..graph import Node, ops
from .config import normalize_data_format
from .variables import symbolic_shape

__all__ = [
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "depthwise_conv2d",
    "pool2d",
    "pool3d",
    "separable_conv1d",
    "separable_conv2d",
]

Sizes = int | Sequence[int]


def _sizes(value: Sizes, rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else tuple(int(n) for n in value)


def _channels_last(x: Node, data_format: str | None, work: Callable[[Node], Node]) -> Node:
    """Do `work`, which takes and returns tensors with channels last, in either format."""
    if normalize_data_format(data_format) == "channels_last":
        return work(x)
    inner = tuple(range(2, x.ndim))
    y = work(ops.transpose(x, perm=(0, *inner, 1)))
    return ops.transpose(y, perm=(0, y.ndim - 1, *range(1, y.ndim - 1)))


def _check_padding(padding: str, allowed: Sequence[str] = ("valid", "same")) -> None:
    if padding not in allowed:
        raise ValueError(f"padding: got {padding!r}; needs {' or '.join(map(repr, allowed))}.")


def _conv(
    rank: int,
    x: Node,
    kernel: Node,
    strides: Sizes,
    padding: str,
    data_format: str | None,
    dilation_rate: Sizes,
) -> Node:
    strides, dilation = _sizes(strides, rank), _sizes(dilation_rate, rank)
    if max(strides) > 1 and max(dilation) > 1:
        raise ValueError(
            f"conv{rank}d: got strides {strides} and dilation_rate {dilation}; one of them must be 1."
        )
    return _channels_last(
        x,
        data_format,
        lambda t: ops.conv(t, kernel, strides=strides, padding=padding, dilation=dilation),
    )


def conv1d(
    x: Node,
    kernel: Node,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Node:
    """1-D convolution.

    Args:
        x: tensor (samples, steps, channels), or (samples, channels, steps).
        kernel: tensor (size, channels, filters).
        strides: steps from one place to the next.
        padding: 'valid', 'same', or 'causal' (each result sees what is at or before its place).
        data_format: 'channels_last' or 'channels_first'.
        dilation_rate: distance of the entries that a kernel sees.
    """
    _check_padding(padding, ("valid", "same", "causal"))
    if padding == "causal":
        left = _sizes(dilation_rate, 1)[0] * (kernel.shape[0] - 1)  # type: ignore[operator]
        last = normalize_data_format(data_format) == "channels_last"
        x = ops.pad(x, padding=((0, 0), (left, 0), (0, 0)) if last else ((0, 0), (0, 0), (left, 0)))
        padding = "valid"
    return _conv(1, x, kernel, strides, padding, data_format, dilation_rate)


def conv2d(
    x: Node,
    kernel: Node,
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1),
) -> Node:
    """2-D convolution of (samples, rows, columns, channels) with (rows, columns, channels, filters).

    See `conv1d` for the arguments.
    """
    _check_padding(padding)
    return _conv(2, x, kernel, strides, padding, data_format, dilation_rate)


def conv3d(
    x: Node,
    kernel: Node,
    strides: Sizes = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1, 1),
) -> Node:
    """3-D convolution; see `conv1d` for the arguments."""
    _check_padding(padding)
    return _conv(3, x, kernel, strides, padding, data_format, dilation_rate)


def _conv_transpose(
    rank: int,
    x: Node,
    kernel: Node,
    output_shape: Any,
    strides: Sizes,
    padding: str,
    data_format: str | None,
    dilation_rate: Sizes,
) -> Node:
    _check_padding(padding)
    sizes = list(output_shape)
    if normalize_data_format(data_format) == "channels_first":
        sizes = [sizes[0], *sizes[2:], sizes[1]]
    if sizes[0] is None or sizes[0] == -1:
        sizes[0] = ops.shape_of(x)[0]
    known = tuple(None if isinstance(n, Node) else int(n) for n in sizes)
    return _channels_last(
        x,
        data_format,
        lambda t: ops.conv_input_grad(
            t,
            kernel,
            symbolic_shape(sizes),
            known=known,
            strides=_sizes(strides, rank),
            padding=padding,
            dilation=_sizes(dilation_rate, rank),
        ),
    )


def conv2d_transpose(
    x: Node,
    kernel: Node,
    output_shape: Any,
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1),
) -> Node:
    """2-D transposed convolution: the gradient of `conv2d` by its input.

    Args:
        x: tensor (samples, rows, columns, channels), or with channels first.
        kernel: tensor (rows, columns, filters, channels).
        output_shape: shape of the result; its sizes may be tensors.
        strides: strides of the convolution that it is the gradient of.
        padding: 'valid' or 'same'.
        data_format: 'channels_last' or 'channels_first'.
        dilation_rate: distance of the entries that a kernel sees.
    """
    return _conv_transpose(2, x, kernel, output_shape, strides, padding, data_format, dilation_rate)


def conv3d_transpose(
    x: Node,
    kernel: Node,
    output_shape: Any,
    strides: Sizes = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
) -> Node:
    """3-D transposed convolution; see `conv2d_transpose` for the arguments."""
    return _conv_transpose(3, x, kernel, output_shape, strides, padding, data_format, 1)


def depthwise_conv2d(
    x: Node,
    depthwise_kernel: Node,
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1),
) -> Node:
    """2-D convolution of each channel by itself.

    Args:
        x: tensor (samples, rows, columns, channels), or with channels first.
        depthwise_kernel: tensor (rows, columns, channels, multiplier).
        strides: steps from one place to the next.
        padding: 'valid' or 'same'.
        data_format: 'channels_last' or 'channels_first'.
        dilation_rate: distance of the entries that a kernel sees.
    """
    _check_padding(padding)
    return _depthwise(2, x, depthwise_kernel, strides, padding, data_format, dilation_rate)


def _depthwise(
    rank: int,
    x: Node,
    kernel: Node,
    strides: Sizes,
    padding: str,
    data_format: str | None,
    dilation_rate: Sizes,
) -> Node:
    channels: Any = kernel.shape[-2]
    flat = ops.expand_dims(ops.merge_axes(kernel, start=rank), axis=rank)

    def work(t: Node) -> Node:
        return ops.conv(
            t,
            flat,
            strides=_sizes(strides, rank),
            padding=padding,
            dilation=_sizes(dilation_rate, rank),
            groups=channels,
        )

    return _channels_last(x, data_format, work)


def separable_conv2d(
    x: Node,
    depthwise_kernel: Node,
    pointwise_kernel: Node,
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1),
) -> Node:
    """`depthwise_conv2d`, then a convolution with a kernel (1, 1, channels, filters)."""
    _check_padding(padding)
    y = _depthwise(2, x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return _conv(2, y, pointwise_kernel, 1, "valid", data_format, 1)


def separable_conv1d(
    x: Node,
    depthwise_kernel: Node,
    pointwise_kernel: Node,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Node:
    """Convolution of each channel by itself, then one with a kernel (1, channels, filters)."""
    _check_padding(padding)
    y = _depthwise(1, x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return _conv(1, y, pointwise_kernel, 1, "valid", data_format, 1)


def _pool(
    rank: int,
    x: Node,
    pool_size: Sizes,
    strides: Sizes,
    padding: str,
    data_format: str | None,
    pool_mode: str,
) -> Node:
    _check_padding(padding)
    window = {"size": _sizes(pool_size, rank), "strides": _sizes(strides, rank), "padding": padding}
    if pool_mode == "max":
        return _channels_last(x, data_format, lambda t: ops.max_pool(t, **window)[0])
    if pool_mode == "avg":
        return _channels_last(x, data_format, lambda t: ops.avg_pool(t, **window))
    raise ValueError(f"pool_mode: got {pool_mode!r}; needs 'max' or 'avg'.")


def pool2d(
    x: Node,
    pool_size: Sizes,
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Node:
    """Largest value ('max') or mean ('avg') in each window of (samples, rows, columns, channels)."""
    return _pool(2, x, pool_size, strides, padding, data_format, pool_mode)


def pool3d(
    x: Node,
    pool_size: Sizes,
    strides: Sizes = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Node:
    """Largest value ('max') or mean ('avg') in each window of volumes."""
    return _pool(3, x, pool_size, strides, padding, data_format, pool_mode)
