"""Random models by seed, through the public API of Keras 2 alone: the same here and in tf_keras.

A builder takes the Keras module (`kerasnb` or `tf_keras`) and a seed; every decision comes from the
seed and from shapes. What it did stands in `story`, a line for each layer, so that two sides that
go different ways show where. The choices keep clear of what tf_keras computes otherwise than Keras
2.3.1 by design (see the comments where that is so).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import blocks

LONG = 6  # largest size of an axis that grows


class Value(NamedTuple):
    """A tensor, and whether it has a mask."""

    tensor: Any
    masked: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a sample."""
        # What a layer says; in kerasnb a tensor may know less of itself where sizes are 1.
        known = getattr(self.tensor, "_keras_shape", None) or tuple(self.tensor.shape)
        return tuple(int(n) for n in known[1:])


class Output(NamedTuple):
    """What is trained: a loss, and what its targets are."""

    loss: Any
    kind: str
    shape: tuple[int, ...]
    weight: float


class Builder:
    """Makes the model of a seed.

    Attributes:
        model: the model, compiled.
        story: what was made, a line for each layer.
        inputs: arrays for the model.
        targets: an array for each output.
        sample_weight: None, or weights for each output.
        random: whether training draws random numbers.
        floatx: type of all floats.
    """

    def __init__(self, keras: Any, seed: int) -> None:
        self.keras = keras
        self.layers = keras.layers
        self.choices = np.random.RandomState(seed)
        self.story: list[str] = []
        self.random = False
        self.count = 0
        self.depth = 0
        self.masked = False
        self.floatx = self.one("float64", "float64", "float64", "float32")
        self.batch = self.whole(2, 5)
        keras.backend.set_floatx(self.floatx)
        # tf_keras adds epsilon within the logarithm of binary cross-entropy: it must not matter.
        keras.backend.set_epsilon(1e-13 if self.floatx == "float64" else 1e-7)
        self.data: list[tuple[str, tuple[int, ...], float]] = []  # kind, shape and limit of inputs
        self.pool: list[Value] = []
        self.model = self.compiled(self.network(seed))
        self.make_data(seed)

    # -- choices

    def one(self, *options: Any) -> Any:
        """Return one of the options."""
        return options[self.choices.randint(len(options))]

    def whole(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return int(self.choices.randint(low, high + 1))

    def chance(self, share: float) -> bool:
        """Return True in a share of cases."""
        return bool(self.choices.random_sample() < share)

    @property
    def peer(self) -> bool:
        """Whether this is tf_keras."""
        return self.keras.__name__ == "tf_keras"

    # -- layers

    def name(self) -> str:
        """Return a name that no other layer has."""
        self.count += 1
        return f"n{self.count}"

    def layer(self, kind: str, *args: Any, **settings: Any) -> Any:
        """Make a layer of `keras.layers`, and write it down."""
        told = ", ".join([*map(plain, args), *(f"{k}={plain(v)}" for k, v in settings.items())])
        self.story.append(f"{kind}({told})")
        return getattr(self.layers, kind)(*args, name=self.name(), **settings)

    def apply(self, layer: Any, value: Value, masked: bool = False, **given: Any) -> Value:
        """Call a layer, and write down the shape that comes out."""
        tensor = layer(value.tensor, **given)
        result = Value(tensor[0] if isinstance(tensor, (list, tuple)) else tensor, masked)
        self.story.append(f"  {value.shape} -> {result.shape}{' masked' * masked}")
        return result

    # -- networks

    def network(self, seed: int) -> Any:
        """Return the model, not compiled."""
        if self.chance(0.2):
            return self.sequential()
        self.ins: list[Any] = []
        for _ in range(self.one(1, 1, 1, 2, 2, 3)):
            self.pool.append(self.input())
        used: set[int] = set()
        for _ in range(self.whole(2, 7)):
            self.step(used)
        leaves = [v for i, v in enumerate(self.pool) if i not in used]
        while len(leaves) > self.whole(1, 2):
            leaves = [self.joined(leaves[:2]), *leaves[2:]]
        heads = [self.head(v) for v in leaves]
        self.outputs = [o for _, o in heads]
        return self.keras.models.Model(self.ins, [v.tensor for v, _ in heads], name=f"m{seed}")

    def sequential(self) -> Any:
        """Return a chain of layers as a Sequential."""
        shape = self.sample_shape()
        self.data.append(("floats", shape, 0))
        self.story.append(f"Sequential {shape}")
        model = self.keras.models.Sequential()
        made = []
        value = Value(self.layers.Input(shape))
        for _ in range(self.whole(1, 5)):
            found = blocks.choose(self, value.shape, False, plain_only=True)
            made.append(found.layer)
            # The layer is called here, so that its shape is known, and once more by the model.
            value = self.apply(found.layer, value)
        value, output, more = blocks.head(self, value)
        for i, layer in enumerate([*made, *more]):
            if i == 0 and self.chance(0.7):
                model.add(self.layers.InputLayer(input_shape=shape, name="first"))
            model.add(layer)
        if not model.built:
            model.build((None, *shape))
        self.outputs = [output]
        return model

    def sample_shape(self, rank: int | None = None) -> tuple[int, ...]:
        """Return the shape of an input's sample."""
        rank = rank or self.one(1, 1, 2, 2, 2, 3, 3, 4)
        if rank == 1:
            return (self.whole(1, 8),)
        if rank == 4:
            return (*(self.whole(2, 4) for _ in range(3)), self.whole(1, 2))
        return (*(self.whole(3, LONG) for _ in range(rank - 1)), self.whole(1, 4))

    def input(self) -> Value:
        """Add an input: floats, floats with steps to skip, or words that are embedded."""
        kind = self.one("floats", "floats", "floats", "skips", "words")
        name = f"in{len(self.ins)}"
        if kind == "words":
            shape: tuple[int, ...] = (self.whole(2, LONG),)
            limit = self.whole(4, 9)
            mask = self.chance(0.6)
            self.story.append(f"Input{shape} words")
            x = self.layers.Input(shape, dtype="int32", name=name)
            layer = self.layer("Embedding", limit, self.whole(1, 4), mask_zero=mask)
            value = self.apply(layer, Value(x), mask)
        else:
            shape = self.sample_shape(2 if kind == "skips" else None)
            limit = 0
            self.story.append(f"Input{shape} {kind}")
            x = self.layers.Input(shape, name=name)
            value = Value(x)
            if kind == "skips":
                value = self.apply(self.layer("Masking", mask_value=0.0), value, True)
        self.ins.append(x)
        self.data.append((kind, shape, limit))
        return value

    def step(self, used: set[int]) -> None:
        """Add a layer, a merge, or a model within the model."""
        at = len(self.pool) - 1 if self.chance(0.7) else self.whole(0, len(self.pool) - 1)
        value = self.pool[at]
        what = self.choices.random_sample()
        if what < 0.2:
            others = [i for i, v in enumerate(self.pool) if i != at and v.shape == value.shape]
            if others:
                other = self.one(*others)
                used.update((at, other))
                self.pool.append(blocks.merged(self, [value, self.pool[other]]))
                return
        used.add(at)
        if what > 0.88:
            self.pool.append(blocks.nested(self, value))
        elif 0.82 < what and len(value.shape) == 2:
            self.pool.append(blocks.states(self, value))
        elif 0.78 < what:
            self.pool.append(blocks.twice(self, value))
        else:
            found = blocks.choose(self, value.shape, value.masked)
            self.pool.append(self.apply(found.layer, value, found.masked))

    def joined(self, values: list[Value]) -> Value:
        """Return values of any shapes as one: flat, and of one length."""
        units = self.whole(1, 5)
        flat = []
        for v in values:
            v = blocks.flat(self, v)
            flat.append(self.apply(self.layer("Dense", units), v, v.masked))
        return blocks.merged(self, flat)

    def head(self, value: Value) -> tuple[Value, Output]:
        """Add what makes an output of a value."""
        value, output, _ = blocks.head(self, value)
        return value, output

    # -- training

    def compiled(self, model: Any) -> Any:
        """Compile a model, so that a step takes the gradient away from each weight."""
        optimizers = self.keras.optimizers
        optimizer = getattr(optimizers, "legacy", optimizers).SGD(1.0)
        more = {"run_eagerly": True} if self.peer else {}
        model.compile(
            optimizer, [o.loss for o in self.outputs],
            loss_weights=[o.weight for o in self.outputs], **more,
        )  # fmt: skip
        return model

    def make_data(self, seed: int) -> None:
        """Make inputs, targets and sample weights."""
        random = np.random.RandomState(seed + 1_000_000)
        self.inputs = []
        for kind, shape, limit in self.data:
            size = (self.batch, *shape)
            if kind == "words":
                x = random.randint(0, limit, size)
                x[:, random.randint(shape[0])] = limit - 1  # a sample has one word at least
                self.inputs.append(x.astype("int32"))
                continue
            x = random.standard_normal(size)
            if kind == "skips":
                skip = random.random_sample(size[:2]) < 0.4
                skip[:, random.randint(shape[0])] = False
                x[skip] = 0
            self.inputs.append(x.astype(self.floatx))
        self.targets = [self.target(o, random) for o in self.outputs]
        self.sample_weight = None
        # tf_keras multiplies losses with more than two axes by weights along the wrong one.
        if self.chance(0.3) and all(len(o.shape) < 3 for o in self.outputs):
            self.sample_weight = [random.random_sample(self.batch) for _ in self.outputs]

    def target(self, output: Output, random: np.random.RandomState) -> np.ndarray:
        """Return targets for an output."""
        shape = (self.batch, *output.shape)
        if output.kind == "classes":
            return random.randint(0, shape[-1], (*shape[:-1], 1)).astype("int32")
        if output.kind == "one hot":
            y = np.eye(shape[-1])[random.randint(0, shape[-1], shape[:-1])]
        elif output.kind == "shares":
            y = random.random_sample(shape) + 0.1
            y /= y.sum(-1, keepdims=True)
        elif output.kind == "yes or no":
            y = random.randint(0, 2, shape)
        elif output.kind == "signs":
            y = random.randint(0, 2, shape) * 2 - 1
        elif output.kind == "positive":
            y = random.random_sample(shape) + 0.1
        else:
            y = random.standard_normal(shape)
        return np.asarray(y, self.floatx)


def plain(value: Any) -> str:
    """Return how a setting is written down: objects have other names on the other side."""
    return repr(value) if isinstance(value, (str, int, float, bool, tuple, type(None))) else "..."
