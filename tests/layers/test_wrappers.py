"""Wrappers: what real Keras is not asked in test_recurrent.py and test_values.py."""

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import (
    GRU,
    LSTM,
    RNN,
    BatchNormalization,
    Bidirectional,
    Conv2D,
    CuDNNGRU,
    CuDNNLSTM,
    Dense,
    Dropout,
    Flatten,
    Input,
    Layer,
    Masking,
    SimpleRNN,
    SimpleRNNCell,
    TimeDistributed,
    deserialize,
    serialize,
)
from kerasnb.models import Model, Sequential


@pytest.fixture(autouse=True)
def fresh_session():
    K.clear_session()
    yield
    K.clear_session()


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


# TimeDistributed.


def test_a_wrapper_has_what_its_layer_has():
    layer = Dense(2, activity_regularizer="l2", kernel_regularizer="l2")
    wrapper = TimeDistributed(layer)
    wrapper(Input((3, 4)))
    assert wrapper.weights == layer.weights and wrapper.trainable_weights == layer.weights
    assert wrapper.activity_regularizer is layer.activity_regularizer
    assert len(wrapper.losses) == 2, "the kernel's, and the output's"
    wrapper.trainable = False
    assert not layer.trainable and wrapper.trainable_weights == []
    frozen = Dense(2, trainable=False)
    assert not TimeDistributed(frozen).trainable


def test_learning_through_a_distributed_model():
    """The documentation's video example, small: a model for images at every time step."""
    vision = Sequential([Conv2D(4, 3, activation="relu", input_shape=(6, 6, 1)), Flatten()])
    x = Input((3, 6, 6, 1))
    model = Model(x, Dense(1)(LSTM(4)(TimeDistributed(vision)(x))))
    model.compile("adam", "mse")
    before = [w.copy() for w in vision.get_weights()]
    data = numbers(32, 3, 6, 6, 1)
    history = model.fit(data, data.mean((1, 2, 3, 4)), epochs=15, verbose=0).history["loss"]
    assert history[-1] < 0.7 * history[0]
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, vision.get_weights(), strict=True))
    assert len(model.weights) == 2 + 3 + 2


@pytest.mark.parametrize("nested", [False, True])
def test_moving_averages_are_updated_through_a_wrapper(nested):
    norm = BatchNormalization(momentum=0.5)
    inner = Sequential([norm]) if nested else norm
    if nested:
        inner.build((None, 4))
    model = Sequential([TimeDistributed(inner, input_shape=(3, 4)), Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    data = 5 + numbers(8, 3, 4)
    model.train_on_batch(data, np.zeros((8, 1)))
    got = K.get_value(norm.moving_mean)
    np.testing.assert_allclose(got, 0.5 * data.mean((0, 1)), rtol=1e-5)


def test_dropout_inside_knows_the_learning_phase():
    x = Input((50, 20))
    y = TimeDistributed(Dropout(0.5))(x)
    run = K.function([x, K.learning_phase()], [y])
    ones = np.ones((2, 50, 20))
    np.testing.assert_array_equal(run([ones, 0])[0], ones)
    assert abs((run([ones, 1])[0] == 0).mean() - 0.5) < 0.06


def test_unknown_number_of_steps():
    model = Sequential([TimeDistributed(Dense(2), input_shape=(None, 3))])
    assert model.output_shape == (None, None, 2)
    assert model.predict(numbers(2, 5, 3)).shape == (2, 5, 2)
    assert model.predict(numbers(1, 7, 3)).shape == (1, 7, 2)


def test_documented_time_distributed():
    model = Sequential()
    model.add(TimeDistributed(Dense(8), input_shape=(10, 16)))
    assert model.output_shape == (None, 10, 8)
    model.add(TimeDistributed(Dense(32)))
    assert model.output_shape == (None, 10, 32)
    x = numbers(2, 10, 16)
    a, b, c, d = model.get_weights()
    np.testing.assert_allclose(model.predict(x), (x @ a + b) @ c + d, rtol=1e-4, atol=1e-5)


def test_a_mask_within_the_steps_is_handed_in():
    class Counted(Layer):
        def call(self, inputs, mask=None):
            return K.sum(K.cast(mask, "float32"), axis=-1, keepdims=True) + 0 * inputs[:, :1, 0]

        def compute_mask(self, inputs, mask=None):
            return None

    class Positive(Layer):
        def call(self, inputs):
            return inputs

        def compute_mask(self, inputs, mask=None):
            return inputs[:, :, :, 0] > 0

    x = Input((3, 4, 1))
    y = TimeDistributed(Counted())(Positive()(x))
    data = numbers(2, 3, 4, 1)
    got, mask = K.function([x], [y, y._keras_mask])([data])
    positive = data[..., 0] > 0
    np.testing.assert_array_equal(got[..., 0], positive.sum(-1))
    np.testing.assert_array_equal(mask, positive.any(-1))


def test_mistakes_with_time_distributed():
    with pytest.raises(TypeError, match="time_distributed: needs a Layer"):
        TimeDistributed(K.tanh)
    with pytest.raises(ValueError, match="time_distributed_1.*ndim=3.*ndim=2"):
        TimeDistributed(Dense(2))(Input((3,)))
    with pytest.raises(ValueError, match="time_distributed_2.*conv2d_1.*ndim=4"):
        TimeDistributed(Conv2D(2, 3))(Input((3, 4, 4)))
    with pytest.raises(ValueError, match="must have one output; got 3"):
        TimeDistributed(LSTM(2, return_state=True))(Input((3, 4, 4)))


# Bidirectional.


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
def test_bidirectional_is_two_layers(mode):
    """With a mask, too: a step that is masked has the output before it."""
    x = Input((5, 3))
    masked = Masking()(x)
    both = Bidirectional(GRU(2, return_sequences=True), merge_mode=mode)
    made = both(masked)
    one, two = GRU(2, return_sequences=True), GRU(2, return_sequences=True, go_backwards=True)
    first, second = one(masked), K.reverse(two(masked), 1)
    one.set_weights(both.get_weights()[:3])
    two.set_weights(both.get_weights()[3:])
    wanted = {
        "concat": lambda: K.concatenate([first, second]),
        "sum": lambda: first + second,
        "mul": lambda: first * second,
        "ave": lambda: (first + second) / 2,
        None: lambda: K.stack([first, second]),
    }[mode]()
    made = K.stack(made) if mode is None else made
    data = numbers(4, 5, 3)
    data[0, :2] = data[1, 3:] = data[2, 2] = 0
    got, want = K.function([x], [made, wanted])([data])
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_no_merging_with_states():
    x = Input((5, 3))
    layer = Bidirectional(LSTM(2, return_sequences=True, return_state=True), merge_mode=None)
    made = layer(x)
    shapes = [a.shape for a in K.function([x], made)([numbers(4, 5, 3)])]
    assert shapes == layer.compute_output_shape((4, 5, 3))
    assert shapes == [(4, 5, 2)] * 2 + [(4, 2)] * 4


def test_weights_are_the_forward_layers_then_the_backward_layers():
    values = [numbers(*s) for s in [(3, 2), (2, 2), (2,)] * 2]
    layer = Bidirectional(SimpleRNN(2), weights=values, input_shape=(5, 3))
    Sequential([layer])
    names = [w.name.split("/")[1] for w in layer.weights]
    assert names == ["forward_simple_rnn_1"] * 3 + ["backward_simple_rnn_1"] * 3
    for got, want in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(got, want)
    assert layer.backward_layer.go_backwards and not layer.forward_layer.go_backwards
    layer.trainable = False
    assert layer.trainable_weights == [] and len(layer.weights) == 6


def test_bidirectional_of_a_model_goes_through_json():
    x, s = Input((None, 3)), Input((2,))
    y = Bidirectional(GRU(2), merge_mode="sum")(x, initial_state=[s, s])
    model = Model([x, s], y)
    copy = Model.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    data = [numbers(4, 5, 3), numbers(4, 2)]
    np.testing.assert_array_equal(copy.predict(data), model.predict(data))


def test_constants_reach_both_layers_and_the_config():
    class AddingCell(SimpleRNNCell):
        def build(self, input_shape):
            super().build(input_shape[0])

        def call(self, inputs, states, constants, training=None):
            return super().call(inputs + constants[0], states, training)

    x, c = Input((5, 3)), Input((3,))
    layer = Bidirectional(RNN(AddingCell(2), return_state=True))
    outputs = layer(x, constants=c)
    plain = Bidirectional(RNN(SimpleRNNCell(2), return_state=True))
    wanted = plain(x)
    plain.set_weights(layer.get_weights())
    data, constant = numbers(4, 5, 3), numbers(4, 3, seed=1)
    got = K.function([x, c], outputs)([data, constant])
    want = K.function([x], wanted)([data + constant[:, None]])
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    copy = deserialize(serialize(layer), {"AddingCell": AddingCell})
    assert len(copy([x, c])) == 3 and copy.get_config() == layer.get_config()


def test_stateful_both_ways():
    layer = Bidirectional(LSTM(2, stateful=True), batch_input_shape=(2, 4, 3))
    model = Sequential([layer])
    assert model.stateful
    x = numbers(2, 4, 3)
    first, second = model.predict(x, batch_size=2), model.predict(x, batch_size=2)
    assert (np.abs(first - second).max(0) > 1e-5).all()
    model.reset_states()
    np.testing.assert_array_equal(model.predict(x, batch_size=2), first)


def test_documented_bidirectional():
    model = Sequential()
    model.add(Bidirectional(LSTM(10, return_sequences=True), input_shape=(5, 10)))
    model.add(Bidirectional(LSTM(10)))
    model.add(Dense(5, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop")
    x, y = numbers(32, 5, 10), np.eye(5)[np.arange(32) % 5]
    history = model.fit(x, y, epochs=10, verbose=0).history["loss"]
    assert history[-1] < history[0]


@pytest.mark.parametrize("kind", [CuDNNGRU, CuDNNLSTM])
def test_layers_named_after_cudnn_both_ways(kind):
    model = Sequential([Bidirectional(kind(3, return_sequences=True), input_shape=(4, 2))])
    copy = Sequential.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    assert copy.layers[0].backward_layer.go_backwards
    x = numbers(2, 4, 2)
    np.testing.assert_array_equal(copy.predict(x), model.predict(x))


def test_mistakes_with_bidirectional():
    with pytest.raises(ValueError, match="merge_mode='average'"):
        Bidirectional(LSTM(2), merge_mode="average")
    with pytest.raises(TypeError, match="needs a recurrent layer"):
        Bidirectional(Dense(2))
    x, s = Input((4, 3)), Input((2,))
    with pytest.raises(ValueError, match="as many initial states"):
        Bidirectional(GRU(2))(x, initial_state=[s, s, s])
