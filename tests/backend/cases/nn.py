"""Activations, losses, normalization, and choices."""

import itertools

import numpy as np

from kerasnb import backend as K
from tests.backend.checks import Case
from tests.graph.cases import ctc
from tests.graph.cases.make import apart, bools, exactly, integers, joined, normal, uniform

CASES = {}


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """As its documentation says, place by place."""
    out = np.where(x >= threshold, x, alpha * (x - threshold))
    return out if max_value is None else np.where(x >= max_value, max_value, out)


RELUS = [
    {}, {"alpha": 0.2}, {"max_value": 0.4}, {"alpha": 0.1, "max_value": 6}, {"threshold": 0.3},
    {"alpha": 0.5, "max_value": 0.7, "threshold": 0.2}, {"alpha": 1.5, "threshold": -0.3},
]  # fmt: skip
CASES["relu"] = [
    Case(
        lambda x, kw=kw: K.relu(x, **kw), apart((3, 4), gap=0.17), lambda x, kw=kw: relu(x, **kw),
        str(kw), samples=(0,),
    )
    for kw in RELUS
]  # fmt: skip
CASES["elu"] = [
    Case(
        lambda x, a=alpha: K.elu(x, a), apart((3, 4), gap=0.2),
        lambda x, a=alpha: np.where(x > 0, x, a * (np.exp(x) - 1)), str(alpha), samples=(0,),
    )
    for alpha in (1.0, 0.3)
]  # fmt: skip


def softmax(x, axis):
    e = np.exp(x)
    return e / e.sum(axis, keepdims=True)


CASES["softmax"] = [
    Case(
        lambda x, a=axis: K.softmax(x, axis=a), normal((3, 2, 4)),
        lambda x, a=axis: softmax(x, a), str(axis), samples=(0,),
    )
    for axis in (-1, 1)
]  # fmt: skip


def classes(shape, axis=-1):
    """Targets and predictions that are probabilities of classes."""

    def arrays(rng):
        t, p = rng.uniform(0.1, 1, (2, *shape))
        return [t / t.sum(axis, keepdims=True), p / p.sum(axis, keepdims=True)]

    return arrays


CASES["categorical_crossentropy"] = [
    Case(
        lambda t, p, a=axis: K.categorical_crossentropy(t, p, axis=a), classes(shape, axis),
        lambda t, p, a=axis: -(t * np.log(p / p.sum(a, keepdims=True))).sum(a), f"{shape} {axis}",
        samples=(0, 1),
    )
    for shape, axis in [((3, 4), -1), ((2, 4, 3), 1)]
] + [
    Case(
        lambda t, x: K.categorical_crossentropy(t, x, from_logits=True), joined(lambda rng: classes((3, 4))(rng)[:1], normal((3, 4))),
        lambda t, x: -(t * np.log(softmax(x, -1))).sum(-1), "logits", samples=(0, 1),
    ),
    Case(
        K.categorical_crossentropy, exactly([[0.0, 1.0]], [[1.0, 0.0]]),
        lambda t, p: np.array([-np.log(1e-7)]), "certain and wrong", order=0, dtypes=("float64",),
    ),
]  # fmt: skip


def chosen(t, p, axis):
    """-log of the probability of the right class."""
    rows = np.moveaxis(p, axis, -1)
    picked = np.take_along_axis(rows, t.reshape(rows.shape[:-1])[..., None].astype(int), -1)
    return -np.log(picked[..., 0] / rows.sum(-1))


CASES["sparse_categorical_crossentropy"] = [
    Case(
        lambda t, p, a=axis: K.sparse_categorical_crossentropy(t, p, axis=a),
        joined(integers(0, 4, target), uniform(0.1, 0.9, shape)),
        lambda t, p, a=axis: chosen(t, p, a), f"{target} {shape} {axis}", samples=(0, 1),
        unknown=len(target) < len(shape),
    )
    for target, shape, axis in [
        ((3,), (3, 4), -1), ((3, 1), (3, 4), -1), ((2, 3), (2, 3, 4), 2), ((2, 3), (2, 4, 3), 1),
        ((2, 1, 3), (2, 4, 3), 1), ((2, 3, 1), (2, 4, 3), 1),
    ]
] + [
    Case(
        lambda t, x: K.sparse_categorical_crossentropy(t, x, from_logits=True),
        joined(integers(0, 4, (3,)), normal((3, 4))), lambda t, x: chosen(t, softmax(x, -1), -1),
        "logits", samples=(0, 1),
    ),
    Case(
        K.sparse_categorical_crossentropy, joined(exactly([0.0, 3.0]), uniform(0.1, 0.9, (2, 4))),
        lambda t, p: chosen(t, p, -1), "floats", grad=(1,),
    ),
]  # fmt: skip
CASES["binary_crossentropy"] = [
    Case(
        K.binary_crossentropy, uniform(0.1, 0.9, (3, 2), (3, 2)),
        lambda t, p: -t * np.log(p) - (1 - t) * np.log(1 - p), samples=(0, 1), scale=2.0,
    ),
    Case(
        lambda t, x: K.binary_crossentropy(t, x, from_logits=True),
        joined(uniform(0, 1, (3, 2)), normal((3, 2))),
        lambda t, x: t * np.log(1 + np.exp(-x)) + (1 - t) * np.log(1 + np.exp(x)), "logits",
        samples=(0, 1),
    ),
]  # fmt: skip


def among(p, t, k):
    return np.array([(row > row[c]).sum() < k for row, c in zip(p, t, strict=True)], bool)


CASES["in_top_k"] = [
    Case(
        lambda p, t, k=k: K.in_top_k(p, t, k), joined(apart((6, 5)), integers(0, 5, (6,))),
        lambda p, t, k=k: among(p, t, k), str(k), order=0, result="bool", samples=(0, 1),
    )
    for k in (1, 3, 5)
]  # fmt: skip


def normalized(x, gamma, beta, axes, epsilon):
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    shape = mean.shape
    y = (x - mean) / np.sqrt(var + epsilon)
    y = y * (1 if gamma is None else gamma.reshape(shape)) + (
        0 if beta is None else beta.reshape(shape)
    )
    return y, mean.reshape(-1), var.reshape(-1)


CASES["normalize_batch_in_training"] = [
    Case(
        lambda x, g, b, a=axes: K.normalize_batch_in_training(x, g, b, a, epsilon=0.01),
        joined(normal(shape), uniform(0.5, 2, (3,)), normal((3,))),
        lambda x, g, b, a=axes: normalized(x, g, b, tuple(a), 0.01), f"{shape} {axes}", scale=4.0,
    )
    for shape, axes in [((5, 3), [0]), ((2, 3, 4), (0, 2)), ((2, 2, 2, 3), [0, 1, 2])]
] + [
    Case(
        lambda x: K.normalize_batch_in_training(x, None, None, [0]), normal((5, 3)),
        lambda x: normalized(x, None, None, (0,), 1e-3), "bare", unknown=False, scale=4.0,
    )
]  # fmt: skip
CASES["batch_normalization"] = [
    Case(
        lambda x, m, v, b, g, a=axis: K.batch_normalization(x, m, v, b, g, axis=a, epsilon=0.01),
        joined(normal(shape, param), uniform(0.5, 2, param), normal(param), uniform(0.5, 2, param)),
        lambda x, m, v, b, g, s=spread: (x - m.reshape(s)) / np.sqrt(v.reshape(s) + 0.01) * g.reshape(s) + b.reshape(s),
        f"{shape} {param} {axis}", samples=(0,), scale=4.0,
    )
    for shape, param, axis, spread in [
        ((3, 4), (4,), -1, (4,)), ((2, 3, 4), (3,), 1, (3, 1)), ((2, 3, 2, 2), (1, 3, 1, 1), 1, (1, 3, 1, 1)),
    ]
] + [
    Case(
        lambda x, m, v: K.batch_normalization(x, m, v, None, None),
        joined(normal((3, 4), (4,)), uniform(0.5, 2, (4,))),
        lambda x, m, v: (x - m) / np.sqrt(v + 1e-3), "bare", samples=(0,), scale=4.0,
    )
]  # fmt: skip
CASES["bias_add"] = [
    Case(
        lambda x, b, f=data_format: K.bias_add(x, b, f), normal(shape, bias),
        lambda x, b, f=data_format: biased(x, b, f), f"{shape} {bias} {data_format}", samples=(0,),
        scale=2.0,
    )
    for shape, bias, data_format in [
        ((3, 4), (4,), None), ((2, 3, 4), (4,), "channels_last"), ((2, 3, 4), (3,), "channels_first"),
        ((2, 3, 4), (3, 4), "channels_last"), ((2, 3, 4), (4, 3), "channels_first"),
        ((2, 3, 2, 4), (3,), "channels_first"), ((2, 3, 2, 4), (2, 4, 3), "channels_first"),
        ((2, 3, 2, 4), (3, 2, 4), "channels_last"), ((2, 3, 2, 2, 2), (3,), "channels_first"),
        ((2, 2, 2, 2, 3), (3,), "channels_last"),
    ]
]  # fmt: skip


def biased(x, bias, data_format):
    """Bias of the place and channel, looked up entry by entry."""
    if bias.ndim > 1 and data_format == "channels_first":
        bias = bias.reshape(bias.shape[-1:] + bias.shape[:-1])
    out = x.copy()
    for place in np.ndindex(x.shape):
        channel = place[1] if data_format == "channels_first" else place[-1]
        out[place] += bias[place[1:] if bias.ndim > 1 else channel]
    return out


CASES["switch"] = [
    Case(
        K.switch, joined(bools(condition), normal(shape, shape)),
        lambda c, a, b: np.where(c.reshape(c.shape + (1,) * (a.ndim - c.ndim)), a, b),
        f"{condition} {shape}", samples=(0, 1, 2) if condition else (),
    )
    for condition, shape in [((), (2, 3)), ((3, 2), (3, 2)), ((3,), (3, 2)), ((3, 1), (3, 1, 2))]
] + [
    Case(
        lambda c, x: K.switch(c, lambda: x * 2, lambda: -x), joined(integers(0, 2, ()), normal((3,))),
        lambda c, x: x * 2 if c else -x, "functions and an integer",
    )
]  # fmt: skip
CASES["in_train_phase"] = [
    Case(
        lambda x, y, t=training: K.in_train_phase(x, lambda: y, training=t), normal((3, 2), (3, 2)),
        lambda x, y, t=training: x if t else y, str(training), samples=(0, 1),
        grad=(0,) if training else (1,),
    )
    for training in (True, False, 1, 0)
] + [
    Case(
        lambda x, y, t: K.in_train_phase(x, y, training=t), joined(normal((2,), (2,)), bools(())),
        lambda x, y, t: x if t else y, "tensor",
    )
]  # fmt: skip
CASES["in_test_phase"] = [
    Case(
        lambda x, y, t=training: K.in_test_phase(x, lambda: y, training=t), normal((3, 2), (3, 2)),
        lambda x, y, t=training: y if t else x, str(training), grad=(1,) if training else (0,),
    )
    for training in (True, False)
]  # fmt: skip
CASES["map_fn"] = [
    Case(
        lambda x: K.map_fn(lambda e: K.sum(e**2), x), normal((4, 3)),
        lambda x: np.array([np.sum(e**2) for e in x]), "sum", samples=(0,),
    ),
    Case(
        lambda x, y, w: K.map_fn(lambda e: e[0] * w + K.max(e[1]), (x, y)),
        normal((4, 3), (4, 2), (3,)),
        lambda x, y, w: np.array([a * w + b.max() for a, b in zip(x, y, strict=True)]).reshape(-1, 3),
        "two tensors and one from outside", samples=(0, 1),
    ),
    Case(
        lambda x: K.map_fn(lambda e: (e * 2, K.sum(e)), x), normal((4, 3)),
        lambda x: (x * 2, x.sum(1)), "two results", samples=(0,),
    ),
    Case(
        lambda x: K.map_fn(lambda e: e > 0, x, dtype=x.dtype), apart((4, 3)),
        lambda x: (x > 0) * 1.0, "type", order=0, samples=(0,),
    ),
]  # fmt: skip


def folded(fn, right=False):
    def want(x, *first):
        entries = list(x)[::-1] if right else list(x)
        so_far = first[0] if first else entries.pop(0)
        for e in entries:
            so_far = fn(so_far, e)
        return so_far

    return want


CASES["foldl"] = [
    Case(lambda x: K.foldl(lambda a, e: a * e + e, x), normal((4, 3)), folded(lambda a, e: a * e + e)),
    Case(
        lambda x, a: K.foldl(lambda a, e: K.tanh(a) + e, x, initializer=a), normal((4, 3), (3,)),
        folded(lambda a, e: np.tanh(a) + e), "initializer", samples=(0,),
    ),
    Case(
        lambda x, y: K.foldl(lambda a, e: a + e[0] * e[1], (x, y), initializer=K.zeros_like(x[0])),
        normal((4, 3), (4, 3)), lambda x, y: (x * y).sum(0), "two tensors",
    ),
    Case(
        lambda x: K.foldl(lambda a, e: (a[1], a[0] + e), x, initializer=(x[0] * 0, x[0])),
        normal((4, 3)), lambda x: pair(x), "two results",
    ),
]  # fmt: skip


def pair(x):
    a, b = x[0] * 0, x[0]
    for e in x:
        a, b = b, a + e
    return a, b


CASES["foldr"] = [
    Case(
        lambda x: K.foldr(lambda a, e: a * e - e, x), normal((4, 3)),
        folded(lambda a, e: a * e - e, True),
    ),
    Case(
        lambda x, a: K.foldr(lambda a, e: K.sin(a) * e, x, a), normal((4, 3), (3,)),
        folded(lambda a, e: np.sin(a) * e, True), "initializer", samples=(0,),
    ),
]  # fmt: skip


def probabilities(shape, *rest):
    def arrays(rng):
        p = rng.uniform(0.05, 1, shape)
        return [np.array(a, "int32") for a in rest] + [p / p.sum(-1, keepdims=True)]

    return arrays


def logits(p):
    return np.log(p + 1e-7)


CASES["ctc_batch_cost"] = [
    Case(
        lambda t, n, m, p: K.ctc_batch_cost(t, p, n, m),
        probabilities((2, 4, 3), [[0, 1], [1, 9]], [[4], [3]], [[2], [1]]),
        lambda t, n, m, p: ctc.loss(logits(p), t, n[:, 0], m[:, 0])[:, None], "two samples",
        samples=(0, 1, 2, 3), scale=4.0,
    ),
    Case(
        lambda t, n, m, p: K.ctc_batch_cost(K.cast(t, p.dtype), p, n, m),
        probabilities((1, 3, 3), [[1, 1]], [[3]], [[2]]),
        lambda t, n, m, p: ctc.loss(logits(p), t, n[:, 0], m[:, 0])[:, None], "labels are floats",
        scale=4.0,
    ),
]  # fmt: skip


def best_paths(count, merge=False):
    def want(n, p):
        rows, logs = ctc.best(count)(logits(p), n)
        if merge:
            for path, i in itertools.product(rows, range(len(p))):
                kept = [k for k, _ in itertools.groupby(path[i]) if k >= 0]
                path[i] = kept + [-1] * (len(path[i]) - len(kept))
        return [*rows, logs]

    return want


def decoded(**kwargs):
    def make(n, p):
        labels, logs = K.ctc_decode(p, n, **kwargs)
        return [*labels, logs]

    return make


CASES["ctc_decode"] = [
    Case(
        decoded(), probabilities((3, 5, 4), [5, 3, 0]),
        lambda n, p: ctc.greedy(logits(p), n), "greedy", order=0, result=("int64", ""),
        samples=(0, 1),
    ),
    Case(
        decoded(greedy=False, beam_width=300, top_paths=2), probabilities((2, 4, 3), [4, 2]),
        best_paths(2), "beam", order=0, result=("int64", "int64", ""), samples=(0, 1),
    ),
    Case(
        decoded(greedy=False, beam_width=300, top_paths=4, merge_repeated=True),
        probabilities((1, 4, 3), [4]), best_paths(4, merge=True), "merged", order=0,
        result=("int64",) * 4 + ("",),
    ),
]  # fmt: skip
CASES["ctc_label_dense_to_sparse"] = [
    Case(
        K.ctc_label_dense_to_sparse, exactly(np.int32([[1, 2, 3], [4, 5, 6]]), np.int32([2, 0])),
        lambda t, n: np.array([[1, 2, 0], [0, 0, 0]]), result="int32",
    )
]  # fmt: skip
CASES["stop_gradient"] = [
    Case(
        lambda x: K.stop_gradient(x) * x + K.stop_gradient([x, x])[1], normal((3,)),
        lambda x: x * x + x, order=0,
    )
]  # fmt: skip
CASES["pattern_broadcast"] = [
    Case(lambda x: K.pattern_broadcast(x, [False, True]), normal((3, 1)), lambda x: x)
]
