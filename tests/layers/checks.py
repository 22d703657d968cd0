"""The parts of the contract that every layer keeps: each function checks one, for one Case."""

from __future__ import annotations

import inspect
import io
import json

import numpy as np
import pytest

import kerasnb.layers
from kerasnb import backend as K
from kerasnb.engine.base_layer import Layer
from kerasnb.layers import Input, deserialize, serialize
from kerasnb.models import Model, load_model
from kerasnb.utils.generic_utils import allow_code
from tests.graph.strict import strict_arrays
from tests.layers.contract import Case

TOLERANCE = {"float32": 1e-5, "float64": 1e-10}


class Scale(Layer):
    """Multiplies by weights: something to train in front of layers that have none."""

    def build(self, input_shape):
        self.factor = self.add_weight("factor", input_shape[1:], initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        return inputs * self.factor


class Masked(Layer):
    """Keeps the steps whose entries have a positive sum."""

    def compute_mask(self, inputs, mask=None):
        return K.greater(_per_step(inputs), 0.0)

    def call(self, inputs):
        return inputs


class Unmasked(Layer):
    """Stops a mask, so that a loss counts every entry."""

    def compute_mask(self, inputs, mask=None):
        return None


def _per_step(x):
    return K.sum(x, axis=tuple(range(2, K.ndim(x)))) if K.ndim(x) > 2 else x


def as_list(x):
    return list(x) if isinstance(x, list | tuple) else [x]


def one(items):
    return items[0] if len(items) == 1 else items


def dtype_of(case):
    return K.floatx() if case.words is None else "int32"


def entries(case, shapes=None, batch=None):
    """Return an Input for each input of a case."""
    shapes = case.shapes if shapes is None else shapes
    return [Input(batch_shape=(batch, *s), dtype=dtype_of(case)) for s in shapes]


def first_weights(case, layer):
    """Give a layer that has been called the weights of the case."""
    names = [w.name for w in layer.weights]
    values = case.weights(names, [K.int_shape(w) for w in layer.weights])
    layer.set_weights(values)
    return values


def connected(case, shapes=None, **more):
    """Return a layer with the case's weights, its inputs and its outputs."""
    layer = case.make(kerasnb.layers, **more)
    xs = entries(case, shapes)
    ys = as_list(layer(one(xs)))
    first_weights(case, layer)
    return layer, xs, ys


def run(xs, ys, arrays, phase=0):
    """Return the values of outputs at test time (or in training)."""
    typed = [a.astype(K.dtype(x)) for a, x in zip(arrays, xs, strict=True)]
    return K.function([*xs, K.learning_phase()], ys)([*typed, phase])


def fits(real, inferred):
    """Whether a shape is what was inferred, where that says something."""
    return len(real) == len(inferred) and all(
        m is None or n == m for n, m in zip(real, inferred, strict=True)
    )


def shapes_said(layer, shapes):
    """Return what `compute_output_shape` says, one shape for each output."""
    said = layer.compute_output_shape(one(shapes))
    return said if isinstance(said, list) else [said]


def comparable(layer):
    """Return a layer's config as text; the code of a function is not the same twice."""
    config = layer.get_config()
    if config.get("function_type") == "lambda":
        config["function"] = None
    return json.dumps(config)


def check_config(case: Case) -> None:
    """A layer made from the config, by itself or through JSON, is equal and computes the same."""
    layer, xs, ys = connected(case)
    want = run(xs, ys, case.inputs())
    config = layer.get_config()
    with allow_code():
        copies = [
            type(layer).from_config(config),
            deserialize(json.loads(json.dumps(serialize(layer)))),
        ]
    for copy in copies:
        assert type(copy) is type(layer)
        assert comparable(copy) == comparable(layer)
        again = as_list(copy(one(xs)))
        assert [w.name.split("/")[-1] for w in copy.weights] == [
            w.name.split("/")[-1] for w in layer.weights
        ]
        copy.set_weights(layer.get_weights())
        for a, b in zip(run(xs, again, case.inputs()), want, strict=True):
            np.testing.assert_array_equal(a, b)


def check_saving(case: Case) -> None:
    """A model of the layer comes back whole from an HDF5 file: weights, outputs, a step's loss."""
    _, xs, ys = connected(case)
    model = Model(xs, ys)
    model.compile("sgd", "mse")
    file = io.BytesIO()
    model.save(file)
    file.seek(0)
    code = "Lambda" in model.to_json()
    if code:
        with pytest.raises(ValueError, match="safe_mode=False"):
            load_model(file)
        file.seek(0)
    again = load_model(file, safe_mode=not code)
    assert [w.name for w in again.weights] == [w.name for w in model.weights]
    for a, b in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    want = as_list(model.predict_on_batch(one(case.inputs())))
    for a, b in zip(as_list(again.predict_on_batch(one(case.inputs()))), want, strict=True):
        np.testing.assert_array_equal(a, b)


def check_weights(case: Case) -> None:
    """Weights are read as they were set, counted, and all of them matter or are kept."""
    layer, _, _ = connected(case)
    values = case.weights([w.name for w in layer.weights], [w.shape for w in layer.weights])
    for got, value in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(got, value.astype(got.dtype))
    assert layer.count_params() == sum(v.size for v in values)
    trainable = len(layer.trainable_weights)
    layer.trainable = False
    assert layer.trainable_weights == [] and len(layer.weights) == len(values)
    layer.trainable = True
    assert len(layer.trainable_weights) == trainable
    with pytest.raises(ValueError, match=layer.name):
        layer.set_weights([*values, np.zeros(1)])


def check_shapes(case: Case) -> None:
    """The inferred shape is the real one, also where sizes are left open."""
    layer, xs, ys = connected(case)
    real = [y.shape for y in run(xs, ys, case.inputs(batch=2))]
    said = shapes_said(layer, [(None, *s) for s in case.shapes])
    for shape, y, s in zip(real, ys, said, strict=True):
        assert None not in K.int_shape(y)[1:], "all of the input is known, so all of the output is"
        assert fits(shape, K.int_shape(y)) and tuple(K.int_shape(y)) == tuple(s)
    for axis in range(max(map(len, case.shapes))):
        opened = [tuple(None if i == axis else n for i, n in enumerate(s)) for s in case.shapes]
        if case.open is not None and axis not in case.open:
            fresh = case.make(kerasnb.layers)
            with pytest.raises(ValueError, match=rf"\b{fresh.name}\b"):
                fresh(one(entries(case, opened)))
            continue
        _, xs, ys = connected_open(case, opened, layer)
        said = shapes_said(layer, [(None, *s) for s in opened])
        for shape, y, s in zip(real, ys, said, strict=True):
            assert fits(shape, K.int_shape(y)) and fits(shape, s)
        again = [y.shape for y in run(xs, ys, case.inputs(batch=2))]
        assert again == real


def connected_open(case, opened, known):
    """Return a layer called on inputs with open sizes; one that wants to know them is built first."""
    layer = case.make(kerasnb.layers)
    if case.open is None and known.weights:
        layer(one(entries(case)))  # weights whose shape needs the size
    xs = entries(case, opened)
    return layer, xs, as_list(layer(one(xs)))


def check_types(case: Case) -> None:
    """In float64 and in float32 the layer computes the same, in that type."""
    before = K.floatx()
    results = {}
    try:
        for dtype in ("float32", "float64"):
            K.set_floatx(dtype)
            _, xs, ys = connected(case)
            results[dtype] = run(xs, ys, case.inputs())
            assert {r.dtype.name for r in results[dtype]} == {dtype}
    finally:
        K.set_floatx(before)
    for a, b in zip(results["float32"], results["float64"], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * np.abs(b).max())


def check_training(case: Case) -> None:
    """A few steps of gradient descent lower the loss."""
    layer = case.make(kerasnb.layers)
    xs = entries(case)
    scaled = xs if case.words is not None else [Scale()(x) for x in xs]
    outputs = as_list(layer(one(scaled)))
    first_weights(case, layer)
    model = Model(xs, [Unmasked()(y) for y in outputs])
    model.compile("sgd", "mse")
    inputs = case.inputs(batch=4)
    random = case.random_state("target")
    target = one([random.standard_normal((4, *K.int_shape(y)[1:])) for y in outputs])
    losses = []
    for _ in range(5):
        asked = as_list(model.test_on_batch(one(inputs), target))[0]
        stepped = as_list(model.train_on_batch(one(inputs), target))[0]
        # With random numbers, training's own loss is another one at each step.
        losses.append(asked if case.random else stepped)
    assert np.isfinite(losses).all() and losses[-1] < losses[0], losses


def check_masks(case: Case) -> None:
    """A mask is passed on, stopped, or refused, as the layer's documentation says."""
    layer = case.make(kerasnb.layers)
    xs = entries(case)
    masked = [Masked()(x) for x in xs]
    if case.mask == "refused":
        with pytest.raises(TypeError, match=f'"{layer.name}".* does not support masking'):
            layer(one(masked))
        return
    mask = [getattr(y, "_keras_mask", None) for y in as_list(layer(one(masked)))][0]
    if case.mask == "stopped":
        assert mask is None
        return
    assert mask is not None, "the mask is lost"
    arrays = case.inputs()
    masks = [(a.sum(axis=tuple(range(2, a.ndim))) if a.ndim > 2 else a) > 0 for a in arrays]
    want = np.logical_and.reduce(masks) if case.mask == "passed" else case.mask(masks, arrays)
    (got,) = run(xs, [mask], arrays)
    assert got.dtype == bool
    np.testing.assert_array_equal(got, want)


def takes_data_format(case: Case) -> bool:
    """Whether the layer has the argument `data_format`."""
    cls = getattr(kerasnb.layers, case.layer)
    return "data_format" in inspect.signature(cls.__init__).parameters


def check_data_formats(case: Case) -> None:
    """With channels first the layer computes the same, with the channels elsewhere."""

    def turned(x):
        if x.ndim <= 2:
            return x
        missing = len(case.shapes[0]) + 1 - x.ndim  # axes that the layer has taken away in front
        return np.moveaxis(x, -1, case.channels - missing)

    layer, xs, ys = connected(case, data_format="channels_last")
    if getattr(layer, "padding", "") == "causal":  # as in Keras 2.3.1: for channels last only
        with pytest.raises(ValueError, match="channels_last"):
            case.make(kerasnb.layers, data_format="channels_first")
        return
    arrays = case.inputs()
    weights = layer.get_weights()
    wanted = run(xs, ys + slopes(layer, xs, ys), arrays)
    firsts = [turned(a) for a in arrays]
    layer, xs, ys = connected(
        case, shapes=[a.shape[1:] for a in firsts], data_format="channels_first"
    )
    layer.set_weights(case.first(weights) if case.first else weights)
    said = shapes_said(layer, [(None, *a.shape[1:]) for a in firsts])
    results = run(xs, ys + slopes(layer, xs, ys), firsts)
    assert all(fits(r.shape, s) for r, s in zip(results, said, strict=False))
    count = len(ys) + len(xs)
    by_weights = case.first(wanted[count:]) if case.first else wanted[count:]
    wanted = [turned(w) for w in wanted[:count]] + by_weights
    for got, want in zip(results, wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5 * np.abs(want).max())


def slopes(layer, xs, ys):
    """Return gradients by inputs and by weights of a sum that knows of no order of the axes."""
    total = sum(K.sum(K.square(y)) for y in ys)
    return K.gradients(total, [*xs, *layer.trainable_weights])


def check_device(case: Case) -> None:
    """On a device whose arrays refuse to become host arrays, values and gradients are the same."""

    def results():
        K.clear_session()
        layer, xs, ys = connected(case)
        by = [*(xs if case.words is None else []), *layer.trainable_weights]
        slopes = K.gradients(sum(K.sum(K.square(y)) for y in ys), by) if by else []
        phases = (0,) if case.random else (0, 1)
        return [
            run(xs, ys + [s for s in slopes if s is not None], case.inputs(), p) for p in phases
        ]

    wanted = results()
    with strict_arrays():
        got = results()
    for have, want in zip(sum(got, []), sum(wanted, []), strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-5, atol=1e-5 * np.abs(want).max(initial=0))


def check_batches(case: Case) -> None:
    """A batch of one gives the first of three; an empty one an empty result or a clear error."""
    layer, xs, ys = connected(case)
    arrays = case.inputs()
    single = run(xs, ys, [a[:1] for a in arrays])
    for got, want in zip(single, run(xs, ys, arrays), strict=True):
        np.testing.assert_allclose(got, want[:1], rtol=1e-5, atol=1e-6)
    try:
        empty = run(xs, ys, [a[:0] for a in arrays])
    except ValueError as error:
        assert layer.name in str(error)
    else:
        assert [r.shape for r in empty] == [(0, *r.shape[1:]) for r in single]
