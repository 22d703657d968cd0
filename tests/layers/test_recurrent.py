"""Recurrent layers: against real Keras in many settings, one way to compute against another."""

import functools

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import backend as K
from kerasnb.layers import GRU, LSTM, RNN, Dense, Input, LSTMCell, Masking, SimpleRNN
from kerasnb.models import Model, Sequential
from tests.reference import recurrent as reference

TOLERANCE = {"float32": 1e-5, "float64": 1e-10}


@pytest.fixture(autouse=True)
def fresh_session():
    K.clear_session()
    yield
    K.set_floatx("float32")
    K.clear_session()


@functools.cache
def stored():
    return dict(np.load(reference.FILE))


def known(shape):
    return tuple(reference.STEPS if n is None else n for n in shape)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", reference.SCENARIOS)
def test_real_keras(name, dtype):
    K.set_floatx(dtype)
    build, arguments, batches, reset = reference.SCENARIOS[name]
    inputs, outputs = build(keras, *arguments)
    outputs = reference.flat(outputs)
    model = Model(inputs, outputs)
    model.set_weights(reference.weights_for(name, [w.shape for w in model.get_weights()]))
    shapes = [known(K.int_shape(x)) for x in inputs]
    sizes = [(reference.BATCH, *known(K.int_shape(y))[1:]) for y in outputs]
    factors = reference.factors_for(name, sizes)
    total = sum(K.sum(y * K.constant(f)) for y, f in zip(outputs, factors, strict=True))
    by = [x for x in inputs if "float" in K.dtype(x)] + model.trainable_weights
    grads = [
        K.zeros_like(x) if g is None else g for x, g in zip(by, K.gradients(total, by), strict=True)
    ]
    run = K.function(inputs, outputs + grads, updates=model.state_updates)
    kinds = [K.dtype(x) for x in inputs]
    for number, arrays in enumerate(reference.arrays_for(name, shapes, kinds, batches)):
        if number == reset:
            model.reset_states()
        values = run(arrays)
        if number:
            values = values[: len(outputs)]
        for i, got in enumerate(values):
            want = stored()[f"{name}|{number}|{i}"]
            assert got.dtype.name == dtype and got.shape == want.shape
            limit = TOLERANCE[dtype]
            largest = np.abs(want).max(initial=0)
            np.testing.assert_allclose(got, want, rtol=limit, atol=limit * largest, err_msg=str(i))


def test_the_fixture_holds_nothing_else():
    names = {key.split("|")[0] for key in stored()} - {"made_with"}
    assert names == set(reference.SCENARIOS)
    assert reference.FILE.stat().st_size < 400_000


# One way to compute against another, on fresh inputs.


def values_and_gradients(layer, weights, arrays, way):
    """Return output, states and gradients of a layer made to compute in one way."""
    x, mask = Input((4, 3)), Input((4,))
    if not layer.built:
        layer.build((None, 4, 3))
    layer.set_weights(weights)
    first = layer.get_initial_state(x)
    if way == "fused":
        made = layer._at_once(x, first, mask, None, False)
        assert made is not None
    else:
        layer.unroll = way == "unrolled"
        made = layer._step_by_step(x, first, mask, None, None)
    last, outputs, states = made
    total = K.sum(outputs**3) + K.sum(last**2) + sum(K.sum(s**3) for s in states)
    by = [x, *layer.weights]
    slopes = K.gradients(total, by)
    second = K.gradients(sum(K.sum(s * s) for s in slopes), by)
    return K.function([x, mask], [last, outputs, *states, *slopes, *second])(arrays)


LAYERS = [
    *(
        (cls, {"activation": a, "recurrent_activation": r, **more})
        for cls, more in [(LSTM, {}), (GRU, {}), (GRU, {"reset_after": True})]
        for a, r in [("tanh", "hard_sigmoid"), ("relu", "sigmoid")]
    ),
    *((SimpleRNN, {"activation": a}) for a in ("tanh", "relu", "linear", "sigmoid")),
]


@pytest.mark.parametrize("scale", [0.5, 3.0])  # large numbers reach the ends of hard_sigmoid
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("cls", "settings"), LAYERS)
def test_fused_scan_and_unrolled_agree(cls, settings, backwards, scale):
    K.set_floatx("float64")
    random = np.random.default_rng()
    layer = cls(2, go_backwards=backwards, **settings)
    layer.build((None, 4, 3))
    weights = [scale * random.standard_normal(w.shape) / 2 for w in layer.get_weights()]
    arrays = [random.standard_normal((5, 4, 3)), random.integers(0, 2, (5, 4))]
    ways = [values_and_gradients(layer, weights, arrays, w) for w in ("fused", "scan", "unrolled")]
    for way in ways[1:]:
        for got, want in zip(way, ways[0], strict=True):
            close = 1e-9 * max(1, np.abs(want).max(initial=0))
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=close)


@pytest.mark.parametrize("cls", [SimpleRNN, GRU, LSTM])
def test_stock_settings_are_fused_and_others_are_not(cls):
    x = Input((None, 3))

    def steps(layer):
        layer(x)
        names = {type(n.op).__name__ for n in ancestors(layer.get_output_at(0))}
        return "scan" if "scan" in names else next(n for n in names if n.endswith("_sequence"))

    assert steps(cls(2)).endswith("_sequence")
    assert steps(cls(2, dropout=0.2)).endswith("_sequence")
    assert steps(RNN(cls(2).cell)).endswith("_sequence")
    assert steps(cls(2, recurrent_dropout=0.2)) == "scan"
    assert steps(cls(2, activation="softsign")) == "scan"

    class Doubled(cls.cell_class):
        def call(self, inputs, states, training=None):
            output, states = super().call(inputs, states, training)
            return 2.0 * output, states

    assert steps(RNN(Doubled(2))) == "scan"


def ancestors(node):
    seen, todo = set(), [node]
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += node.inputs
    return seen


# Dropout.


def rows_of_masks(settings, phase=1, steps=6):
    """Return inputs (samples, steps, gates * units) times masks, seen by identity kernels."""
    units = 50
    x = Input((steps, units))
    layer = SimpleRNN(units, activation="linear", return_sequences=True, **settings)
    y = layer(x)
    layer.set_weights([np.eye(units), np.zeros((units, units)), np.zeros(units)])
    return K.function([x, K.learning_phase()], [y])([np.ones((40, steps, units)), phase])[0]


def test_dropout_of_inputs_is_the_same_at_all_steps():
    made = rows_of_masks({"dropout": 0.4})
    np.testing.assert_array_equal(made, np.broadcast_to(made[:, :1], made.shape))
    kept = made[:, 0] > 0
    assert abs(kept.mean() - 0.6) < 0.05
    np.testing.assert_allclose(made[:, 0][kept], 1 / 0.6, rtol=1e-6)
    assert len({row.tobytes() for row in kept}) == 40, "each sample has a mask of its own"
    np.testing.assert_array_equal(rows_of_masks({"dropout": 0.4}, phase=0), 1)


def test_dropout_of_states_is_the_same_at_all_steps():
    units = 50
    x = Input((4, units))
    layer = SimpleRNN(units, activation="linear", recurrent_dropout=0.3, return_sequences=True)
    y = layer(x)
    layer.set_weights([np.eye(units), np.eye(units), np.zeros(units)])
    (made,) = K.function([x, K.learning_phase()], [y])([np.ones((40, 4, units)), 1])
    kept = made[:, 1] > 1
    assert abs(kept.mean() - 0.7) < 0.05
    for t in range(1, 4):
        want = 1 + np.where(kept, made[:, t - 1] / 0.7, 0)
        np.testing.assert_allclose(made[:, t], want, rtol=1e-5)


@pytest.mark.parametrize(("implementation", "number"), [(1, 4), (2, 1)])
def test_gates_have_masks_of_their_own_with_implementation_1(implementation, number):
    cell = LSTMCell(30, dropout=0.5, implementation=implementation)
    x = Input((3, 20))
    RNN(cell)(x)
    masks = K.function([x, K.learning_phase()], cell._dropout_mask)([np.ones((8, 3, 20)), 1])
    used = masks if implementation == 1 else masks[:1]
    assert len({m.tobytes() for m in used}) == number


@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize(("cls", "settings"), LAYERS[:3])
def test_dropped_inputs_are_the_same_fused_and_step_by_step(cls, settings, implementation):
    K.set_floatx("float64")
    x = Input((5, 6))
    layer = cls(4, dropout=0.4, implementation=implementation, **settings)
    layer.build((None, 5, 6))
    first = layer.get_initial_state(x)
    results = []
    for made in (
        layer._step_by_step(x, first, None, None, None),
        layer._at_once(x, first, None, None, False),  # with the masks of the first
    ):
        results += [made[1], *K.gradients(K.sum(made[1] ** 2), [x, *layer.weights])]
    values = K.function([x, K.learning_phase()], results)([np.random.random((3, 5, 6)), 1])
    half = len(values) // 2
    if implementation == 2:
        assert (values[1] == 0).any(), "what is dropped for all gates has no gradient"
    for got, want in zip(values[:half], values[half:], strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


def test_every_call_draws_new_masks():
    layer = LSTM(3, dropout=0.5, recurrent_dropout=0.5)
    x = Input((3, 20))
    layer(x)
    first = layer.cell._dropout_mask, layer.cell._recurrent_dropout_mask
    layer(x)
    assert layer.cell._dropout_mask is not first[0]
    assert layer.cell._recurrent_dropout_mask is not first[1]


# States between batches.


def test_states_go_over_to_the_next_batch_in_predict_and_fit():
    model = Sequential([GRU(3, stateful=True, batch_input_shape=(2, 4, 3)), Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).standard_normal((2, 4, 3))
    first, second = model.predict(x, batch_size=2), model.predict(x, batch_size=2)
    assert np.abs(first - second).max() > 1e-4
    model.reset_states()
    np.testing.assert_array_equal(model.predict(x, batch_size=2), first)
    before = K.get_value(model.layers[0].states[0])
    model.fit(x, np.zeros((2, 1)), batch_size=2, epochs=1, verbose=0, shuffle=False)
    assert np.abs(K.get_value(model.layers[0].states[0]) - before).max() > 1e-4


def test_reset_states_takes_arrays():
    layer = LSTM(2, stateful=True, batch_input_shape=(3, 4, 5))
    Sequential([layer])
    h, c = np.ones((3, 2)), np.full((3, 2), 2.0)
    layer.reset_states([h, c])
    np.testing.assert_array_equal(K.get_value(layer.states[1]), c)
    with pytest.raises(ValueError, match="has 2 states; reset_states got 1"):
        layer.reset_states(h)
    with pytest.raises(ValueError, match=r"State 1 .* needs shape \(3, 2\).* \(2, 2\)"):
        layer.reset_states([h, c[:2]])
    layer.reset_states()
    np.testing.assert_array_equal(K.get_value(layer.states[0]), 0)


def test_initial_state_may_be_any_tensor():
    x = Input((4, 3))
    layer = GRU(2)
    y = layer(x, initial_state=K.ones_like(x[:, 0, :2]))
    z = layer(x)
    array = np.random.default_rng(0).standard_normal((2, 4, 3))
    a, b = K.function([x], [y, z])([array])
    assert np.abs(a - b).max() > 1e-3


# Mistakes.


def test_mistakes_are_explained():
    x = Input((4, 3))
    with pytest.raises(ValueError, match="return_sequences=True"):
        LSTM(2)(LSTM(2)(x))
    with pytest.raises(ValueError, match="cannot unroll None"):
        LSTM(2, unroll=True)(Input((None, 3)))
    with pytest.raises(AttributeError, match="stateful=True"):
        LSTM(2).reset_states()
    with pytest.raises(ValueError, match=r"does not fit .*got states of shape \[\(1, 2\)\]"):
        LSTM(2)(x, initial_state=[K.zeros((1, 2))])
    with pytest.raises(ValueError, match="does not fit"):
        LSTM(2)(x, initial_state=[Input((2,)), Input((3,))])
    with pytest.raises(ValueError, match="got a mix"):
        LSTM(2)(x, initial_state=[Input((2,)), K.zeros((1, 2))])
    with pytest.raises(ValueError, match="does not take them"):
        RNN(LSTMCell(2))(x, constants=Input((2,)))
    with pytest.raises(TypeError, match="unknown argument, 'recurrent_activation'"):
        SimpleRNN(2, recurrent_activation="sigmoid")
    with pytest.raises(TypeError, match="use SimpleRNN, GRU or LSTM"):
        keras.layers.Recurrent()
    with pytest.raises(TypeError, match="use ConvLSTM2D"):
        keras.layers.ConvRecurrent2D(2, 3)
    with pytest.raises(TypeError, match="cannot be unrolled"):
        keras.layers.ConvLSTM2D(2, 3, unroll=True)
    with pytest.warns(UserWarning, match="implementation=0"):
        assert LSTM(2, implementation=0).implementation == 1
    with pytest.warns(UserWarning, match="no `implementation`"):
        SimpleRNN(2, implementation=1)


# Models that learn.


def test_a_stack_learns_to_add_marked_numbers():
    """The adding problem: two numbers of a sequence are marked; their sum is wanted."""
    np.random.seed(3)
    random = np.random.default_rng(3)
    x = np.zeros((512, 8, 2))
    x[:, :, 0] = random.random((512, 8))
    for row in x:
        row[random.choice(8, 2, replace=False), 1] = 1
    y = (x[:, :, 0] * x[:, :, 1]).sum(1)
    model = Sequential([LSTM(16, return_sequences=True, input_shape=(8, 2)), LSTM(16), Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y, batch_size=32, epochs=40, verbose=0).history["loss"]
    assert history[-1] < 0.1 * np.var(y)


def test_padding_does_not_change_a_masked_model():
    model = Sequential([Masking(input_shape=(None, 3)), LSTM(4, return_sequences=True), GRU(2)])
    x = np.random.default_rng(0).standard_normal((2, 4, 3)).astype("float32")
    padded = np.concatenate([x, np.zeros((2, 3, 3), "float32")], axis=1)
    np.testing.assert_allclose(model.predict(padded), model.predict(x), rtol=1e-6)


def test_padded_words_train():
    random = np.random.default_rng(0)
    words = random.integers(1, 30, (64, 10))
    words[::2, 6:] = 0
    labels = (words[:, 0] > 15).astype(int)
    model = Sequential(
        [
            keras.layers.Embedding(30, 8, mask_zero=True),
            LSTM(8, dropout=0.1, recurrent_dropout=0.1),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    history = model.fit(words, labels, batch_size=24, epochs=12, verbose=0).history["loss"]
    assert history[-1] < 0.8 * history[0]


def test_documented_stacked_lstm():
    model = Sequential()
    model.add(LSTM(32, return_sequences=True, input_shape=(8, 16)))
    model.add(LSTM(32, return_sequences=True))
    model.add(LSTM(32))
    model.add(Dense(10, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    x, y = np.random.random((40, 8, 16)), np.eye(10)[np.random.randint(0, 10, 40)]
    before, _ = model.evaluate(x, y, verbose=0)
    model.fit(x, y, batch_size=8, epochs=5, validation_data=(x, y), verbose=0)
    assert model.evaluate(x, y, verbose=0)[0] < before


def test_documented_stateful_lstm():
    model = Sequential()
    shape = (8, 8, 16)
    model.add(LSTM(32, return_sequences=True, stateful=True, batch_input_shape=shape))
    model.add(LSTM(32, return_sequences=True, stateful=True))
    model.add(LSTM(32, stateful=True))
    model.add(Dense(10, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    x, y = np.random.random((40, 8, 16)), np.eye(10)[np.random.randint(0, 10, 40)]
    history = model.fit(x, y, batch_size=8, epochs=5, shuffle=False, verbose=0).history["loss"]
    assert history[-1] < history[0]
    model.reset_states()
    assert not any(K.get_value(s).any() for layer in model.layers[:3] for s in layer.states)


def test_documented_shared_lstm():
    """Two tweets are read by one LSTM."""
    a, b = Input(shape=(14, 16)), Input(shape=(14, 16))
    shared_lstm = LSTM(8)
    merged = keras.layers.concatenate([shared_lstm(a), shared_lstm(b)], axis=-1)
    model = Model(inputs=[a, b], outputs=Dense(1, activation="sigmoid")(merged))
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    assert len(model.weights) == 5
    random = np.random.default_rng(0)
    x, y = random.random((40, 14, 16)), random.random((40, 14, 16))
    labels = (x.mean((1, 2)) > y.mean((1, 2))).astype(int)
    history = model.fit([x, y], labels, epochs=10, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_documented_short_form_of_the_input_shape():
    model = Sequential([LSTM(32, input_dim=64, input_length=10)])
    assert model.input_shape == (None, 10, 64) and model.output_shape == (None, 32)
