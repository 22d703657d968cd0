"""Cases of convolution, against sums written out."""

import itertools

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.make import exactly, joined, normal
from tests.graph.checks import Case


def pairs(padding, sizes, window, strides, dilation):
    """(before, after) of each axis, by TensorFlow's rules."""
    if padding == "valid":
        return [(0, 0)] * len(sizes)
    if padding != "same":
        return list(padding)
    result = []
    for n, k, s, d in zip(sizes, window, strides, dilation, strict=True):
        places = (n + s - 1) // s
        needed = max((places - 1) * s + (k - 1) * d + 1 - n, 0)
        result.append((needed // 2, needed - needed // 2))
    return result


def visits(x_shape, k_shape, strides, padding, dilation, groups):
    """Yield (place in y, place in x, place in kernel, channels, filters) of each product."""
    rank = len(k_shape) - 2
    around = pairs(padding, x_shape[1:-1], k_shape[:-2], strides, dilation)
    places = [
        (n + a + b - (k - 1) * d - 1) // s + 1
        for n, (a, b), k, s, d in zip(
            x_shape[1:-1], around, k_shape, strides, dilation, strict=False
        )
    ]
    c, f = k_shape[-2], k_shape[-1] // groups
    for place in itertools.product(*map(range, places)):
        for tap in itertools.product(*map(range, k_shape[:-2])):
            at = tuple(
                place[i] * strides[i] + tap[i] * dilation[i] - around[i][0] for i in range(rank)
            )
            if all(0 <= p < n for p, n in zip(at, x_shape[1:-1], strict=True)):
                for g in range(groups):
                    yield place, at, tap, slice(g * c, (g + 1) * c), slice(g * f, (g + 1) * f)


def places_of(x_shape, k_shape, strides, padding, dilation):
    around = pairs(padding, x_shape[1:-1], k_shape[:-2], strides, dilation)
    return tuple(
        (n + a + b - (k - 1) * d - 1) // s + 1
        for n, (a, b), k, s, d in zip(
            x_shape[1:-1], around, k_shape, strides, dilation, strict=False
        )
    )


def convolved(x, kernel, strides, padding, dilation, groups):
    y = np.zeros(
        (len(x), *places_of(x.shape, kernel.shape, strides, padding, dilation), kernel.shape[-1])
    )
    for p, at, tap, c, f in visits(x.shape, kernel.shape, strides, padding, dilation, groups):
        y[(slice(None), *p, f)] += x[(slice(None), *at, c)] @ kernel[(*tap, slice(None), f)]
    return y


def input_slope(dy, kernel, shape, strides, padding, dilation, groups):
    dx = np.zeros(tuple(shape))
    for p, at, tap, c, f in visits(dx.shape, kernel.shape, strides, padding, dilation, groups):
        dx[(slice(None), *at, c)] += dy[(slice(None), *p, f)] @ kernel[(*tap, slice(None), f)].T
    return dx


def kernel_slope(x, dy, shape, strides, padding, dilation, groups):
    dk = np.zeros(tuple(shape))
    for p, at, tap, c, f in visits(x.shape, dk.shape, strides, padding, dilation, groups):
        dk[(*tap, slice(None), f)] += x[(slice(None), *at, c)].T @ dy[(slice(None), *p, f)]
    return dk


# x, kernel, strides, padding, dilation, groups
SETTINGS = [
    ((2, 5, 6, 3), (3, 3, 3, 4), (1, 1), "valid", (1, 1), 1),
    ((2, 5, 6, 3), (3, 3, 3, 4), (1, 1), "same", (1, 1), 1),
    ((2, 5, 6, 1), (3, 2, 1, 4), (1, 1), "same", (1, 1), 1),
    ((2, 7, 6, 2), (3, 3, 2, 3), (2, 2), "same", (1, 1), 1),
    ((2, 7, 6, 2), (3, 2, 2, 3), (2, 3), "valid", (1, 1), 1),
    ((1, 3, 3, 2), (1, 1, 2, 3), (1, 1), "valid", (1, 1), 1),
    ((1, 4, 4, 2), (1, 1, 2, 3), (2, 2), "same", (1, 1), 1),
    ((3, 4, 5, 2), (4, 5, 2, 3), (1, 1), "valid", (1, 1), 1),
    ((1, 9, 8, 2), (3, 2, 2, 2), (1, 1), "valid", (2, 3), 1),
    ((1, 6, 6, 2), (3, 3, 2, 2), (1, 1), "same", (2, 1), 1),
    ((2, 5, 5, 4), (3, 3, 2, 6), (1, 1), "same", (1, 1), 2),
    ((2, 5, 5, 6), (2, 3, 2, 3), (2, 1), "valid", (1, 1), 3),
    ((2, 5, 5, 3), (3, 3, 1, 3), (1, 1), "same", (1, 1), 3),
    ((2, 5, 5, 3), (3, 3, 1, 6), (2, 2), "same", (1, 1), 3),
    ((2, 6, 5, 3), (2, 3, 1, 3), (1, 2), "valid", (2, 1), 3),
    ((2, 4, 5, 2), (3, 3, 2, 2), (1, 1), ((2, 0), (1, 3)), (1, 1), 1),
    ((2, 4, 4, 2), (2, 2, 2, 2), (3, 3), ((4, 3), (0, 5)), (1, 1), 1),
    ((2, 4, 4, 2), (2, 2, 2, 2), (1, 1), ((3, 3), (2, 2)), (1, 1), 1),
    ((2, 8, 3), (3, 3, 4), (1,), "valid", (1,), 1),
    ((2, 8, 3), (3, 3, 4), (1,), ((4, 0),), (2,), 1),
    ((2, 9, 2), (4, 2, 3), (3,), "same", (1,), 1),
    ((1, 3, 4, 3, 2), (2, 3, 2, 2, 3), (1, 1, 1), "same", (1, 1, 1), 1),
    ((1, 4, 5, 4, 2), (2, 2, 3, 1, 2), (2, 1, 2), "valid", (1, 2, 1), 2),
    ((0, 5, 6, 3), (3, 3, 3, 4), (1, 1), "valid", (1, 1), 1),
]
CASES = {"conv": [], "conv_input_grad": [], "conv_kernel_grad": []}
for _x, _k, _s, _p, _d, _g in SETTINGS:
    _params = {"strides": _s, "padding": _p, "dilation": _d, "groups": _g}
    _y = (_x[0], *places_of(_x, _k, _s, _p, _d), _k[-1])
    _label = f"{_x} {_k} {_s} {_p} {_d} {_g}"
    CASES["conv"].append(
        Case(
            lambda x, k, a=_params: ops.conv(x, k, **a),
            normal(_x, _k),
            lambda x, k, a=_params: convolved(x, k, **a),
            _label,
            scale=8.0,
        )
    )
    CASES["conv_input_grad"].append(
        Case(
            lambda d, k, s, a=_params: ops.conv_input_grad(d, k, s, **a),
            joined(normal(_y, _k), exactly(np.array(_x, "int32"))),
            lambda d, k, s, a=_params: input_slope(d, k, s, **a),
            _label,
            static=(2,),
            scale=8.0,
        )
    )
    CASES["conv_kernel_grad"].append(
        Case(
            lambda x, d, s, a=_params: ops.conv_kernel_grad(x, d, s, **a),
            joined(normal(_x, _y), exactly(np.array(_k, "int32"))),
            lambda x, d, s, a=_params: kernel_slope(x, d, s, **a),
            _label,
            static=(2,),
            scale=16.0,
        )
    )


def channel_by_channel(x, kernel, strides, padding):
    """Each channel convolved alone, the results side by side."""
    parts = [
        convolved(x[..., c : c + 1], kernel[..., c : c + 1, :], strides, padding, (1, 1), 1)
        for c in range(x.shape[-1])
    ]
    return np.concatenate(parts, -1)


CASES["depthwise_conv"] = [
    Case(
        lambda x, k, s=strides, p=padding: ops.depthwise_conv(x, k, strides=s, padding=p),
        normal((2, 5, 6, 3), (3, 3, 3, times)),
        lambda x, k, s=strides, p=padding: channel_by_channel(x, k, s, p),
        f"{times} {strides} {padding}",
        scale=8.0,
        unknown=False,
    )
    for times in (1, 2)
    for strides, padding in [((1, 1), "valid"), ((1, 1), "same"), ((2, 2), "same")]
]


def whole(x, kernel, padding):
    """The same by einsum over shifted images: for large inputs."""
    kh, kw = kernel.shape[:2]
    if padding == "same":
        x = np.pad(x, ((0, 0), (kh // 2, kh // 2), (kw // 2, kw // 2), (0, 0)))
    h, w = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    return sum(
        np.einsum("nhwc,cf->nhwf", x[:, i : i + h, j : j + w], kernel[i, j])
        for i in range(kh)
        for j in range(kw)
    )


# Several blocks of images, and several blocks of lines within one.
for _x, _k, _p in [
    ((9, 20, 21, 8), (3, 3, 8, 4), "valid"),
    ((9, 20, 21, 8), (3, 3, 8, 4), "same"),
    ((2, 90, 91, 4), (3, 3, 4, 2), "same"),
    ((2, 90, 91, 1), (3, 3, 1, 2), "same"),
    ((9, 40, 40, 1), (5, 5, 1, 3), "valid"),
    ((9, 40, 40, 8), (1, 1, 8, 3), "valid"),
]:
    CASES["conv"].append(
        Case(
            lambda x, k, p=_p: ops.conv(x, k, padding=p),
            normal(_x, _k),
            lambda x, k, p=_p: whole(x, k, p),
            f"large {_x} {_k} {_p}",
            order=1,
            dtypes=("float32", "float64"),
            scale=16.0,
        )
    )
CASES["conv"] += [
    Case(
        lambda x, k: ops.conv(ops.transpose(x, perm=(0, 2, 3, 1)), k),
        normal((2, 3, 5, 6), (3, 3, 3, 4)),
        lambda x, k: whole(np.moveaxis(x, 1, -1), k, "valid"),
        "not in C order",
        scale=8.0,
    ),
    Case(
        lambda x, k: ops.conv(x, k, strides=2, padding="same"),
        normal((1, 4, 4, 1), (2, 2, 1, 1)),
        lambda x, k: convolved(x, k, (2, 2), "same", (1, 1), 1),
        "one stride for all",
        scale=4.0,
    ),
]
