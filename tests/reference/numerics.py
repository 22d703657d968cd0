"""What TensorFlow makes of extreme numbers: `python -m tests.reference.numerics`, from the root.

It needs an environment with tensorflow-cpu and tf_keras, and writes `numerics.json`: for each case
the values, and the gradients of a weighted sum of them by the inputs, in single precision. A case is a
function of the Keras module and of tensors, and stands for what Keras 2.3.1 computes: where
tf_keras has another formula, the case has 2.3.1's in its own words.
"""

import json
import os
from pathlib import Path

import numpy as np

PATH = Path(__file__).parent / "numerics.json"
HUGE = 3e38  # the largest numbers of single precision end at 3.4e38
TINY = 2e-38  # smaller numbers are denormal: TensorFlow takes them for zero, NumPy does not
POSITIVE = [0.0, TINY, 1e-30, 1e-7, 0.5, 1.0, 20.0, 88.0, 90.0, 104.0, 1e4, 1e20, HUGE, np.inf]
NUMBERS = [*POSITIVE, *(-n for n in POSITIVE), np.nan]
ROWS = [
    [0.0, 0.0, 0.0],
    [1.0, 2.0, 3.0],
    [1000.0, -1000.0, 0.0],
    [HUGE, -HUGE, 0.0],
    [-HUGE, -HUGE, -HUGE],
    [1e-30, TINY, -1e-30],
    [1e-25, 2e-25, 0.0],
    [1e25, 1e25, 1e25],
    [np.inf, 0.0, 1.0],
    [-np.inf, 0.0, 1.0],
    [-np.inf, -np.inf, -np.inf],
    [np.inf, np.inf, 0.0],
    [np.nan, 0.0, 1.0],
]
SHARES = [  # predicted probabilities, some of them without any doubt, some that are none
    [0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [TINY, TINY, TINY],
    [1e30, 1e30, 1e30], [1e-10, 1.0, 1e-10], [1.0, 1.0, 1.0],
]  # fmt: skip
SCALE, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717  # of selu
FIRST = [[1.0, 0.0, 0.0]]
PAIRS = [  # of a target and a prediction
    (t, p)
    for t in (0.0, 1.0, -1.0, 1e-10, 1e4, 1e30)
    for p in (0.0, 1.0, -1.0, 1e-30, 30.0, -30.0, 1e4, -1e4, 1e20, 1e30, -1e30, HUGE, np.inf)
]


def _elementwise():
    K = {
        "abs": lambda k, x: k.backend.abs(x),
        "clip": lambda k, x: k.backend.clip(x, -1.0, 1.0),
        "cos": lambda k, x: k.backend.cos(k.backend.clip(x, -1e4, 1e4)),
        "elu": lambda k, x: k.backend.elu(x),
        "exp": lambda k, x: k.backend.exp(x),
        "hard_sigmoid": lambda k, x: k.backend.hard_sigmoid(x),
        "log": lambda k, x: k.backend.log(x),
        "pow": lambda k, x: k.backend.pow(x, 2.0),
        "pow of half": lambda k, x: k.backend.pow(x, 0.5),
        "relu": lambda k, x: k.backend.relu(x),
        "relu to six": lambda k, x: k.backend.relu(x, max_value=6.0),
        "leaky relu": lambda k, x: k.backend.relu(x, alpha=0.25),
        "round": lambda k, x: k.backend.round(x),
        "selu": lambda k, x: SCALE * k.backend.elu(x, ALPHA),
        "sigmoid": lambda k, x: k.backend.sigmoid(x),
        "sign": lambda k, x: k.backend.sign(x),
        "sin": lambda k, x: k.backend.sin(k.backend.clip(x, -1e4, 1e4)),
        "softplus": lambda k, x: k.backend.softplus(x),
        "softsign": lambda k, x: k.backend.softsign(x),
        "sqrt": lambda k, x: k.backend.sqrt(x),
        "square": lambda k, x: k.backend.square(x),
        "tanh": lambda k, x: k.backend.tanh(x),
        "divide": lambda k, x: 1.0 / x,
        "exponential": lambda k, x: k.activations.exponential(x),
    }
    return {name: (f, [NUMBERS]) for name, f in K.items()}


def logsumexp(k, x):
    """TensorFlow's, which Keras 2.3.1 calls and tf_keras has no name for."""
    if hasattr(k.backend, "logsumexp"):
        return k.backend.logsumexp(x, axis=-1)
    import tensorflow as tf

    return tf.reduce_logsumexp(x, axis=-1)


def _rows():
    K = {
        "softmax": lambda k, x: k.backend.softmax(x),
        "softmax of columns": lambda k, x: k.backend.softmax(x, axis=0),
        "log of softmax": lambda k, x: k.backend.log(k.backend.softmax(x)),
        "first of softmax": lambda k, x: k.backend.softmax(x)[:, 0],
        "logsumexp": logsumexp,
        "l2_normalize": lambda k, x: k.backend.l2_normalize(x, axis=-1),
        "max": lambda k, x: k.backend.max(x, axis=-1),
        "min": lambda k, x: k.backend.min(x, axis=-1),
        "mean": lambda k, x: k.backend.mean(x, axis=-1),
        "prod": lambda k, x: k.backend.prod(x, axis=-1),
        "std": lambda k, x: k.backend.std(x, axis=-1),
        "var": lambda k, x: k.backend.var(x, axis=-1),
        "sum": lambda k, x: k.backend.sum(x, axis=-1),
        "cumsum": lambda k, x: k.backend.cumsum(x, axis=-1),
        "cumprod": lambda k, x: k.backend.cumprod(x, axis=-1),
        "argmax": lambda k, x: k.backend.cast(k.backend.argmax(x, axis=-1), "float32"),
        "maximum": lambda k, x: k.backend.maximum(x, 0.0),
        "minimum": lambda k, x: k.backend.minimum(x, 0.0),
        "Softmax": lambda k, x: k.layers.Softmax()(x),
        "categorical from logits": lambda k, x: k.backend.categorical_crossentropy(
            k.backend.constant(FIRST * len(ROWS)), x, from_logits=True
        ),
        "sparse from logits": lambda k, x: k.backend.sparse_categorical_crossentropy(
            k.backend.constant([0] * len(ROWS), dtype="int32"), x, from_logits=True
        ),
    }
    return {name: (f, [ROWS]) for name, f in K.items()}


def binary_crossentropy(k, t, p):
    """The formula of Keras 2.3.1 for probabilities."""
    K = k.backend
    p = K.clip(p, K.epsilon(), 1.0 - K.epsilon())
    return K.binary_crossentropy(t, K.log(p / (1.0 - p)), from_logits=True)


def categorical_hinge(k, t, p):
    """The order of Keras 2.3.1, which decides where the gradient goes if both are equal."""
    K = k.backend
    return K.maximum(0.0, K.max((1.0 - t) * p, axis=-1) - K.sum(t * p, axis=-1) + 1.0)


def _losses():
    t, p = ([[x] for x in column] for column in zip(*PAIRS, strict=True))
    names = [
        "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error", "squared_hinge", "hinge", "logcosh",
        "kullback_leibler_divergence", "poisson",
    ]  # fmt: skip
    cases = {
        name: (lambda k, t, p, name=name: getattr(k.losses, name)(t, p), [t, p]) for name in names
    }
    cases["categorical_hinge"] = (categorical_hinge, [t, p])
    rows = [ROWS, ROWS[::-1]]
    cases["cosine_similarity"] = (lambda k, t, p: k.losses.cosine_similarity(t, p), rows)
    cases["binary from logits"] = (
        lambda k, t, p: k.backend.binary_crossentropy(t, p, from_logits=True), [t, p],
    )  # fmt: skip
    shares = [[s] for row in SHARES for s in row]
    for target in (0.0, 1.0, 0.25):
        cases[f"binary of {target}"] = (binary_crossentropy, [[[target]] * len(shares), shares])
    cases["categorical"] = (
        lambda k, p: k.backend.categorical_crossentropy(k.backend.constant(FIRST * len(SHARES)), p),
        [SHARES],
    )
    cases["sparse"] = (
        lambda k, p: k.backend.sparse_categorical_crossentropy(
            k.backend.constant([0] * len(SHARES), dtype="int32"), p
        ),
        [SHARES],
    )
    cases["kld of shares"] = (
        lambda k, t, p: k.losses.kullback_leibler_divergence(t, p), [SHARES, SHARES[::-1]],
    )  # fmt: skip
    return cases


BATCHES = {
    "one row": [[1.0, -2.0, 1e4]],
    "equal rows": [[1.0, -2.0, 1e4]] * 3,
    "huge": [[1e10, 1e18, 1e15], [-1e10, 3e18, 2e15]],
    "too huge": [[1e30, HUGE, 1.0], [-1e30, HUGE, 2.0]],
    "tiny": [[1e-20, 1e-30, TINY], [2e-20, 2e-30, -TINY]],
    "infinite": [[np.inf, 1.0, 2.0], [1.0, 2.0, 3.0]],
    "far away": [[1e6, 1e7, -1e5], [1e6 + 1, 1e7 + 1, -1e5 - 1], [1e6 + 2, 1e7, -1e5]],
}
STEPS = {
    "huge": [[[1e4, -1e4], [1e4, 1e4]], [[-1e4, 0.0], [0.0, 0.0]]],
    "too huge": [[[1e30, -1e30], [1e30, 1e30]], [[HUGE, 0.0], [0.0, HUGE]]],
    "tiny": [[[TINY, -TINY], [1e-30, 0.0]]],
    "infinite": [[[np.inf, 0.0], [0.0, -np.inf]]],
}


def _layers():
    cases = {}
    for name, x in BATCHES.items():
        cases[f"batch norm of images, {name}"] = (
            lambda k, x: k.layers.BatchNormalization()(
                k.backend.reshape(x, (-1, 1, 1, 3)), training=True
            ),
            [x],
        )
        if name == "far away":
            continue  # without its fused kernel TensorFlow is wrong in the second digit
        cases[f"batch norm, {name}"] = (
            lambda k, x: k.layers.BatchNormalization()(x, training=True), [x],
        )  # fmt: skip
        cases[f"batch norm in test, {name}"] = (
            lambda k, x: k.layers.BatchNormalization()(x, training=False), [x],
        )  # fmt: skip
    for kind in ("SimpleRNN", "GRU", "LSTM"):
        more = {} if kind == "SimpleRNN" else {"recurrent_activation": "sigmoid"}
        for name, x in STEPS.items():
            cases[f"{kind}, {name}"] = (
                lambda k, x, kind=kind, more=more: getattr(k.layers, kind)(
                    2, kernel_initializer="ones", recurrent_initializer="ones",
                    **({"reset_after": False} if kind == "GRU" else {}), **more,
                )(x),
                [x],
            )  # fmt: skip
    for name, x in {"zeros": ROWS[:1] * 2, "huge": ROWS[3:5]}.items():
        for axis in (1, 2):
            cases[f"dot of directions, {name} {axis}"] = (
                lambda k, x, axis=axis: k.layers.Dot(axis, normalize=True)([
                    k.backend.reshape(x, (-1, 3, 1)), k.backend.reshape(x, (-1, 3, 1)),
                ]),
                [x],
            )  # fmt: skip
    return cases


def _empty():
    """No samples, or nothing to reduce."""
    none, wide = np.zeros((0, 3)).tolist(), np.zeros((2, 0)).tolist()
    K = {
        "softmax": lambda k, x: k.backend.softmax(x),
        "sum": lambda k, x: k.backend.sum(x, axis=-1),
        "mean": lambda k, x: k.backend.mean(x, axis=-1),
        "max": lambda k, x: k.backend.max(x, axis=-1),
        "min": lambda k, x: k.backend.min(x, axis=-1),
        "prod": lambda k, x: k.backend.prod(x, axis=-1),
        "logsumexp": logsumexp,
        "l2_normalize": lambda k, x: k.backend.l2_normalize(x, axis=-1),
        "cumsum": lambda k, x: k.backend.cumsum(x, axis=-1),
        "std": lambda k, x: k.backend.std(x, axis=-1),
        "concatenate": lambda k, x: k.backend.concatenate([x, x * 2.0], axis=-1),
    }
    more = {
        "mean of all": lambda k, x: k.backend.mean(x),
        "sum of all": lambda k, x: k.backend.sum(x, axis=0),
        "Dense": lambda k, x: k.layers.Dense(2, kernel_initializer="ones")(x),
        "categorical": lambda k, x: k.backend.categorical_crossentropy(x, x),
        "mean_squared_error": lambda k, x: k.losses.mean_squared_error(x, x),
        "GRU": lambda k, x: k.layers.GRU(2, reset_after=False)(k.backend.reshape(x, (-1, 3, 1))),
        "Conv1D": lambda k, x: k.layers.Conv1D(2, 2)(k.backend.reshape(x, (-1, 3, 1))),
        "MaxPooling1D": lambda k, x: k.layers.MaxPooling1D(2)(k.backend.reshape(x, (-1, 3, 1))),
    }
    cases = {f"no column, {name}": (f, [wide]) for name, f in K.items()}
    return cases | {f"no row, {name}": (f, [none]) for name, f in (K | more).items()}


CASES = {**_elementwise(), **_rows(), **_losses(), **_layers(), **_empty()}


def arrays(case):
    """Return the inputs of a case."""
    shape = {"no row": (0, 3)}.get(case.partition(",")[0])
    return [np.asarray(x, "float32").reshape(shape or np.shape(x)) for x in CASES[case][1]]


def factors(y):
    """Return what the values are multiplied by in the sum."""
    size = int(np.prod(tuple(y.shape)))
    return (1 + np.arange(size) / max(size, 1)).reshape(tuple(y.shape)).astype("float32")


def rounded(array):
    """Return an array as flat numbers that JSON text can hold shortly."""
    return [float(f"{v:.8g}") for v in np.asarray(array, float).ravel()]


def main():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow as tf
    import tf_keras as keras

    cases = {}
    for name, (function, _) in CASES.items():
        xs = [tf.constant(a) for a in arrays(name)]
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = function(keras, *xs)
            total = tf.reduce_sum(y * factors(y))
        grads = tape.gradient(total, xs, unconnected_gradients="zero")
        cases[name] = [rounded(r) for r in (y, *grads)]
    made_with = {"tf_keras": keras.__version__, "tensorflow": tf.__version__}
    text = json.dumps({"made_with": made_with, "cases": cases}, separators=(",", ":"))
    PATH.write_text(text + "\n")
    print(f"{PATH.name}: {len(cases)} cases, {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
