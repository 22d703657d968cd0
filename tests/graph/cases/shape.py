"""Cases of the ops that move, join, cut and repeat entries."""

import numpy as np

from kerasnb.graph import ops
from kerasnb.graph.ops.shape import reshape_as, slice_axis
from tests.graph.cases.make import bools, exactly, integers, joined, normal
from tests.graph.checks import Case


def rows(x, shape):
    """The entries one after the other, laid out anew."""
    out = np.empty(shape, x.dtype)
    for i, value in enumerate(x.flat):
        out[np.unravel_index(i, shape)] = value
    return out


CASES = {}
CASES["reshape"] = [
    Case(
        lambda x, s=given: ops.reshape(x, shape=s),
        normal(shape),
        lambda x, s=final: rows(x, s),
        f"{shape} {given}",
        unknown=False,
    )
    for shape, given, final in [
        ((3, 4), (12,), (12,)),
        ((3, 4), (2, -1), (2, 6)),
        ((3, 4), (None, 2, 2), (3, 2, 2)),
        ((), (1, 1), (1, 1)),
        ((1,), (), ()),
        ((0, 4), (0, 2, 2), (0, 2, 2)),
        ((0, 4), (-1, 4), (0, 4)),
        ((2, 3), (2, 3), (2, 3)),
    ]
] + [
    Case(
        lambda x: ops.reshape(x, shape=(-1, 6)),
        normal((2, 3, 4)),
        lambda x: rows(x, (4, 6)),
        "unknown sizes",
    ),
    Case(
        lambda x: ops.reshape(ops.transpose(x, perm=(1, 0)), shape=(-1,)),
        normal((3, 4)),
        lambda x: x.ravel(order="F"),
        "not in C order",
    ),
    Case(
        lambda x: ops.reshape(x, shape=(4,)),
        integers(0, 9, (2, 2)),
        lambda x: rows(x, (4,)),
        "int",
        result="int32",
    ),
]
CASES["reshape_to"] = [
    Case(
        ops.reshape_to,
        joined(normal((3, 4)), exactly(np.array([2, 6], "int32"))),
        lambda x, s: rows(x, (2, 6)),
        "constant",
        static=(1,),
    ),
    Case(
        ops.reshape_to,
        joined(normal((3, 4)), exactly(np.array([-1, 2], "int32"))),
        lambda x, s: rows(x, (6, 2)),
        "-1",
        static=(1,),
    ),
    Case(
        lambda x, y: ops.reshape_to(x, ops.shape_of(y)),
        normal((6, 2), (3, 4)),
        lambda x, y: rows(x, (3, 4)),
        "shape of another",
        grad=(0,),
    ),
    Case(reshape_as, normal((6, 2), (3, 4)), lambda x, y: rows(x, (3, 4)), "reshape_as", grad=(0,)),
    Case(
        lambda x: ops.reshape_to(x, ops.concatenate([2], ops.shape_of(x)[:1], axis=0)),
        normal((3, 2)),
        lambda x: rows(x, (2, 3)),
        "computed shape",
    ),
]
CASES["merge_axes"] = [
    Case(
        lambda x, a=start, b=stop: ops.merge_axes(x, start=a, stop=b),
        normal(shape),
        lambda x, s=final: rows(x, s),
        f"{shape} {start} {stop}",
    )
    for shape, start, stop, final in [
        ((2, 3, 4), 1, None, (2, 12)),
        ((2, 3, 4), 0, 2, (6, 4)),
        ((2, 3, 4), 0, -1, (6, 4)),
        ((2, 3, 4), 1, -1, (2, 3, 4)),
        ((2, 3), 2, None, (2, 3, 1)),
        ((0, 3, 4), 1, None, (0, 12)),
        ((), 0, None, (1,)),
    ]
]
CASES["expand_dims"] = [
    Case(
        lambda x, a=axis: ops.expand_dims(x, axis=a),
        normal(shape),
        lambda x, s=final: rows(x, s),
        f"{shape} {axis}",
    )
    for shape, axis, final in [
        ((2, 3), 0, (1, 2, 3)),
        ((2, 3), 1, (2, 1, 3)),
        ((2, 3), -1, (2, 3, 1)),
        ((2, 3), -3, (1, 2, 3)),
        ((), 0, (1,)),
        ((0, 2), -1, (0, 2, 1)),
    ]
]
CASES["squeeze"] = [
    Case(
        lambda x, a=axis: ops.squeeze(x, axis=a),
        normal(shape),
        lambda x, s=final: rows(x, s),
        f"{shape} {axis}",
    )
    for shape, axis, final in [
        ((1, 2), 0, (2,)),
        ((2, 1), -1, (2,)),
        ((1,), 0, ()),
        ((0, 1), 1, (0,)),
        ((2, 1, 3), -2, (2, 3)),
    ]
]
CASES["transpose"] = [
    Case(
        lambda x, p=perm: ops.transpose(x, perm=p),
        normal(shape),
        lambda x, e=formula: np.einsum(e, x),
        f"{shape} {perm}",
    )
    for shape, perm, formula in [
        ((2, 3), (1, 0), "ij->ji"),
        ((2, 3, 4), (2, 0, 1), "ijk->kij"),
        ((2, 3, 4), (0, -1, 1), "ijk->ikj"),
        ((2, 3, 4), (0, 1, 2), "ijk->ijk"),
        ((5,), (0,), "i->i"),
        ((), (), "->"),
        ((0, 3), (1, 0), "ij->ji"),
    ]
]
CASES["broadcast_like"] = [
    Case(
        ops.broadcast_like, normal(a, b), lambda x, y: x + np.zeros(y.shape), f"{a} {b}", grad=(0,)
    )
    for a, b in [
        ((3, 4), (3, 4)),
        ((4,), (3, 4)),
        ((3, 1), (3, 4)),
        ((), (2, 3)),
        ((1,), (0,)),
        ((), ()),
        ((1, 3), (2, 5, 3)),
    ]
]
CASES["shape_of"] = [
    Case(
        ops.shape_of,
        normal(s),
        lambda x: np.array(x.shape, "int32"),
        str(s),
        result="int32",
        order=0,
    )
    for s in [(2, 3), (), (0, 4), (5,)]
]
CASES["full_like"] = [
    Case(
        lambda x: ops.full_like(x, value=2.5),
        normal((2, 3)),
        lambda x: np.full((2, 3), 2.5),
        order=1,
    ),
    Case(
        lambda x: ops.full_like(x, value=3, dtype="int32"),
        normal((2, 3)),
        lambda x: np.full((2, 3), 3),
        "dtype",
        result="int32",
        order=0,
    ),
    Case(lambda x: ops.full_like(x, value=1.0), normal(()), lambda x: 1.0, "0-d", order=1),
    Case(
        lambda x: ops.full_like(x, value=1.0),
        normal((0, 2)),
        lambda x: np.ones((0, 2)),
        "empty",
        order=1,
    ),
    Case(
        lambda x: ops.full_like(x, value=1) + x,
        integers(0, 9, (3,)),
        lambda x: x + 1,
        "int",
        result="int32",
    ),
]
CASES["full"] = [
    Case(
        lambda s: ops.full(s, value=1.5),
        exactly(np.array(shape, "int32")),
        lambda s: np.full(tuple(s), 1.5),
        str(shape),
        static=(0,),
        result="float32",
    )
    for shape in [(2, 3), (0, 4), (5,)]
] + [
    Case(
        lambda x: ops.full(ops.shape_of(x), value=2, dtype="int32"),
        normal((2, 3)),
        lambda x: np.full((2, 3), 2),
        "computed shape",
        result="int32",
        order=0,
    ),
]
CASES["concatenate"] = [
    Case(
        lambda *xs, a=axis: ops.concatenate(*xs, axis=a),
        normal(*shapes),
        lambda *xs, a=axis: (
            np.append(xs[0], xs[1], a)
            if len(xs) == 2
            else xs[0]
            if len(xs) == 1
            else np.append(np.append(xs[0], xs[1], a), xs[2], a)
        ),
        f"{shapes} {axis}",
    )
    for shapes, axis in [
        (((2, 3), (2, 4)), -1),
        (((2, 3), (1, 3), (4, 3)), 0),
        (((2, 3, 1), (2, 2, 1)), 1),
        (((2, 3),), 0),
        (((0, 3), (2, 3)), 0),
        (((0, 3), (0, 2)), -1),
        (((2,), (3,)), 0),
        (((2, 5), (2, 0), (2, 1)), -1),
    ]
] + [
    Case(
        lambda x, y: ops.concatenate(x, y, axis=0),
        joined(normal((2,)), integers(0, 9, (3,))),
        np.append,
        "float and int",
    ),
    Case(
        lambda x, y: ops.concatenate(x, y, axis=0),
        integers(0, 9, (2,), (3,)),
        np.append,
        "int",
        result="int32",
    ),
    Case(
        lambda x, y: ops.concatenate(x, y, axis=0),
        bools((2,), (3,)),
        np.append,
        "bool",
        result="bool",
    ),
    Case(
        lambda x: ops.concatenate(x, x, axis=0),
        normal((2, 3)),
        lambda x: np.append(x, x, 0),
        "twice the same",
    ),
]
CASES["part_of"] = [
    Case(
        lambda j, x, y, i=index, a=axis: ops.part_of(j, x, y, axis=a, index=i),
        normal((2, 7), (2, 3), (2, 4)),
        lambda j, x, y, i=index: j[:, 3:] if i else j[:, :3],
        f"{axis} {index}",
        grad=(0,),
    )
    for axis, index in [(1, 0), (-1, 1)]
]
CASES["stack"] = [
    Case(
        lambda *xs, a=axis: ops.stack(*xs, axis=a),
        normal(*([shape] * 3)),
        lambda *xs, a=axis: np.moveaxis(np.array(xs), 0, a),
        f"{shape} {axis}",
    )
    for shape, axis in [((2, 4), 0), ((2, 4), -1), ((2, 4), 1), ((), 0), ((0, 2), 0)]
]

KEYS = [
    ((4, 5), np.s_[1]),
    ((4, 5), np.s_[-1]),
    ((4, 5), np.s_[:, 2]),
    ((4, 5), np.s_[1, 2]),
    ((4, 5), np.s_[1:3]),
    ((4, 5), np.s_[::2, ::-1]),
    ((4, 5), np.s_[-2:, 1:-1]),
    ((4, 5), np.s_[..., 0]),
    ((4, 5), np.s_[:, None]),
    ((4, 5), np.s_[None, 2:2]),
    ((2, 3, 4), np.s_[..., 1:, -1]),
    ((2, 3, 4), np.s_[0, ..., 1]),
    ((2, 3, 4), np.s_[1, None, :, 2]),
    ((5,), np.s_[10:]),
    ((5,), np.s_[...]),
    ((), np.s_[...]),
    ((), np.s_[None]),
    ((0, 3), np.s_[:, 1:]),
]


def picked(x, key):
    """x[key], entry by entry through a table of places."""
    places = np.arange(x.size).reshape(x.shape)[key]
    return np.array([x.flat[i] for i in np.ravel(places)], x.dtype).reshape(places.shape)


CASES["slice_of"] = [
    Case(lambda x, k=key: x[k], normal(shape), lambda x, k=key: picked(x, k), f"{shape} {key}")
    for shape, key in KEYS
] + [
    Case(lambda x: slice_axis(x, -1, 1, None), normal((2, 3)), lambda x: x[:, 1:], "slice_axis"),
    Case(lambda x: x[1], integers(0, 9, (3, 2)), lambda x: x[1], "int", result="int32"),
    Case(lambda x: x[0] + x[1], normal((2, 3)), lambda x: x[0] + x[1], "two parts"),
]


def put(dy, x, key):
    out = np.zeros(x.shape)
    for place, value in zip(
        np.ravel(np.arange(x.size).reshape(x.shape)[key]), dy.flat, strict=True
    ):
        out.flat[place] = value
    return out


def unslice(dy, x, key):
    return ops.unslice(dy, x, key=x[key].op.key)


CASES["unslice"] = [
    Case(
        lambda d, x, k=key: unslice(d, x, k),
        normal(np.zeros(shape)[key].shape, shape),
        lambda d, x, k=key: put(d, x, k),
        f"{shape} {key}",
        grad=(0,),
    )
    for shape, key in KEYS
    if np.zeros(shape)[key].shape != shape
]


def surrounded(x, padding, value=0.0):
    out = np.full([a + n + b for n, (a, b) in zip(x.shape, padding, strict=True)], float(value))
    for place, v in np.ndenumerate(x):
        out[tuple(p + a for p, (a, _) in zip(place, padding, strict=True))] = v
    return out


CASES["pad"] = [
    Case(
        lambda x, p=padding, v=value: ops.pad(x, padding=p, value=v),
        normal(shape),
        lambda x, p=padding, v=value: surrounded(x, p, v),
        f"{shape} {padding} {value}",
    )
    for shape, padding, value in [
        ((2, 3), ((1, 2), (0, 3)), 0.0),
        ((2, 3), ((0, 0), (0, 0)), 0.0),
        ((2, 3), ((1, 0), (0, 1)), -1.5),
        ((4,), ((2, 2),), 0.0),
        ((), (), 0.0),
        ((0, 3), ((0, 0), (1, 1)), 0.0),
        ((0, 3), ((1, 1), (0, 0)), 2.0),
    ]
]
CASES["reverse"] = [
    Case(
        lambda x, a=axes: ops.reverse(x, axes=a),
        normal(shape),
        lambda x, a=axes: np.flip(x, a),
        f"{shape} {axes}",
    )
    for shape, axes in [
        ((2, 3), (0,)),
        ((2, 3), (-1,)),
        ((2, 3, 4), (0, 2)),
        ((0, 2), (0,)),
        ((5,), (0,)),
    ]
]
CASES["repeat"] = [
    Case(
        lambda x, n=times, a=axis: ops.repeat(x, times=n, axis=a),
        normal(shape),
        lambda x, n=times, a=axis: np.repeat(x, n, a),
        f"{shape} {times} {axis}",
    )
    for shape, times, axis in [
        ((2, 3), 2, 0),
        ((2, 3), 3, -1),
        ((2, 3, 2), 2, 1),
        ((2,), 1, 0),
        ((0, 2), 2, 0),
        ((2, 3), 0, 1),
    ]
]
CASES["tile"] = [
    Case(
        lambda x, r=reps: ops.tile(x, reps=r),
        normal(shape),
        lambda x, r=reps: np.tile(x, r),
        f"{shape} {reps}",
    )
    for shape, reps in [
        ((2, 3), (2, 1)),
        ((2, 3), (3, 2)),
        ((3,), (4,)),
        ((2, 3), (1, 1)),
        ((0, 2), (2, 2)),
        ((2, 3), (0, 1)),
    ]
]


def hot(x, depth):
    out = np.zeros((*x.shape, depth))
    for place, v in np.ndenumerate(x):
        if 0 <= v < depth:
            out[(*place, v)] = 1
    return out


CASES["one_hot"] = [
    Case(
        lambda x: ops.one_hot(x, depth=4),
        integers(0, 4, shape),
        lambda x: hot(x, 4),
        str(shape),
        result="float32",
    )
    for shape in [(5,), (2, 3), (), (0,)]
] + [
    Case(
        lambda x: ops.one_hot(x, depth=3, dtype="int32"),
        exactly([-1, 0, 2, 3]),
        lambda x: hot(x, 3),
        "out of range",
        result="int32",
    ),
]
CASES["arange"] = [
    Case(
        lambda a=start, b=stop, c=step: ops.arange(a, b, c),
        exactly(),
        lambda a=start, b=stop, c=step: np.array(list(range(a, b, c)), "int32"),
        f"{start} {stop} {step}",
        result="int32",
    )
    for start, stop, step in [(0, 5, 1), (2, 10, 3), (5, 0, -2), (0, 0, 1)]
] + [
    Case(
        lambda x: ops.arange(0, ops.shape_of(x)[0], 1),
        normal((4, 2)),
        lambda x: np.array([0, 1, 2, 3]),
        "computed stop",
        result="int32",
        order=0,
    ),
    Case(
        lambda: ops.arange(0.0, 1.0, 0.25, dtype="float32"),
        exactly(),
        lambda: np.array([0, 0.25, 0.5, 0.75]),
        "float",
        result="float32",
    ),
]
CASES["contiguous"] = [
    Case(
        lambda x: ops.contiguous(ops.transpose(x, perm=(1, 0))),
        normal((2, 3)),
        lambda x: np.einsum("ij->ji", x),
    ),
    Case(ops.contiguous, normal(()), np.copy, "0-d"),
    Case(ops.contiguous, normal((0, 3)), np.copy, "empty"),
]
