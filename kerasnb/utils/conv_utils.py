"""Sizes and settings of convolutions and poolings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend import normalize_data_format as normalize_data_format


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """Return an integer as a tuple of `n` equal ones, and check a tuple of `n` integers.

    Args:
        value: an integer or `n` of them.
        n: how many are needed.
        name: the argument's name, for the error.

    Raises:
        ValueError: if it is neither.
    """
    values = (value,) * n if isinstance(value, int | np.integer) else value
    try:
        result = tuple(int(v) for v in values)
    except (TypeError, ValueError):
        result = ()
    if len(result) != n or any(v != w for v, w in zip(result, values, strict=True)):
        raise ValueError(
            f"The `{name}` argument must be an integer or a tuple of {n} integers; got {value!r}."
        )
    return result


def normalize_padding(value: str) -> str:
    """Return a padding in lower case: "valid", "same" or "causal"."""
    padding = value.lower() if isinstance(value, str) else value
    if padding not in ("valid", "same", "causal"):
        raise ValueError(
            'The `padding` argument must be one of "valid", "same" (or "causal" for Conv1D); '
            f"got {value!r}."
        )
    return padding


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """Return how many places a window has along an axis.

    Args:
        input_length: size of the axis, or None.
        filter_size: size of the window.
        padding: "valid", "same", "causal" or "full".
        stride: step of the window.
        dilation: distance of the window's taps.

    Example:
        >>> conv_output_length(28, 3, "valid", 1), conv_output_length(28, 3, "same", 2)
        (26, 14)
    """
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation
    if padding not in ("valid", "same", "causal", "full"):
        raise ValueError(f'padding must be "valid", "same", "causal" or "full"; got {padding!r}.')
    length = input_length + {"valid": -reach, "full": reach}.get(padding, 0)
    return (length + stride - 1) // stride


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """Return the input size from which a window makes `output_length` places."""
    if output_length is None:
        return None
    pad = {"valid": 0, "same": filter_size // 2, "full": filter_size - 1}
    if padding not in pad:
        raise ValueError(f'padding must be "valid", "same" or "full"; got {padding!r}.')
    return (output_length - 1) * stride - 2 * pad[padding] + filter_size


def deconv_length(
    dim_size: int | None,
    stride_size: int,
    kernel_size: int,
    padding: str,
    output_padding: int | None,
    dilation: int = 1,
) -> int | None:
    """Return the output size of a transposed convolution along an axis.

    Args:
        dim_size: size of the input's axis, or None.
        stride_size: stride.
        kernel_size: size of the window.
        padding: "valid", "same" or "full".
        output_padding: how much is added on one side; None lets the stride decide.
        dilation: distance of the window's taps.
    """
    if dim_size is None:
        return None
    if padding not in ("valid", "same", "full"):
        raise ValueError(f'padding must be "valid", "same" or "full"; got {padding!r}.')
    kernel = kernel_size + (kernel_size - 1) * (dilation - 1)
    if output_padding is None:
        extra = {"valid": max(kernel - stride_size, 0), "same": 0, "full": 2 - stride_size - kernel}
        return dim_size * stride_size + extra[padding]
    pad = {"valid": 0, "same": kernel // 2, "full": kernel - 1}[padding]
    return (dim_size - 1) * stride_size + kernel - 2 * pad + output_padding


def convert_kernel(kernel: np.ndarray) -> np.ndarray:
    """Return a convolution kernel turned by 180 degrees in space: Theano's from ours, and back.

    Args:
        kernel: array of shape (spatial sizes, input channels, output channels).
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(f"A convolution kernel has 3 to 5 axes; got shape {kernel.shape}.")
    return np.flip(kernel, axis=tuple(range(kernel.ndim - 2))).copy()
