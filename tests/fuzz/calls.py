"""Arguments and messages that hypothesis makes up: for layers, fit, tokenizers, the panel."""

from __future__ import annotations

import gc
import inspect
import json
from typing import Any

import numpy as np
from hypothesis import strategies as st

from kerasnb import backend as K
from kerasnb import layers
from kerasnb.engine.base_layer import Layer
from kerasnb.layers import LSTM, Dense, Input, concatenate
from kerasnb.models import Model, Sequential
from kerasnb.notebook.language import language, suggest_language
from kerasnb.notebook.panel import Panel
from kerasnb.preprocessing.sequence import (
    TimeseriesGenerator,
    make_sampling_table,
    pad_sequences,
    skipgrams,
)
from kerasnb.preprocessing.text import Tokenizer, hashing_trick, text_to_word_sequence
from tests.saving.mutations import HOSTILE

from .target import MadeUp

SMALL = st.integers(-2, 6)
NUMBERS = SMALL | st.sampled_from([0.5, 0.0, -0.1, 1.0, float("nan"), float("inf"), True])
WORDS = st.sampled_from(
    ["same", "valid", "causal", "full", "channels_first", "channels_last", "relu", "softmax", "zeros",
     "ones", "l2", "non_neg", "max_norm", "sum", "concat", "mul", "ave", "bilinear", "nearest", "", "x", "None",
     "batch", "auto", "float64", "int32", "orthogonal", "identity"]
)  # fmt: skip
TUPLES = st.lists(SMALL | st.none() | st.tuples(SMALL, SMALL), max_size=4).map(tuple)
ODD = st.sampled_from(
    [{}, [], "x", b"x", 1j, object, None, {"class_name": "L1L2", "config": {}}, [[]]]
)
ANYTHING = NUMBERS | WORDS | TUPLES | ODD | TUPLES.map(list)


_GOOD: dict[str, Any] = {
    "units": 2, "filters": 2, "kernel_size": 2, "rate": 0.5, "stddev": 0.5, "activation": "relu",
    "target_shape": (-1,), "dims": (1,), "n": 2, "input_dim": 9, "output_dim": 2, "axes": 1,
}  # fmt: skip
_OTHER: dict[str, list[Any]] = {
    "strides": [1, 2], "padding": ["same", "valid"], "dilation_rate": [1, 2], "use_bias": [False],
    "return_sequences": [True], "return_state": [True], "stateful": [True], "unroll": [True],
    "go_backwards": [True], "data_format": ["channels_first", "channels_last"], "mask_zero": [True],
    "pool_size": [1, 2, 3], "size": [1, 2], "axis": [-1, 1], "reset_after": [True],
    "kernel_regularizer": ["l2"], "kernel_constraint": ["non_neg"], "merge_mode": ["sum", None],
    "depth_multiplier": [2], "recurrent_dropout": [0.5], "dropout": [0.5], "interpolation": ["bilinear"],
    "cropping": [1, 0], "scale": [False], "center": [False], "implementation": [1, 2],
}  # fmt: skip
_SEQUENTIAL = ("LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed", "RepeatVector")


def _axes(name: str) -> int:
    """Return with how many axes besides the samples' a layer's inputs usually come."""
    if name == "ConvLSTM2D":
        return 4
    for axes in (1, 2, 3):
        if f"{axes}D" in name:
            return axes + 1
    return 1 if name == "RepeatVector" else 2 if name in _SEQUENTIAL else 1


class Layers(MadeUp):
    """Layers, most of them with one or two odd settings, called and asked for an output."""

    kinds = sorted(
        name
        for name in vars(layers)
        if isinstance(getattr(layers, name), type)
        and issubclass(getattr(layers, name), Layer)
        and name
        not in ("Layer", "InputLayer", "Wrapper", "RNN", "Recurrent", "Lambda", "ConvRNN2D")
        and not name.startswith(("CuDNN", "Maxout", "Highway"))
        and not name.endswith("Cell")
    )

    @staticmethod
    @st.composite
    def _case(draw: Any) -> Any:
        name = draw(st.sampled_from(Layers.kinds))
        cls = getattr(layers, name)
        odd = draw(st.integers(0, 2))
        names = [
            p.name
            for p in inspect.signature(cls).parameters.values()
            if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name != "layer"
        ]
        settings = {n: _GOOD[n] for n in names if n in _GOOD}
        for changed in draw(st.lists(st.sampled_from(names or ["name"]), max_size=3)):
            if changed in _OTHER:
                settings[changed] = draw(st.sampled_from(_OTHER[changed]))
        for changed in draw(st.lists(st.sampled_from(names or ["name"]), max_size=odd)):
            settings[changed] = draw(ANYTHING)
        if name in ("Bidirectional", "TimeDistributed"):
            inner = [("LSTM", 2), ("Dense", 2), ("Conv1D", 2, 2), ("Flatten",), ("GRU", 2)]
            settings["layer"] = draw(st.sampled_from(inner))
        shape = [draw(st.integers(3, 5)) for _ in range(_axes(name))]
        if draw(st.integers(0, 3)) == 0:
            shape = draw(st.lists(st.integers(1, 5) | st.none(), max_size=5))
        merges = issubclass(cls, layers.merge._Merge)
        inputs = draw(st.integers(1, 3)) if draw(st.integers(0, 9)) == 0 else 1 + merges
        return name, settings, shape, inputs

    strategy = _case()

    def use(self, case: Any) -> None:
        name, settings, shape, inputs = case
        settings = dict(settings)
        if isinstance(settings.get("layer"), tuple):
            kind, *rest = settings["layer"]
            settings["layer"] = getattr(layers, kind)(*rest)
        if name == "StackedRNNCells":
            settings["cells"] = [layers.LSTMCell(2)]
        layer = getattr(layers, name)(**settings)
        x = [Input(batch_shape=(2, *shape)) for _ in range(inputs)]
        y = layer(x if inputs > 1 else x[0])
        arrays = [np.ones((2, *(n or 3 for n in shape))) for _ in x]
        model = Model(x, y)
        found = model.predict_on_batch(arrays)
        for one, tensor in zip(
            found if isinstance(found, list) else [found], model.outputs, strict=True
        ):
            fits = [n in (None, m) for n, m in zip(K.int_shape(tensor), one.shape, strict=True)]
            assert all(fits), (K.int_shape(tensor), one.shape)
        type(layer).from_config(layer.get_config())


def arrays(rows: Any, *shapes: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """Arrays of some rows: good ones, of other shapes, of other types, and no arrays."""
    shape = st.builds(lambda n, s: (n, *s), rows, st.sampled_from(shapes))
    values = st.sampled_from([0.0, 1.0, 2.0, -1.0, float("nan"), 1e30])
    kinds = st.sampled_from(
        ["f4", "f4", "f4", "f8", "i8", "u1", "?", "f2", "c8", "U3", "O", "M8[s]"]
    )

    def array(shape: Any, value: float, kind: str, as_list: int) -> Any:
        with np.errstate(all="ignore"):
            if kind in ("U3", "M8[s]"):
                made = np.zeros(shape, kind)
            else:
                made = np.full(shape, 0 if kind in "i8u1?" else value).astype(kind)
        return made.tolist() if as_list == 0 else made

    return st.builds(array, shape, values, kinds, st.integers(0, 5))


ROWS = st.just(6) | st.just(6) | st.just(6) | st.integers(0, 9)
X = arrays(ROWS, (3,), (3,), (3,), (), (2,), (3, 1), (0,))
Y = arrays(ROWS, (2,), (2,), (2,), (), (1,), (3,), (2, 1))
LABELS = arrays(ROWS, (), (1,), (2,))


_DATA: dict[str, dict[str, Any]] = {
    "one": {"x": np.ones((6, 3)), "y": np.eye(2)[[0, 1, 1, 0, 1, 1]]},
    "two": {"x": [np.ones((6, 3))] * 2, "y": [np.zeros((6, 2)), np.ones((6, 2))]},
    "states": {"x": np.ones((6, 3, 1)), "y": np.zeros((6, 2)), "batch_size": 3},
    "steps": {"x": np.ones((6, 4, 3)), "y": np.zeros((6, 4, 2))},
}
_GOOD_FIT: dict[str, st.SearchStrategy[Any]] = {
    "batch_size": st.integers(1, 8),
    "epochs": st.integers(0, 3),
    "validation_split": st.sampled_from([0.2, 0.5, 0.0]),
    "shuffle": st.sampled_from([True, False, "batch"]),
    "class_weight": st.just({0: 1.0, 1: 2.0, 2: 1.0}),
    "sample_weight": st.just(np.arange(6.0)),
    "initial_epoch": st.integers(0, 2),
    "steps_per_epoch": st.integers(1, 3),
    "validation_freq": st.sampled_from([1, 2, [1], []]),
    "metrics": st.sampled_from([["mae"], ["accuracy"], "accuracy", ["acc", "mse"]]),
    "optimizer": st.sampled_from(["sgd", "adam", "rmsprop"]),
}
_ODD_FIT: dict[str, st.SearchStrategy[Any]] = {
    "loss": st.sampled_from(
        ["categorical_crossentropy", "sparse_categorical_crossentropy", "hinge", ["mse"], {"out": "mse"},
         {"x": "mse"}, None, "x", 5, {"first": "mse", "second": "mae"}, "binary_crossentropy"]
    ),
    "x": X | st.lists(X, max_size=3) | st.dictionaries(st.sampled_from("abx"), X) | ODD,
    "y": Y | LABELS | st.lists(Y, max_size=3) | st.dictionaries(st.sampled_from("ab"), Y) | ODD,
    "batch_size": ANYTHING,
    "epochs": SMALL | ANYTHING,
    "validation_split": NUMBERS | ODD,
    "validation_data": st.tuples(X, Y) | st.lists(X | Y, max_size=4) | ANYTHING,
    "shuffle": ANYTHING,
    "class_weight": st.dictionaries(st.integers(0, 2), NUMBERS) | ANYTHING,
    "sample_weight": arrays(ROWS, (), (), (1,)) | ANYTHING,
    "initial_epoch": ANYTHING,
    "steps_per_epoch": SMALL | ANYTHING,
    "validation_steps": SMALL | ANYTHING,
    "validation_freq": ANYTHING | st.lists(SMALL),
    "callbacks": ANYTHING,
    "metrics": st.sampled_from([{"out": "mae"}, ["x"], 5, [[]], [None], {"x": "mae"}, [["mae"]], [5]]),
    "optimizer": st.sampled_from(["x", 5, None, {"class_name": "SGD", "config": {"lr": "x"}}, {}]),
    "loss_weights": st.lists(NUMBERS, max_size=3)
    | st.dictionaries(st.sampled_from(["first", "second", "out"]), NUMBERS) | ODD,
    "sample_weight_mode": st.sampled_from(["temporal", "x", ["temporal"], {"out": "temporal"}]),
}  # fmt: skip


class Fit(MadeUp):
    """Arguments of compile, fit, evaluate and predict: good ones, and one or two that are odd."""

    at_once = 15

    @staticmethod
    @st.composite
    def _case(draw: Any) -> Any:
        kind = draw(st.sampled_from(["one", "one", "two", "states", "steps"]))
        case = {"model": kind, "loss": "mse", **_DATA[kind]}
        for name in draw(st.lists(st.sampled_from(sorted(_GOOD_FIT)), max_size=4)):
            case[name] = draw(_GOOD_FIT[name])
        for name in draw(st.lists(st.sampled_from(sorted(_ODD_FIT)), max_size=2)):
            case[name] = draw(_ODD_FIT[name])
        return case

    strategy = _case()

    def _model(self, kind: str) -> Any:
        a = Input((3,), name="a") if kind != "states" else Input(batch_shape=(3, 3, 1), name="a")
        if kind == "states":
            return Model(a, LSTM(2, stateful=True, name="out")(a))
        if kind == "steps":
            steps = Input((None, 3), name="a")
            return Model(steps, LSTM(2, return_sequences=True, name="out")(steps))
        if kind == "one":
            return Sequential([Dense(2, input_shape=(3,), name="out")])
        b = Input((3,), name="b")
        both = concatenate([a, b])
        return Model([a, b], [Dense(2, name="first")(both), Dense(2, name="second")(both)])

    def use(self, case: Any) -> None:
        case = dict(case)
        model = self._model(case.pop("model"))
        names = ("loss", "metrics", "loss_weights", "sample_weight_mode")
        settings = {name: case.pop(name) for name in names if name in case}
        model.compile(case.pop("optimizer", "sgd"), **settings)
        x, y = case.pop("x"), case.pop("y")
        case.setdefault("verbose", 0)
        model.fit(x, y, **case)
        model.evaluate(x, y, verbose=0, batch_size=3)
        model.predict(x, batch_size=3)


TEXT = st.text(max_size=20) | st.sampled_from([text[:300] for text in HOSTILE])
TEXTS = st.lists(TEXT, max_size=4)
ODD_TEXTS = (
    st.lists(TEXT | ODD | NUMBERS | st.lists(TEXT | NUMBERS, max_size=3), max_size=3) | ODD | TEXT
)


class Texts(MadeUp):
    """Texts and settings for tokenizers."""

    python_says = (TypeError, ValueError)
    at_once = 50
    strategy = st.fixed_dictionaries(
        {
            "settings": st.fixed_dictionaries(
                {},
                optional={
                    "num_words": SMALL | ANYTHING,
                    "filters": TEXT | ANYTHING,
                    "lower": st.booleans(),
                    "split": st.sampled_from([" ", "ab", "\u3000"]) | ANYTHING,
                    "char_level": st.booleans(),
                    "oov_token": TEXT | ANYTHING,
                    "document_count": NUMBERS,
                },
            ),
            "seen": TEXTS | ODD_TEXTS,
            "asked": TEXTS | ODD_TEXTS,
            "mode": st.sampled_from(["binary", "count", "freq", "tfidf", "x", None]),
            "numbers": st.lists(st.lists(st.integers(-3, 9) | NUMBERS, max_size=4), max_size=3)
            | ODD,
            "n": SMALL | ANYTHING,
        }
    )

    def use(self, case: Any) -> None:
        tokenizer = Tokenizer(**case["settings"])
        tokenizer.fit_on_texts(case["seen"])
        sequences = tokenizer.texts_to_sequences(case["asked"])
        tokenizer.sequences_to_texts(sequences)
        tokenizer.sequences_to_texts(case["numbers"])
        tokenizer.texts_to_matrix(case["asked"], mode=case["mode"])
        tokenizer.sequences_to_matrix(case["numbers"], mode=case["mode"])
        tokenizer.fit_on_sequences(case["numbers"])
        json.loads(tokenizer.to_json())
        for text in case["asked"]:
            text_to_word_sequence(text)
            hashing_trick(text, case["n"], "md5")


class Sequences(MadeUp):
    """Sequences to be padded, paired, and cut into windows."""

    python_says = (TypeError, ValueError)
    at_once = 50
    rows = st.lists(NUMBERS | TEXT | st.lists(NUMBERS, max_size=2), max_size=4)
    strategy = st.fixed_dictionaries(
        {
            "who": st.sampled_from(["pad", "pad", "pairs", "windows", "table"]),
            "rows": st.lists(st.lists(st.integers(-3, 9), max_size=4), max_size=3)
            | st.lists(rows | ODD, max_size=3) | ODD,
            "sequence": st.lists(st.integers(0, 5), max_size=6) | rows | ODD,
        },
        optional={
            "maxlen": SMALL | ANYTHING,
            "dtype": st.sampled_from(["int32", "float32", object, "U2", "x", None, 5]),
            "padding": st.sampled_from(["pre", "post", "x", None]),
            "truncating": st.sampled_from(["pre", "post", "x", None]),
            "value": ANYTHING,
            "vocabulary_size": SMALL | ANYTHING,
            "window_size": SMALL | ANYTHING,
            "negative_samples": SMALL | ANYTHING,
            "categorical": st.booleans(),
            "length": SMALL | ANYTHING,
            "sampling_rate": SMALL | ANYTHING,
            "stride": SMALL | ANYTHING,
            "start_index": SMALL | ANYTHING,
            "end_index": SMALL | ANYTHING,
            "shuffle": st.booleans(),
            "batch_size": SMALL | ANYTHING,
        },
    )  # fmt: skip

    def use(self, case: Any) -> None:
        def some(*names: str) -> Any:
            return {name: case[name] for name in names if name in case}

        if case["who"] == "pad":
            pad_sequences(case["rows"], **some("maxlen", "dtype", "padding", "truncating", "value"))
        elif case["who"] == "pairs":
            more = some("window_size", "negative_samples", "categorical", "shuffle")
            skipgrams(case["sequence"], case.get("vocabulary_size", 5), **more)
        elif case["who"] == "table":
            make_sampling_table(case.get("vocabulary_size", 5))
        else:
            names = ("sampling_rate", "stride", "start_index", "end_index", "shuffle", "batch_size")
            sequence = case["sequence"]
            made = TimeseriesGenerator(sequence, sequence, case.get("length", 2), **some(*names))
            made[len(made) - 1]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


class Messages(MadeUp):
    """What a page may send to the panel's other end: it answers, and nothing else changes."""

    at_once = 100
    orders = ("pause", "resume", "stop", "learning_rate", "language", "chapter", "hello", "x", "")
    strategy = PLAIN | st.fixed_dictionaries(
        {"order": st.sampled_from(orders) | PLAIN},
        optional=dict.fromkeys(
            ("id", "training", "value", "name", "language", "__class__", "order "), PLAIN
        ),
    )

    def prepare(self) -> None:
        self.sent: list[Any] = []
        self.names: dict[str, Any] = {}
        self.panel = Panel(self.names, self.sent.append, lambda: None)
        self.panel.begin_telling = lambda: None  # type: ignore[method-assign]
        self.said = language()

    def use(self, case: Any) -> None:
        self.sent.clear()
        self.panel.receive(case)
        (answer,) = self.sent
        json.dumps(answer, allow_nan=False).encode("utf-8")
        assert answer["kind"] == "answer" and ("value" in answer) != ("error" in answer)
        assert len(str(answer.get("error"))) <= 200
        assert not self.names
        self.names["model " + str(case)[:50]] = Sequential([Dense(1, input_shape=(2,))])
        self.panel.after_cell()
        self.panel.tell()
        json.dumps(self.sent, allow_nan=False).encode("utf-8")
        self.names.clear()
        suggest_language(None)
        gc.collect(0)


CALLS = {"layers": Layers, "fit": Fit, "texts": Texts, "sequences": Sequences, "messages": Messages}
