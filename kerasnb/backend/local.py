"""Convolutions that share no weights: every place has a kernel of its own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ..graph import Node, ops
from .config import normalize_data_format

__all__ = ["local_conv1d", "local_conv2d"]


def local_conv1d(
    inputs: Node,
    kernel: Node,
    kernel_size: Sequence[int],
    strides: Sequence[int],
    data_format: str | None = None,
) -> Node:
    """1-D convolution with a kernel for each place.

    Args:
        inputs: tensor (samples, steps, channels), or (samples, channels, steps).
        kernel: tensor (places, size * channels, filters); with channels first a window is read
            channel by channel.
        kernel_size: steps of a window.
        strides: steps from one place to the next.
        data_format: 'channels_last' or 'channels_first'.

    Returns:
        Tensor (samples, places, filters), or (samples, filters, places).
    """
    return _local(inputs, kernel, kernel_size, strides, (kernel.shape[0],), data_format)


def local_conv2d(
    inputs: Node,
    kernel: Node,
    kernel_size: Sequence[int],
    strides: Sequence[int],
    output_shape: Sequence[int],
    data_format: str | None = None,
) -> Node:
    """2-D convolution with a kernel for each place.

    Args:
        inputs: tensor (samples, rows, columns, channels), or with channels first.
        kernel: tensor (places, rows * columns * channels, filters); with channels first a window
            is read channel by channel.
        kernel_size: rows and columns of a window.
        strides: steps from one place to the next.
        output_shape: rows and columns of the result.
        data_format: 'channels_last' or 'channels_first'.

    Returns:
        Tensor (samples, new rows, new columns, filters), or with channels first.
    """
    return _local(inputs, kernel, kernel_size, strides, output_shape, data_format)


def _local(
    x: Node,
    kernel: Node,
    kernel_size: Sequence[int],
    strides: Sequence[int],
    places: Sequence[Any],
    data_format: str | None,
) -> Node:
    first = normalize_data_format(data_format) == "channels_first"
    rank = len(places)
    # One slice for each entry of the window, not for each place: windows are smaller than images.
    seen = []
    for offsets in itertools.product(*map(range, kernel_size)):
        cut = [
            slice(o, o + (n - 1) * s + 1, s)
            for o, n, s in zip(offsets, places, strides, strict=True)
        ]
        key = (slice(None), slice(None), *cut) if first else (slice(None), *cut, slice(None))
        seen.append(x[key])
    windows = ops.stack(*seen, axis=2 if first else rank + 1)
    # Now (samples, *places, window, channels), or (samples, channels, window, *places): as
    # (places, samples, features) it is a batch of matrices, one for each place.
    inner = tuple(range(3, rank + 3)) if first else tuple(range(1, rank + 1))
    features = (1, 2) if first else (rank + 1, rank + 2)
    columns = ops.transpose(windows, perm=(*inner, 0, *features))
    columns = ops.merge_axes(ops.merge_axes(columns, start=rank + 1), start=0, stop=rank)
    product = ops.matmul(columns, kernel)
    split = ops.concatenate([int(n) for n in places], ops.shape_of(product)[1:], axis=0)
    known = (*places, *product.shape[1:])
    result = ops.reshape_to(product, split, known=known)
    order = (rank, rank + 1, *range(rank)) if first else (rank, *range(rank), rank + 1)
    return ops.transpose(result, perm=order)
