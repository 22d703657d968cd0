"""Convolution and pooling, against loops over every place."""

import itertools

import numpy as np

from kerasnb import backend as K
from tests.backend.checks import Case
from tests.graph.cases.make import apart, normal

CASES = {}


def borders(size, window, stride, padding):
    """How many places there are, and how much is added before and after."""
    if padding == "valid":
        return max(0, (size - window) // stride + 1), 0, 0
    places = -(-size // stride)
    total = max(0, (places - 1) * stride + window - size)
    return places, total // 2, total - total // 2


def channels_last(x, data_format):
    return x if data_format == "channels_last" else np.moveaxis(x, 1, -1)


def as_format(y, data_format):
    return y if data_format == "channels_last" else np.moveaxis(y, -1, 1)


def conv(x, kernel, strides, padding, data_format, dilation):
    """Sum over the window of each place."""
    x = channels_last(x, data_format)
    rank = x.ndim - 2
    windows = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=False)]
    cut = [
        borders(n, w, s, padding) for n, w, s in zip(x.shape[1:-1], windows, strides, strict=True)
    ]
    padded = np.pad(x, [(0, 0), *((a, b) for _, a, b in cut), (0, 0)])
    y = np.zeros((len(x), *(n for n, _, _ in cut), kernel.shape[-1]))
    for place in itertools.product(*(range(n) for n, _, _ in cut)):
        for inner in np.ndindex(kernel.shape[:rank]):
            at = tuple(
                p * s + i * d for p, s, i, d in zip(place, strides, inner, dilation, strict=True)
            )
            y[(slice(None), *place)] += padded[(slice(None), *at)] @ kernel[inner]
    return as_format(y, data_format)


def causal(x, kernel, strides, data_format, dilation):
    x = channels_last(x, data_format)
    x = np.pad(x, ((0, 0), ((len(kernel) - 1) * dilation[0], 0), (0, 0)))
    return as_format(conv(x, kernel, strides, "valid", "channels_last", dilation), data_format)


def images(sizes, channels, data_format, samples=2):
    inner = (*sizes, channels) if data_format == "channels_last" else (channels, *sizes)
    return (samples, *inner)


FORMATS = ("channels_last", "channels_first")
SETTINGS = {  # rank: (sizes, kernel), strides, dilation
    1: [((7,), (3,), (1,), (1,)), ((7,), (2,), (2,), (1,)), ((8,), (3,), (1,), (2,))],
    2: [((5, 6), (3, 2), (1, 1), (1, 1)), ((5, 4), (2, 3), (2, 1), (1, 1)), ((6, 5), (2, 2), (1, 1), (2, 3))],
    3: [((3, 4, 3), (2, 1, 2), (1, 1, 1), (1, 1, 1)), ((3, 4, 3), (2, 2, 2), (2, 1, 2), (1, 1, 1))],
}  # fmt: skip
for _rank, _settings in SETTINGS.items():
    _name = f"conv{_rank}d"
    _function = getattr(K, _name)
    CASES[_name] = [
        Case(
            lambda x, k, f=_function, a=(strides, padding, data_format, dilation): f(x, k, *a),
            normal(images(sizes, 2, data_format), (*kernel, 2, 3)),
            lambda x, k, a=(strides, padding, data_format, dilation): conv(x, k, *a),
            f"{sizes} {kernel} {strides} {dilation} {padding} {data_format}", samples=(0,), scale=8.0,
            unknown=False,
        )
        for sizes, kernel, strides, dilation in _settings
        for padding in ("valid", "same")
        for data_format in FORMATS
    ]  # fmt: skip
CASES["conv1d"] += [
    Case(
        lambda x, k, d=dilation, f=data_format: K.conv1d(x, k, padding="causal", data_format=f, dilation_rate=d),
        normal(images((6,), 2, data_format), (3, 2, 2)),
        lambda x, k, d=dilation, f=data_format: causal(x, k, (1,), f, (d,)),
        f"causal {dilation} {data_format}", samples=(0,), scale=8.0, unknown=False,
    )
    for dilation in (1, 2)
    for data_format in FORMATS
]  # fmt: skip
CASES["conv2d"].append(
    Case(
        lambda x, k: K.conv2d(x, k, strides=2, padding="same"), normal((1, 5, 5, 1), (3, 3, 1, 1)),
        lambda x, k: conv(x, k, (2, 2), "same", "channels_last", (1, 1)), "open sizes", grad=(0,),
        scale=8.0,
    )
)  # fmt: skip


def spread_kernel(kernel):
    """A depthwise kernel as a full one: zero between different channels."""
    *inner, channels, multiplier = kernel.shape
    full = np.zeros((*inner, channels, channels * multiplier))
    for c in range(channels):
        full[..., c, c * multiplier : (c + 1) * multiplier] = kernel[..., c, :]
    return full


CASES["depthwise_conv2d"] = [
    Case(
        lambda x, k, s=strides, p=padding, f=data_format: K.depthwise_conv2d(x, k, s, p, f),
        normal(images((5, 4), 2, data_format), (2, 3, 2, multiplier)),
        lambda x, k, s=strides, p=padding, f=data_format: conv(x, spread_kernel(k), s, p, f, (1, 1)),
        f"{multiplier} {strides} {padding} {data_format}", samples=(0,), scale=8.0, unknown=False,
    )
    for multiplier, strides in [(1, (1, 1)), (2, (2, 2))]
    for padding in ("valid", "same")
    for data_format in FORMATS
]  # fmt: skip


def separable(x, depthwise, pointwise, strides, padding, data_format):
    ones = (1,) * len(strides)
    y = conv(x, spread_kernel(depthwise), strides, padding, data_format, ones)
    return conv(y, pointwise, ones, "valid", data_format, ones)


CASES["separable_conv2d"] = [
    Case(
        lambda x, d, p, s=strides, b=padding, f=data_format: K.separable_conv2d(x, d, p, s, b, f),
        normal(images((4, 5), 2, data_format), (2, 2, 2, 2), (1, 1, 4, 3)),
        lambda x, d, p, s=strides, b=padding, f=data_format: separable(x, d, p, s, b, f),
        f"{strides} {padding} {data_format}", samples=(0,), scale=8.0, unknown=False,
    )
    for strides, padding in [((1, 1), "same"), ((2, 2), "valid")]
    for data_format in FORMATS
]  # fmt: skip
CASES["separable_conv1d"] = [
    Case(
        lambda x, d, p, s=strides, b=padding, f=data_format: K.separable_conv1d(x, d, p, s, b, f),
        normal(images((6,), 2, data_format), (2, 2, 2), (1, 4, 3)),
        lambda x, d, p, s=strides, b=padding, f=data_format: separable(x, d, p, (s,), b, f),
        f"{strides} {padding} {data_format}", samples=(0,), scale=8.0, unknown=False,
    )
    for strides, padding in [(1, "same"), (2, "valid")]
    for data_format in FORMATS
]  # fmt: skip


def transposed(x, kernel, shape, strides, padding, data_format, dilation):
    """Every entry of x adds the kernel, times itself, to its window of the result."""
    x = channels_last(x, data_format)
    sizes = shape[1:-1] if data_format == "channels_last" else shape[2:]
    windows = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=False)]
    cut = [borders(n, w, s, padding) for n, w, s in zip(sizes, windows, strides, strict=True)]
    padded = np.zeros(
        (len(x), *(n + a + b for n, (_, a, b) in zip(sizes, cut, strict=True)), kernel.shape[-2])
    )
    for place in itertools.product(*(range(n) for n in x.shape[1:-1])):
        for inner in np.ndindex(kernel.shape[:-2]):
            at = tuple(
                p * s + i * d for p, s, i, d in zip(place, strides, inner, dilation, strict=True)
            )
            padded[(slice(None), *at)] += x[(slice(None), *place)] @ kernel[inner].T
    y = padded[(slice(None), *(slice(a, a + n) for n, (_, a, _) in zip(sizes, cut, strict=True)))]
    return as_format(y, data_format)


TRANSPOSED = [  # sizes of x, of the result, kernel, strides, padding
    ((3, 2), (5, 4), (3, 3), (1, 1), "valid"),
    ((3, 2), (7, 5), (3, 3), (2, 2), "valid"),
    ((3, 2), (8, 5), (3, 3), (2, 2), "valid"),
    ((3, 2), (6, 4), (3, 2), (2, 2), "same"),
    ((3, 2), (5, 3), (2, 3), (2, 2), "same"),
]
CASES["conv2d_transpose"] = [
    Case(
        lambda x, k, n=size, s=strides, p=padding, f=data_format: K.conv2d_transpose(
            x, k, (None, *images(n, 3, f)[1:]), s, p, f
        ),
        normal(images(sizes, 2, data_format), (*kernel, 3, 2)),
        lambda x, k, n=size, s=strides, p=padding, f=data_format: transposed(
            x, k, images(n, 3, f), s, p, f, (1, 1)
        ),
        f"{sizes} {size} {kernel} {strides} {padding} {data_format}", samples=(0,), scale=8.0,
        unknown=False,
    )
    for sizes, size, kernel, strides, padding in TRANSPOSED
    for data_format in FORMATS
] + [
    Case(
        lambda x, k: K.conv2d_transpose(x, k, (2, 7, 6, 3), dilation_rate=2),
        normal((2, 3, 2, 2), (3, 3, 3, 2)),
        lambda x, k: transposed(x, k, (2, 7, 6, 3), (1, 1), "valid", "channels_last", (2, 2)),
        "dilated", scale=8.0, unknown=False,
    ),
    Case(
        lambda x, k: K.conv2d_transpose(x, k, K.stack([K.shape(x)[0], K.shape(x)[1] + 2, 4, 3])),
        normal((2, 3, 2, 2), (3, 3, 3, 2)),
        lambda x, k: transposed(x, k, (2, 5, 4, 3), (1, 1), "valid", "channels_last", (1, 1)),
        "shape is a tensor", samples=(0,), scale=8.0, unknown=False,
    ),
]  # fmt: skip
CASES["conv3d_transpose"] = [
    Case(
        lambda x, k, f=data_format, s=strides, p=padding, n=size: K.conv3d_transpose(
            x, k, images(n, 2, f), s, p, f
        ),
        normal(images((2, 2, 1), 2, data_format), (2, 1, 2, 2, 2)),
        lambda x, k, f=data_format, s=strides, p=padding, n=size: transposed(
            x, k, images(n, 2, f), s, p, f, (1, 1, 1)
        ),
        f"{strides} {padding} {data_format}", scale=8.0, unknown=False,
    )
    for strides, padding, size in [((1, 1, 1), "valid", (3, 2, 2)), ((2, 1, 2), "same", (4, 2, 2))]
    for data_format in FORMATS
]  # fmt: skip


def pool(x, size, strides, padding, data_format, mode):
    """Largest entry, or mean, of what each window sees of x itself."""
    x = channels_last(x, data_format)
    cut = [borders(n, w, s, padding) for n, w, s in zip(x.shape[1:-1], size, strides, strict=True)]
    y = np.zeros((len(x), *(n for n, _, _ in cut), x.shape[-1]))
    for place in itertools.product(*(range(n) for n, _, _ in cut)):
        window = tuple(
            slice(max(0, p * s - a), max(0, p * s - a + w))
            for p, s, w, (_, a, _) in zip(place, strides, size, cut, strict=True)
        )
        seen = x[(slice(None), *window)]
        axes = tuple(range(1, x.ndim - 1))
        y[(slice(None), *place)] = seen.max(axes) if mode == "max" else seen.mean(axes)
    return as_format(y, data_format)


POOLS = {
    "pool2d": [((5, 4), (2, 2), (2, 2)), ((5, 6), (3, 2), (1, 2)), ((4, 4), (1, 3), (2, 1))],
    "pool3d": [((3, 4, 3), (2, 2, 2), (2, 2, 2)), ((3, 3, 2), (2, 1, 2), (1, 1, 1))],
}
for _name, _settings in POOLS.items():
    _function = getattr(K, _name)
    CASES[_name] = [
        Case(
            lambda x, f=_function, a=(size, strides, padding, data_format, mode): f(x, *a),
            apart(images(sizes, 2, data_format)),
            lambda x, a=(size, strides, padding, data_format, mode): pool(x, *a),
            f"{sizes} {size} {strides} {padding} {data_format} {mode}", samples=(0,), scale=4.0,
            unknown=padding == "valid", order=1 if mode == "max" else 2,
        )
        for sizes, size, strides in _settings
        for padding in ("valid", "same")
        for data_format in FORMATS
        for mode in ("max", "avg")
    ]  # fmt: skip


def local(x, kernel, size, strides, data_format):
    """A matrix for each place, times the window there as it lies."""
    first = data_format == "channels_first"
    rank = len(size)
    sizes = x.shape[2:] if first else x.shape[1:-1]
    places = [(n - k) // s + 1 for n, k, s in zip(sizes, size, strides, strict=True)]
    y = np.zeros((len(x), *places, kernel.shape[-1]))
    for number, place in enumerate(np.ndindex(*places)):
        window = [slice(p * s, p * s + k) for p, s, k in zip(place, strides, size, strict=True)]
        key = (slice(None), slice(None), *window) if first else (slice(None), *window)
        y[(slice(None), *place)] = x[key].reshape(len(x), kernel.shape[1]) @ kernel[number]
    return np.moveaxis(y, -1, 1) if first else np.moveaxis(y, rank + 1, -1)


CASES["local_conv1d"] = [
    Case(
        lambda x, k, f=data_format: K.local_conv1d(x, k, (3,), (2,), f),
        normal(images((7,), 2, data_format), (3, 6, 4)),
        lambda x, k, f=data_format: local(x, k, (3,), (2,), f), data_format, samples=(0,),
        scale=4.0, unknown=False,
    )
    for data_format in FORMATS
]  # fmt: skip
CASES["local_conv2d"] = [
    Case(
        lambda x, k, f=data_format: K.local_conv2d(x, k, (2, 3), (1, 2), (3, 2), f),
        normal(images((4, 5), 2, data_format), (6, 12, 3)),
        lambda x, k, f=data_format: local(x, k, (2, 3), (1, 2), f), data_format, samples=(0,),
        scale=4.0, unknown=False,
    )
    for data_format in FORMATS
]  # fmt: skip
