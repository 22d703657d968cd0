"""What is compared of a model: predictions, losses, gradients and a step of training."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from .build import Builder


def leaves(model: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every layer that has weights of its own, with its path, in the order of names."""
    for layer in sorted(model.layers, key=lambda found: found.name):
        inner = getattr(layer, "layer", layer)  # what TimeDistributed wraps
        if hasattr(inner, "layers"):
            yield from leaves(inner, f"{path}{layer.name}/")
        elif layer.weights:
            yield path + layer.name, layer


def set_weights(model: Any, seed: int, floatx: str) -> None:
    """Give all weights values that depend on the seed and their places only."""
    for path, layer in leaves(model):
        random = np.random.RandomState(zlib.crc32(f"{seed} {path}".encode()))
        values = []
        for weight in layer.weights:
            shape = tuple(weight.shape)
            v = random.standard_normal(shape)
            if "variance" in weight.name:
                v = np.abs(v) + 0.5
            elif "gamma" in weight.name:
                v = 1 + 0.3 * v
            else:
                v *= 0.3 if len(shape) < 2 else 0.9 / np.sqrt(np.prod(shape[:-1]))
            values.append(v.astype(floatx))
        layer.set_weights(values)


def measured(keras: Any, seed: int) -> tuple[list[str], str, dict[str, np.ndarray]]:
    """Build the model of a seed and return its story, its type of floats, and arrays by name.

    `predict i` are outputs, `d path i` and `dx i` the gradients by weights and inputs of a weighted
    sum of them, without training; `test` are losses; `train` and `step path i` the losses of a step
    of training and what it takes away from the weights (their gradients, if no constraint holds).
    """
    keras.backend.clear_session()
    b = Builder(keras, seed)
    model = b.model
    set_weights(model, seed, b.floatx)
    random = np.random.RandomState(seed + 2_000_000)
    results: dict[str, np.ndarray] = {}
    ys, named = (theirs if b.peer else ours)(keras, b, random)
    for i, y in enumerate(ys):
        results[f"predict {i}"] = np.asarray(y)
    results |= {name: np.asarray(d) for name, d in named.items()}
    x, y = unpacked(b.inputs), unpacked(b.targets)
    weight = None if b.sample_weight is None else unpacked(b.sample_weight)
    results["test"] = np.ravel(model.test_on_batch(x, y, sample_weight=weight))
    if not b.random:
        before = {path: layer.get_weights() for path, layer in leaves(model)}
        results["train"] = np.ravel(model.train_on_batch(x, y, sample_weight=weight))
        for path, layer in leaves(model):
            for i, (variable, old) in enumerate(zip(layer.weights, before[path], strict=True)):
                # tf_keras corrects the moving variance for the size of the batch in another way.
                if "variance" not in variable.name:
                    results[f"step {path} {i}"] = old - np.asarray(layer.get_weights()[i])
    return b.story, b.floatx, results


def unpacked(arrays: list[Any]) -> Any:
    """Return one array as it is, several as a list."""
    return arrays[0] if len(arrays) == 1 else arrays


def weights_of(model: Any) -> dict[str, Any]:
    """Return the trainable weights by name."""
    return {
        f"d {path} {i}": weight
        for path, layer in leaves(model)
        for i, weight in enumerate(layer.trainable_weights)
    }


def ours(keras: Any, b: Any, random: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return predictions, and the gradients of their weighted sum, by `kerasnb`."""
    K = keras.backend
    model = b.model
    predicted = model.predict_on_batch(unpacked(b.inputs))
    ys = predicted if isinstance(predicted, list) else [predicted]
    total = 0.0
    for tensor, y in zip(model.outputs, ys, strict=True):
        total = total + K.sum(tensor * K.constant(random.standard_normal(y.shape)))
    by = weights_of(model)
    by |= {f"dx {i}": x for i, x in enumerate(model.inputs) if K.dtype(x) != "int32"}
    found = dict(zip(by, K.gradients(total, list(by.values())), strict=True))
    known = {name: d for name, d in found.items() if d is not None}
    function = K.function([*model.inputs, K.learning_phase()], list(known.values()))
    values = dict(zip(known, function([*b.inputs, 0]), strict=True))
    return ys, {n: values.get(n, np.zeros(1)) for n in by}


def theirs(keras: Any, b: Any, random: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return predictions, and the gradients of their weighted sum, by `tf_keras`."""
    import tensorflow as tf

    xs = [tf.constant(x) for x in b.inputs]
    by = weights_of(b.model)
    by |= {f"dx {i}": x for i, x in enumerate(xs) if x.dtype.is_floating}
    with tf.GradientTape() as tape:
        tape.watch([x for x in xs if x.dtype.is_floating])
        ys = b.model(unpacked(xs), training=False)
        ys = ys if isinstance(ys, (list, tuple)) else [ys]
        total = sum(
            tf.reduce_sum(y * random.standard_normal(tuple(y.shape)).astype(b.floatx)) for y in ys
        )
    found = dict(zip(by, tape.gradient(total, list(by.values())), strict=True))
    values = {n: np.zeros(1) if d is None else tf.convert_to_tensor(d) for n, d in found.items()}
    return [y.numpy() for y in ys], values
