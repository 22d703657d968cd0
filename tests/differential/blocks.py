"""What random models are made of: layers by the rank of their input, merges, wrappers, heads."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Found(NamedTuple):
    """A layer that fits, and whether its result has a mask."""

    layer: Any
    masked: bool = False


ACTIVATIONS = [
    "relu", "tanh", "sigmoid", "hard_sigmoid", "softplus", "softsign", "elu", "selu", "linear",
    "softmax", "exponential",
]  # fmt: skip


def activation(b: Any) -> str:
    """Return an activation; softmax and exponential seldom."""
    return b.one(*ACTIVATIONS[:9]) if b.chance(0.9) else b.one(*ACTIVATIONS[9:])


def extras(b: Any, *names: str) -> dict[str, Any]:
    """Return regularizers and constraints of some weights, in a few cases."""
    more: dict[str, Any] = {}
    for name in names:
        if b.chance(0.12):
            make = b.keras.regularizers
            more[f"{name}_regularizer"] = b.one(
                make.l1(0.01), make.l2(0.03), make.l1_l2(0.01, 0.02)
            )
        if b.chance(0.06):
            make = b.keras.constraints
            more[f"{name}_constraint"] = b.one(make.max_norm(0.8), make.non_neg(), make.unit_norm())
    if names and b.chance(0.08) and not b.depth:
        # tf_keras divides the penalty by the number of samples, Keras 2.3.1 does not. Within
        # TimeDistributed a step is a sample there.
        more["activity_regularizer"] = b.keras.regularizers.l2(0.01 * (b.batch if b.peer else 1))
    return more


# -- layers for every rank


def dense(b: Any, shape: Any) -> Any:
    use = b.chance(0.85)
    names = ("kernel", "bias") if use else ("kernel",)
    return b.layer(
        "Dense", b.whole(1, 5), activation=activation(b), use_bias=use, **extras(b, *names)
    )


def act(b: Any, shape: Any) -> Any:
    return b.layer("Activation", activation(b))


def advanced(b: Any, shape: Any) -> Any:
    # TensorFlow rounds alpha to single precision: only what it can hold is tried.
    kind = b.one("LeakyReLU", "ELU", "ThresholdedReLU", "ReLU", "PReLU")
    if kind == "LeakyReLU":
        return b.layer(kind, b.one(0.125, 0.25, 0.5))
    if kind == "ELU":
        return b.layer(kind, b.one(1.0, 0.5))
    if kind == "ThresholdedReLU":
        return b.layer(kind, b.one(0.25, 0.5))
    if kind == "ReLU":
        return b.layer(kind, **b.one(
            {}, {"max_value": 1.5}, {"negative_slope": 0.25},
            {"threshold": 0.25}, {"max_value": 2.0, "negative_slope": 0.125, "threshold": 0.5},
        ))  # fmt: skip
    shared = None if len(shape) == 1 or b.chance(0.5) else tuple(range(1, len(shape)))
    return b.layer(kind, shared_axes=shared)


def softmax(b: Any, shape: Any) -> Any:
    return b.layer("Softmax", axis=b.one(-1, -1, 1))


def norm(b: Any, shape: Any) -> Any:
    axis = -1 if b.chance(0.7) else b.whole(1, len(shape))
    return b.layer(
        "BatchNormalization", axis=axis, momentum=b.one(0.99, 0.5), epsilon=b.one(1e-3, 1e-2),
        center=b.chance(0.8), scale=b.chance(0.8),
    )  # fmt: skip


def noise(b: Any, shape: Any) -> Any:
    kinds = ["Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout"]
    if len(shape) in (2, 3, 4):
        kinds.append(f"SpatialDropout{len(shape) - 1}D")
    if b.chance(0.5):
        return b.layer(b.one("Dropout", "GaussianNoise"), 0.0)
    b.random = True
    return b.layer(b.one(*kinds), 0.3)


def penalty(b: Any, shape: Any) -> Any:
    share = b.batch if b.peer else 1  # as for activity_regularizer
    b.story.append("ActivityRegularization")
    return b.layers.ActivityRegularization(l1=0.01 * share, l2=0.02 * share, name=b.name())


FUNCTIONS = {
    "square": lambda K, x: K.square(x),
    "abs": lambda K, x: K.abs(x),
    "sqrt": lambda K, x: K.sqrt(K.square(x) + 0.5),
    "log": lambda K, x: K.log(1.5 + K.square(x)),
    "exp": lambda K, x: K.exp(K.clip(x, -2.0, 2.0)),
    "pow": lambda K, x: K.pow(K.abs(x) + 0.5, 1.5),
    "l2_normalize": lambda K, x: K.l2_normalize(x, axis=-1),
    "cumsum": lambda K, x: K.cumsum(x, axis=1),
    "cumprod": lambda K, x: K.cumprod(x, axis=-1),
    "reverse": lambda K, x: K.reverse(x, 1),
    "centre": lambda K, x: x - K.mean(x, axis=-1, keepdims=True),
    "std": lambda K, x: x / (0.5 + K.std(x, axis=1, keepdims=True)),
    "max": lambda K, x: x * K.max(x, axis=-1, keepdims=True),
    "min": lambda K, x: K.min(x, axis=1, keepdims=True) - x,
    "logsumexp": lambda K, x: x - K.log(K.sum(K.exp(K.clip(x, -9.0, 9.0)), axis=-1, keepdims=True)),
    "prod": lambda K, x: x + K.prod(x, axis=-1, keepdims=True),
    "tile": lambda K, x: K.concatenate([x, K.sin(x)], axis=-1),
    "where": lambda K, x: x + K.cast(K.greater(x, 0.1), K.floatx()) * K.cos(x),
    "sign": lambda K, x: K.sign(x) * K.softsign(x),
    "slice": lambda K, x: x[..., :1] * x,
    "maximum": lambda K, x: K.maximum(x, -x * x),
    "var": lambda K, x: x + K.var(x, axis=-1, keepdims=True),
    "stack": lambda K, x: K.sum(K.stack([x, x * x], axis=1), axis=1),
    "gather": lambda K, x: K.repeat_elements(x, 2, axis=-1)[..., ::2],
}


def function(b: Any, shape: Any) -> Any:
    name = b.one(*sorted(FUNCTIONS))
    K = b.keras.backend
    b.story.append(f"Lambda {name}")
    layer = b.layers.Lambda(lambda x: FUNCTIONS[name](K, x), name=b.name())
    return layer


def reshape(b: Any, shape: Any) -> Any:
    size = int(np.prod(shape))
    first = [n for n in range(1, min(size, 8) + 1) if size % n == 0 and size // n <= 24]
    if not first or b.chance(0.3) or len(shape) == 1:
        n = b.one(*first) if first else 1
        return b.layer("Reshape", (n, -1 if b.chance(0.5) else size // n))
    order = tuple(int(n) + 1 for n in b.choices.permutation(len(shape)))
    return b.layer("Permute", order)


# -- rows


def repeat(b: Any, shape: Any) -> Any:
    return b.layer("RepeatVector", b.whole(1, 4)) if shape[0] <= 8 else None


# -- sequences


def sides(b: Any, size: int) -> tuple[int, int]:
    """Return how much of an axis is cut away."""
    cut = b.whole(0, min(2, size - 1))
    left = b.whole(0, cut)
    return left, cut - left


def conv_settings(b: Any, shape: Any, rank: int, **more: Any) -> Any:
    """Return kernel size, and settings of a convolution that fits."""
    kernel = tuple(b.whole(1, min(3, n)) for n in shape[:rank])
    padding = b.one("valid", "same")
    strides = b.one(1, 1, 2)
    dilation = 1
    if (
        strides == 1
        and b.chance(0.3)
        and all(2 * (k - 1) < n for k, n in zip(kernel, shape, strict=False))
    ):
        dilation = 2
    return kernel, {"strides": strides, "padding": padding, "dilation_rate": dilation, **more}


def conv1d(b: Any, shape: Any) -> Any:
    kernel, settings = conv_settings(b, shape, 1)
    kind = b.one("Conv1D", "Conv1D", "SeparableConv1D")
    if kind == "Conv1D" and settings["strides"] == 1 and b.chance(0.3):
        settings["padding"] = "causal"
    if kind == "SeparableConv1D":
        settings["depth_multiplier"] = b.whole(1, 2)
        settings["dilation_rate"] = 1
        more = extras(b, "depthwise", "pointwise")
    else:
        more = extras(b, "kernel", "bias")
        settings["use_bias"] = (
            "bias_regularizer" in more or "bias_constraint" in more or b.chance(0.8)
        )
    return b.layer(kind, b.whole(1, 4), kernel, activation=activation(b), **settings, **more)


def local1d(b: Any, shape: Any) -> Any:
    return b.layer(
        "LocallyConnected1D", b.whole(1, 3), b.whole(1, min(3, shape[0])), strides=b.whole(1, 2),
        activation=activation(b), **extras(b, "kernel", "bias"),
    )  # fmt: skip


def pool(b: Any, shape: Any) -> Any:
    rank = len(shape) - 1
    size = tuple(b.whole(1, min(3, n)) for n in shape[:-1])
    if rank == 1:
        size = size[0]
    strides = b.one(None, 1, 2)
    return b.layer(
        f"{b.one('Max', 'Average')}Pooling{rank}D", size, strides=strides,
        padding=b.one("valid", "same"),
    )  # fmt: skip


def global_pool(b: Any, shape: Any) -> Any:
    return b.layer(f"Global{b.one('Max', 'Average')}Pooling{len(shape) - 1}D")


def average_steps(b: Any, shape: Any) -> Any:
    return b.layer("GlobalAveragePooling1D")


def resize(b: Any, shape: Any) -> Any:
    rank = len(shape) - 1
    kind = b.one("UpSampling", "ZeroPadding", "Cropping")
    if kind == "Cropping":
        cut = tuple(sides(b, n) for n in shape[:-1])
    elif max(shape[:-1]) > 6 or np.prod(shape) > 200:
        return None
    elif kind == "UpSampling":
        cut = tuple(b.whole(1, 2) for _ in range(rank))
    else:
        cut = tuple((b.whole(0, 2), b.whole(0, 1)) for _ in range(rank))
    return b.layer(f"{kind}{rank}D", cut[0] if rank == 1 else cut)


def rnn_settings(b: Any, kind: str) -> dict[str, Any]:
    """Return settings of a recurrent layer or cell."""
    settings: dict[str, Any] = {"activation": b.one("tanh", "tanh", "relu", "softsign")}
    if kind != "SimpleRNN":
        settings["recurrent_activation"] = b.one("sigmoid", "hard_sigmoid")
        settings["implementation"] = b.one(1, 2)
    if kind == "GRU":
        settings["reset_after"] = b.chance(0.5)
    settings["use_bias"] = b.chance(0.85)
    return settings


def recurrent(b: Any, shape: Any, sequences: bool) -> Any:
    kind = b.one("SimpleRNN", "GRU", "LSTM")
    more: dict[str, Any] = {"return_sequences": sequences, "go_backwards": b.chance(0.25)}
    if b.chance(0.1):
        b.random = True
        more["dropout"] = 0.2
        more["recurrent_dropout"] = b.one(0.0, 0.2)
    if b.chance(0.15) and shape[0] > 1:  # Keras 2.3.1 refuses to unroll one step
        more["unroll"] = True
    more |= extras(b, "kernel", "recurrent")
    return b.layer(kind, b.whole(1, 4), **rnn_settings(b, kind), **more)


def cells(b: Any, shape: Any, sequences: bool) -> Any:
    """An RNN of one or several cells."""
    made, told = [], []
    for _ in range(b.whole(1, 2)):
        kind = b.one("SimpleRNN", "GRU", "LSTM")
        settings = rnn_settings(b, kind)
        units = b.whole(1, 4)
        made.append(getattr(b.layers, f"{kind}Cell")(units, **settings))
        told.append(f"{kind}Cell({units}, {settings})")
    b.story.append(f"cells {told}")
    return b.layer("RNN", made if len(made) > 1 else made[0], return_sequences=sequences)


def bidirectional(b: Any, shape: Any, sequences: bool) -> Any:
    if sequences and b.masked:
        return None  # where there is a mask, tf_keras gives zeros and Keras 2.3.1 the step before
    kind = b.one("SimpleRNN", "GRU", "LSTM")
    inner = b.layer(kind, b.whole(1, 3), return_sequences=sequences, **rnn_settings(b, kind))
    return b.layer("Bidirectional", inner, merge_mode=b.one("concat", "sum", "mul", "ave"))


def sequence_of(b: Any, shape: Any) -> Any:
    """TimeDistributed around a layer for the rank below, or around a model."""
    if b.chance(0.3) and not b.depth:
        # tf_keras calls such a model twice, which moves averages twice.
        return b.layer("TimeDistributed", small_model(b, shape[1:], False, without=norm)[0])
    b.depth += 1
    found = choose(b, shape[1:], False, plain_only=True)
    b.depth -= 1
    return b.layer("TimeDistributed", found.layer)


# -- images and volumes


def conv2d(b: Any, shape: Any) -> Any:
    kernel, settings = conv_settings(b, shape, 2)
    kind = b.one("Conv2D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose")
    if kind != "Conv2D":
        settings["dilation_rate"] = 1
    if kind == "Conv2DTranspose":
        if max(shape[:2]) > 5:
            return None
        return b.layer(kind, b.whole(1, 3), kernel, activation=activation(b), **settings)
    if kind == "DepthwiseConv2D":
        settings["depth_multiplier"] = b.whole(1, 2)
        del settings["dilation_rate"]
        return b.layer(kind, kernel, activation=activation(b), **settings, **extras(b, "depthwise"))
    names = ("depthwise", "pointwise") if kind == "SeparableConv2D" else ("kernel", "bias")
    more = extras(b, *names)
    return b.layer(kind, b.whole(1, 4), kernel, activation=activation(b), **settings, **more)


def local2d(b: Any, shape: Any) -> Any:
    if np.prod(shape) > 80:
        return None
    kernel = tuple(b.whole(1, min(3, n)) for n in shape[:2])
    return b.layer(
        "LocallyConnected2D", b.whole(1, 2), kernel, strides=b.whole(1, 2),
        activation=activation(b),
    )  # fmt: skip


def conv3d(b: Any, shape: Any) -> Any:
    kernel, settings = conv_settings(b, shape, 3)
    if max(shape[:3]) <= 3 and b.chance(0.3):
        del settings["dilation_rate"]
        return b.layer("Conv3DTranspose", b.whole(1, 2), kernel, **settings)
    if b.floatx == "float64":
        settings["dilation_rate"] = 1  # TensorFlow has no such gradient in double precision
    return b.layer("Conv3D", b.whole(1, 3), kernel, activation=activation(b), **settings)


def conv_lstm(b: Any, shape: Any, sequences: bool) -> Any:
    kernel = tuple(b.whole(1, min(2, n)) for n in shape[1:3])
    return b.layer(
        "ConvLSTM2D", b.whole(1, 2), kernel, padding=b.one("same", "valid"),
        recurrent_activation=b.one("sigmoid", "hard_sigmoid"), go_backwards=b.chance(0.2),
        return_sequences=sequences,
    )  # fmt: skip


REFUSE, PASS, STOP = "refuse", "pass", "stop"
# BatchNormalization and Softmax let masks pass, but tf_keras leaves out what is masked in what they
# compute, and Keras 2.3.1 does not.
ANY = [
    (dense, PASS, 3), (act, PASS, 2), (advanced, PASS, 2.5), (softmax, REFUSE, 0.5), (norm, REFUSE, 2), (noise, PASS, 2),
    (penalty, PASS, 0.5), (function, STOP, 3), (reshape, REFUSE, 1.5),
]  # fmt: skip


def sequence(maker: Any, how: bool) -> Any:
    """Return a maker for a recurrent layer that gives sequences, or one that does not."""
    return lambda b, shape: maker(b, shape, how)


RECURRENT = [
    (sequence(maker, how), PASS if how else STOP, weight)
    for maker, weight in ((recurrent, 3), (cells, 1), (bidirectional, 2))
    for how in (True, False)
]
BLOCKS = {
    1: [(repeat, REFUSE, 1)],
    2: [
        (conv1d, REFUSE, 4), (local1d, REFUSE, 1), (pool, REFUSE, 1.5), (global_pool, REFUSE, 1),
        (average_steps, STOP, 0.7), (resize, REFUSE, 2), (sequence_of, REFUSE, 1.5), *RECURRENT,
    ],
    3: [
        (conv2d, REFUSE, 8), (local2d, REFUSE, 1), (pool, REFUSE, 2), (global_pool, REFUSE, 1),
        (resize, REFUSE, 2), (sequence_of, REFUSE, 2),
    ],
    4: [
        (conv3d, REFUSE, 4), (resize, REFUSE, 2), (sequence_of, REFUSE, 2),
        (sequence(conv_lstm, True), REFUSE, 1.5), (sequence(conv_lstm, False), REFUSE, 1.5),
        (pool, REFUSE, 2), (global_pool, REFUSE, 1),
    ],
}  # fmt: skip


def choose(
    b: Any, shape: Any, masked: bool, plain_only: bool = False, without: Any = None
) -> Found:
    """Make a layer that fits a shape and a mask.

    Args:
        b: builder.
        shape: shape of a sample.
        masked: whether the input has a mask.
        plain_only: whether the layer is to be called more often than here: no penalty, no
            function, nothing that would be a network of its own.
        without: a kind of layer that is left out.
    """
    options = [o for o in ANY + BLOCKS.get(len(shape), []) if not masked or o[1] != REFUSE]
    options = [o for o in options if o[0] is not without]
    if b.depth:
        options = [o for o in options if o[0] is not penalty]
    if plain_only:
        options = [o for o in options if o[0] not in (penalty, function, sequence_of)]
    if len(shape) == 4 and b.floatx == "float64":  # TensorFlow pools no doubles in three dimensions
        options = [o for o in options if o[0] is not pool]
    weights = np.array([o[2] for o in options], float)
    b.masked = masked
    for _ in range(20):
        make, how, _ = options[
            int(np.searchsorted(np.cumsum(weights) / weights.sum(), b.choices.random_sample()))
        ]
        layer = make(b, shape)
        if layer is not None:
            return Found(layer, masked and how == PASS)
    return Found(dense(b, shape), masked)


# -- what takes more than one layer


def small_model(b: Any, shape: Any, masked: bool, without: Any = None) -> tuple[Any, bool]:
    """Return a model of two or three layers for a shape, and whether its result has a mask."""
    from .build import Value

    b.depth += 1
    b.story.append(f"a model for {shape}{' masked' * masked}:")
    x = b.layers.Input(shape, name=f"{b.name()}x")
    value = Value(x, masked)
    first = None
    for _ in range(b.whole(1, 3)):
        found = choose(b, value.shape, value.masked, without=without)
        before, value = value, b.apply(found.layer, value, found.masked)
        first = before if first is None else first
    if value.shape == shape and b.chance(0.4):
        value = merged(b, [value, first])
    b.depth -= 1
    return b.keras.models.Model(x, value.tensor, name=b.name()), value.masked


def nested(b: Any, value: Any) -> Any:
    """Put a model into the model."""
    model, masked = small_model(b, value.shape, value.masked)
    b.story.append(f"called: {model.name}")
    result = b.apply(model, value, masked)
    if result.shape == value.shape and result.masked == value.masked and b.chance(0.5):
        result = b.apply(model, result, masked)
    return result


def twice(b: Any, value: Any) -> Any:
    """Call one layer on two tensors, and merge what comes out."""
    found = choose(b, value.shape, value.masked, plain_only=True)
    other = b.apply(b.layer("Activation", "tanh"), value, value.masked)
    return merged(b, [b.apply(found.layer, v, found.masked) for v in (value, other)])


def states(b: Any, value: Any) -> Any:
    """Let one recurrent layer begin where another has ended."""
    kind = b.one("SimpleRNN", "GRU", "LSTM")
    units = b.whole(1, 4)
    first = b.layer(kind, units, return_state=True, **rnn_settings(b, kind))
    tensors = first(value.tensor)
    second = b.layer(kind, units, return_sequences=True, **rnn_settings(b, kind))
    return b.apply(second, value, value.masked, initial_state=list(tensors[1:]))


MERGES = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"]


def merged(b: Any, values: list[Any]) -> Any:
    """Merge two values of one shape."""
    from .build import Value

    kind = b.one(*MERGES)
    shape = values[0].shape
    masked = any(v.masked for v in values)
    if kind == "Dot" and (len(shape) > 2 or masked):
        kind = "Concatenate"
    settings: dict[str, Any] = {}
    if kind == "Dot":
        settings = {"axes": b.whole(1, len(shape)), "normalize": b.chance(0.3)}
    elif kind == "Concatenate":
        settings = {"axis": -1 if len(shape) < 2 or b.chance(0.7) else 1}
    layer = b.layer(kind, **settings)
    result = Value(layer([v.tensor for v in values]), masked)
    b.story.append(f"  {[v.shape for v in values]} -> {result.shape}{' masked' * masked}")
    return result


def flat(b: Any, value: Any) -> Any:
    """Make a value one row."""
    if len(value.shape) == 1:
        return value
    if value.masked:
        return b.apply(recurrent(b, value.shape, False), value)
    big = np.prod(value.shape) > 60
    kind = f"GlobalAveragePooling{len(value.shape) - 1}D" if big else "Flatten"
    return b.apply(b.layer(kind), value)


HEADS = {
    "real": (None, [
        "mse", "mae", "logcosh", "cosine_similarity", "mean_squared_error", "mean_absolute_error",
    ]),
    "signs": (None, ["hinge", "squared_hinge"]),
    "one hot": ("softmax", ["categorical_crossentropy", "categorical_hinge"]),
    "classes": ("softmax", ["sparse_categorical_crossentropy"]),
    "shares": ("softmax", ["kullback_leibler_divergence", "categorical_crossentropy"]),
    "yes or no": ("sigmoid", ["binary_crossentropy", "hinge"]),
    "positive": ("softplus", [
        "poisson", "mean_squared_logarithmic_error", "mean_absolute_percentage_error",
    ]),
}  # fmt: skip


def head(b: Any, value: Any) -> tuple[Any, Any, list[Any]]:
    """Make an output of a value: return it, its loss, and the layers that were added."""
    from .build import Output

    if value.masked:
        # tf_keras divides a loss by the number of steps that count, Keras 2.3.1 by that of all.
        value = b.apply(function(b, value.shape), value)
    kind = b.one(*sorted(HEADS)) if len(value.shape) < 3 else "real"
    last, losses = HEADS[kind]
    added = []
    loss: Any = b.one(*losses)
    if last:
        logits = b.chance(0.3) and "crossentropy" in loss
        if logits:
            name = {"b": "Binary", "c": "Categorical", "s": "SparseCategorical"}[loss[0]]
            loss = getattr(b.keras.losses, f"{name}Crossentropy")(from_logits=True)
        units = b.whole(2, 4) if last == "softmax" else b.whole(1, 3)
        layer = b.layer("Dense", units, activation=None if logits else last)
        added.append(layer)
        value = b.apply(layer, value)
    b.story.append(f"  loss {loss if isinstance(loss, str) else type(loss).__name__}")
    return value, Output(loss, kind, value.shape, b.one(1.0, 1.0, 0.5)), added
