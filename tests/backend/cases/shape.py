"""Tensors in other shapes."""

import numpy as np

from kerasnb import backend as K
from tests.backend.checks import Case
from tests.graph.cases.make import exactly, integers, joined, normal

CASES = {}
CASES["permute_dimensions"] = [
    Case(
        lambda x, p=p: K.permute_dimensions(x, p), normal((2, 3, 4)),
        lambda x, p=p: np.transpose(x, p), str(p), samples=(0,),
    )
    for p in [(0, 2, 1), [2, 0, 1], (-1, 0, 1)]
]  # fmt: skip
CASES["reshape"] = [
    Case(
        lambda x, s=shape: K.reshape(x, s), normal((2, 6)), lambda x, s=shape: x.reshape(s),
        str(shape),
    )
    for shape in [(3, 4), (-1, 2), [2, 2, 3], (12,), (2, -1, 1)]
] + [
    Case(
        lambda x: K.reshape(x, (-1, 3, 2)), normal((2, 6)), lambda x: x.reshape(len(x), 3, 2),
        "samples", samples=(0,),
    ),
    Case(
        lambda x, y: K.reshape(x, (K.shape(y)[0], -1)), normal((2, 6), (4,)),
        lambda x, y: x.reshape(len(y), -1), "tensor in it", grad=(0,),
    ),
    Case(
        lambda x, y: K.reshape(x, K.shape(y)), normal((2, 6), (3, 4)),
        lambda x, y: x.reshape(y.shape), "tensor", grad=(0,),
    ),
]  # fmt: skip
CASES["flatten"] = [
    Case(K.flatten, normal(s), np.ravel, str(s), samples=(0,) if s else ())
    for s in [(2, 3, 4), (3,), ()]
]
CASES["batch_flatten"] = [
    Case(
        K.batch_flatten, normal(s), lambda x: x.reshape(len(x), int(np.prod(x.shape[1:]))), str(s),
        samples=(0,),
    )
    for s in [(2, 3, 4), (3, 1), (2, 3), (3, 2, 0)]
]  # fmt: skip
CASES["expand_dims"] = [
    Case(
        lambda x, a=axis: K.expand_dims(x, a), normal((2, 3)),
        lambda x, a=axis: np.expand_dims(x, a), str(axis), samples=(0,),
    )
    for axis in (-1, 0, 1, 2, -3)
]  # fmt: skip
CASES["squeeze"] = [
    Case(
        lambda x, a=axis: K.squeeze(x, a), normal(shape), lambda x, a=axis: np.squeeze(x, a),
        f"{shape} {axis}", samples=(0,) if axis else (),
    )
    for shape, axis in [((2, 1, 3), 1), ((1, 2), 0), ((2, 1), -1)]
]  # fmt: skip
CASES["concatenate"] = [
    Case(
        lambda *xs, a=axis: K.concatenate(xs, axis=a), normal(*shapes),
        lambda *xs, a=axis: np.concatenate(xs, axis=a), f"{shapes} {axis}",
        samples=tuple(range(len(shapes))),
    )
    for shapes, axis in [
        (((2, 3), (2, 1)), -1), (((2, 3), (4, 3), (1, 3)), 0), (((2, 1, 2), (2, 3, 2)), 1),
        (((2, 3),), -1), (((2, 0), (2, 3)), 1),
    ]
]  # fmt: skip
CASES["stack"] = [
    Case(
        lambda *xs, a=axis: K.stack(xs, axis=a), normal((2, 3), (2, 3), (2, 3)),
        lambda *xs, a=axis: np.stack(xs, axis=a), str(axis), samples=(0, 1, 2),
    )
    for axis in (0, 1, -1)
]  # fmt: skip
CASES["gather"] = [
    Case(
        K.gather, joined(normal((4, 3)), integers(0, 4, shape)), lambda x, i: x[i], str(shape),
        samples=(1,) if shape else (),
    )
    for shape in [(5,), (2, 3), ()]
]  # fmt: skip
CASES["slice"] = [
    Case(
        lambda x, s=start, n=size: K.slice(x, s, n), normal((3, 4, 2)),
        lambda x, s=start, n=size: x[tuple(np.s_[a : None if k == -1 else a + k] for a, k in zip(s, n, strict=True))],
        f"{start} {size}", samples=(0,) if start[0] == 0 and size[0] == -1 else (),
    )
    for start, size in [((0, 1, 0), (-1, 2, -1)), ([1, 0, 1], [2, 4, 1]), ((2, 3, 0), (1, 0, 2))]
] + [
    Case(
        lambda x, s, n: K.slice(x, s, n), joined(normal((3, 4)), exactly(np.int32([1, 2]), np.int32([2, -1]))),
        lambda x, s, n: x[1:3, 2:], "constant vectors", static=(1, 2), unknown=False,
    ),
    Case(
        lambda x, y: K.slice(x, [K.shape(y)[0] - 1, 1], K.stack([1, K.shape(y)[0]])), normal((3, 4), (2,)),
        lambda x, y: x[len(y) - 1 : len(y), 1 : 1 + len(y)], "tensors", grad=(0,),
    ),
]  # fmt: skip
CASES["reverse"] = [
    Case(
        lambda x, a=axes: K.reverse(x, a), normal((2, 3, 4)),
        lambda x, a=axes: np.flip(x, tuple(a) if isinstance(a, list) else a), str(axes), samples=(0,),
    )
    for axes in (0, [1, 2], -1, (0, 1))
]  # fmt: skip
CASES["one_hot"] = [
    Case(
        lambda i: K.one_hot(i, 4), integers(0, 4, shape), lambda i: np.eye(4)[i], str(shape),
        result="float32", samples=(0,) if shape else (),
    )
    for shape in [(5,), (2, 3), ()]
] + [
    Case(
        lambda i: K.one_hot(i, 2), exactly(np.int32([-1, 0, 2])),
        lambda i: np.array([[0.0, 0], [1, 0], [0, 0]]), "out of range", result="float32",
    )
]  # fmt: skip
CASES["tile"] = [
    Case(
        lambda x, n=n: K.tile(x, n), normal(shape), lambda x, n=n: np.tile(x, n), f"{shape} {n}",
        samples=(0,),
    )
    for shape, n in [((2, 3), (2, 1)), ((2, 3), [1, 3]), ((3,), 2), ((2, 3), 2), ((2, 3), (0, 2))]
] + [
    Case(
        lambda x, y: K.tile(x, [1, K.shape(y)[0]]), normal((2, 3), (2,)),
        lambda x, y: np.tile(x, (1, len(y))), "tensor", grad=(0,), samples=(0,),
    ),
    Case(
        lambda x, y: K.tile(x, K.shape(y)), normal((2, 3), (3, 0)),
        lambda x, y: np.tile(x, y.shape), "vector", grad=(0,),
    ),
]  # fmt: skip
CASES["repeat_elements"] = [
    Case(
        lambda x, a=axis: K.repeat_elements(x, 3, axis=a), normal((2, 3, 2)),
        lambda x, a=axis: np.repeat(x, 3, axis=a), str(axis), samples=(0,),
    )
    for axis in (0, 1, -1)
]  # fmt: skip
CASES["repeat"] = [
    Case(
        lambda x, n=n: K.repeat(x, n), normal((3, 2)),
        lambda x, n=n: np.stack([x] * n, axis=1), str(n), samples=(0,),
    )
    for n in (1, 4)
]  # fmt: skip
CASES["temporal_padding"] = [
    Case(
        lambda x, p=p: K.temporal_padding(x, p), normal((2, 3, 2)),
        lambda x, p=p: np.pad(x, ((0, 0), p, (0, 0))), str(p), samples=(0,),
    )
    for p in [(1, 1), (2, 0), (0, 0)]
]  # fmt: skip
for _name, _sizes, _paddings in [
    ("spatial_2d_padding", (2, 3), [((1, 1), (1, 1)), ((0, 2), (1, 0)), ((0, 0), (0, 0))]),
    ("spatial_3d_padding", (2, 3, 1), [((1, 1), (1, 1), (1, 1)), ((0, 1), (2, 0), (0, 0))]),
]:
    _function = getattr(K, _name)
    CASES[_name] = [
        Case(
            lambda x, f=_function, p=padding: f(x, p, data_format="channels_last"),
            normal((2, *_sizes, 2)), lambda x, p=padding: np.pad(x, ((0, 0), *p, (0, 0))),
            f"last {padding}", samples=(0,),
        )
        for padding in _paddings
    ] + [
        Case(
            lambda x, f=_function, p=padding: f(x, p, data_format="channels_first"),
            normal((2, 2, *_sizes)), lambda x, p=padding: np.pad(x, ((0, 0), (0, 0), *p)),
            f"first {padding}", samples=(0,),
        )
        for padding in _paddings
    ]  # fmt: skip


def enlarged(x, factors, first, interpolation="nearest"):
    """Each place of the result shows place / factor: the entry there, or a point on a line."""
    for axis, factor in enumerate(factors, first):
        size = x.shape[axis]
        places = np.arange(size * factor) / factor
        low = np.floor(places).astype(int)
        part = (places - low).reshape((-1,) + (1,) * (x.ndim - axis - 1))
        high = np.minimum(low + 1, size - 1)
        near, far = np.take(x, low, axis), np.take(x, high, axis)
        x = near if interpolation == "nearest" else near * (1 - part) + far * part
    return x


CASES["resize_images"] = [
    Case(
        lambda x, f=factors, d=data_format, i=way: K.resize_images(x, *f, d, interpolation=i),
        normal((2, 3, 2, 2)),
        lambda x, f=factors, n=first, i=way: enlarged(x, f, n, i), f"{factors} {data_format} {way}",
        samples=(0,),
    )
    for factors in [(2, 3), (1, 2), (1, 1)]
    for data_format, first in [("channels_last", 1), ("channels_first", 2)]
    for way in ("nearest", "bilinear")
]  # fmt: skip
CASES["resize_volumes"] = [
    Case(
        lambda x, d=data_format: K.resize_volumes(x, 2, 1, 3, d), normal((2, 2, 3, 2, 2)),
        lambda x, n=first: enlarged(x, (2, 1, 3), n), data_format, samples=(0,),
    )
    for data_format, first in [("channels_last", 1), ("channels_first", 2)]
]  # fmt: skip
CASES["arange"] = [
    Case(
        lambda x, a=args: K.arange(*a, dtype=x.dtype) * x, normal(()),
        lambda x, a=args: np.arange(*a) * x, str(args),
    )
    for args in [(4,), (1, 5), (6, 0, -2), (0,), (-3,)]
] + [
    Case(
        lambda x: K.arange(K.shape(x)[0]), normal((3, 2)), lambda x: np.arange(len(x)), "tensor",
        order=0, result="int32", samples=(0,),
    )
]  # fmt: skip
CASES["zeros_like"] = [Case(K.zeros_like, normal((2, 3)), np.zeros_like, order=0, samples=(0,))]
CASES["ones_like"] = [
    Case(K.ones_like, normal((2, 3)), np.ones_like, order=0, samples=(0,)),
    Case(
        lambda x: K.ones_like(x, dtype="int32"), normal((2, 3)), lambda x: np.ones(x.shape, int),
        "type", order=0, result="int32",
    ),
]  # fmt: skip
CASES["identity"] = [Case(K.identity, normal((2, 3)), lambda x: x, samples=(0,))]
CASES["shape"] = [
    Case(
        K.shape, normal((2, 3)), lambda x: np.array(x.shape), order=0, result="int32", samples=(0,)
    )
]
CASES["size"] = [
    Case(K.size, normal((2, 3)), lambda x: np.array(x.size), order=0, result="int32", samples=(0,))
]
CASES["cast"] = [
    Case(
        lambda x: K.cast(x, "int32"), normal((2, 3), scale=5), np.trunc, order=0, result="int32",
        samples=(0,),
    ),
    Case(lambda x: K.cast(x, "float64"), normal((3,)), lambda x: x, "wide", result="float64"),
    Case(
        lambda x: K.cast(x, "bool"), exactly([0.0, -2.0]), lambda x: x != 0, "bool", order=0,
        result="bool",
    ),
]  # fmt: skip
