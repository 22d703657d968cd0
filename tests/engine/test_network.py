"""Graphs of layers: their order, sharing, nesting, running on other tensors, configs, copies."""

import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.engine.base_layer import Layer
from kerasnb.engine.network import get_source_inputs
from kerasnb.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Input,
    Lambda,
    Masking,
    add,
    concatenate,
)
from kerasnb.models import Model, Sequential, clone_model, model_from_config, model_from_json


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def names(layers):
    return [layer.name for layer in layers]


def shared():
    """Two inputs through one encoder, which is a model, and a head with two outputs."""
    x = Input((4,), name="x")
    encoder = Model(x, Dense(3, activation="tanh", name="inner")(x), name="encoder")
    left, right = Input((4,), name="left"), Input((4,), name="right")
    both = concatenate([encoder(left), encoder(right)], name="both")
    step = Dense(6, name="step")
    head = Sequential([Dense(2, input_shape=(6,), name="head_dense")], name="head")
    return Model([left, right], [head(step(step(both))), Dense(1, name="size")(both)], name="whole")


def data():
    random = np.random.RandomState(0)
    return [random.randn(5, 4), random.randn(5, 4)]


class TestGraph:
    def test_order(self):
        model = shared()
        assert names(model.layers) == ["left", "right", "encoder", "both", "step", "head", "size"]
        assert model.input_names == ["left", "right"]
        assert model.output_names == ["head", "size"]
        assert [K.int_shape(y) for y in model.outputs] == [(None, 2), (None, 1)]
        assert model.output_shape == [(None, 2), (None, 1)]

    def test_what_does_not_follow_from_the_inputs(self):
        a, b = Input((2,)), Input((2,))
        with pytest.raises(ValueError, match=r'disconnected: layer "add_1" needs.*input_2'):
            Model(a, add([a, b]))

    def test_an_input_that_nothing_needs(self):
        a, b = Input((2,)), Input((3,))
        model = Model([a, b], Dense(1)(a))
        assert names(model.layers) == ["input_1", "input_2", "dense_1"]
        assert model.predict([np.ones((2, 2)), np.ones((2, 3))]).shape == (2, 1)
        assert len(Model.from_config(model.get_config()).inputs) == 2

    def test_ends_must_be_of_layers(self):
        a = Input((2,))
        with pytest.raises(ValueError, match="outputs must be tensors that a Keras `Layer` has"):
            Model(a, a * 2)
        with pytest.raises(ValueError, match="inputs must be tensors that a Keras `Layer` has"):
            Model(K.placeholder((None, 2)), Dense(1)(a))
        with pytest.raises(ValueError, match="outputs must be tensors; got array"):
            Model(a, np.ones(2))
        with pytest.raises(TypeError, match=r'begins at tensors that `Input` has made.*"dense_2"'):
            Model(Dense(2)(a), Dense(1)(a))
        with pytest.raises(ValueError, match="each input must be given once"):
            Model([a, a], Dense(1)(a))

    def test_an_operation_between_layers(self):
        a = Input((2,))
        with pytest.raises(ValueError, match=r'"dense_1" was called on.*no Keras `Layer` has made'):
            Model(a, Dense(1)(a * 2))

    def test_names_must_be_unique(self):
        a = Input((2,))
        with pytest.raises(ValueError, match='"h" is used 2 times'):
            Model(a, Dense(1, name="h")(Dense(1, name="h")(a)))

    def test_one_end_missing(self):
        with pytest.raises(TypeError, match="got no outputs"):
            Model(Input((2,)))

    def test_spelling_of_keras_1(self):
        a = Input((2,))
        with pytest.warns(UserWarning, match=r"Model\(inputs=..., outputs=...\) with inputs="):
            with pytest.warns(UserWarning, match="with outputs="):
                model = Model(input=a, output=Dense(1)(a))
        assert model.output_shape == (None, 1)

    def test_deep_graphs_need_no_recursion(self):
        x = y = Input((1,))
        for _ in range(1500):
            y = Activation("linear")(y)
        model = Model(x, y)
        assert len(model.layers) == 1501
        np.testing.assert_array_equal(model.predict(np.ones((1, 1))), [[1.0]])

    def test_get_layer(self):
        model = shared()
        assert model.get_layer("step") is model.get_layer(index=4)
        with pytest.raises(
            ValueError, match=r'No such layer: stop. Model "whole" has: left, right'
        ):
            model.get_layer("stop")
        with pytest.raises(ValueError, match='"whole" has 7 layers; got index 7'):
            model.get_layer(index=7)

    def test_source_inputs(self):
        model = shared()
        assert get_source_inputs(model.outputs[1]) == model.inputs
        assert get_source_inputs(model.get_layer("encoder").get_output_at(1)) == [model.inputs[0]]

    def test_a_model_of_the_middle(self):
        model = shared()
        middle = Model(model.inputs, model.get_layer("both").output)
        whole = Model(middle.inputs, model.outputs)
        part = middle.predict(data())
        assert part.shape == (5, 6)
        np.testing.assert_array_equal(whole.predict(data())[1], model.predict(data())[1])


class TestSharing:
    def test_values(self):
        model = shared()
        inner, inner_bias = model.get_layer("encoder").get_weights()
        step, step_bias = model.get_layer("step").get_weights()
        head, _ = model.get_layer("head").get_weights()
        left, right = data()
        both = np.concatenate([np.tanh(left @ inner), np.tanh(right @ inner)], axis=1)
        expected = both @ step @ step @ head
        got, _ = model.predict([left, right])
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
        assert not inner_bias.any() and not step_bias.any()

    def test_nodes(self):
        model = shared()
        step, encoder = model.get_layer("step"), model.get_layer("encoder")
        assert len(step._inbound_nodes) == 2 and len(encoder._inbound_nodes) == 3
        assert encoder.get_input_at(0) is encoder.inputs[0]
        assert encoder.get_input_at(1) is model.inputs[0]

    def test_weights_are_counted_once(self):
        model = shared()
        assert model.count_params() == (4 * 3 + 3) + (6 * 6 + 6) + (6 * 2 + 2) + (6 + 1)

    def test_a_model_on_its_own_input_keeps_its_outputs(self):
        x = Input((2,))
        layer = Dense(1)
        y = layer(x)
        model = Model(x, y)
        z = model(x)
        assert y._keras_history[0] is layer and z._keras_history[0] is model

    def test_gradients_of_both_uses(self):
        x = Input((1,))
        layer = Dense(1, use_bias=False)
        model = Model(x, layer(layer(x)))
        layer.set_weights([[[3.0]]])
        (gradient,) = K.gradients(model.output, [layer.kernel])
        assert K.function(model.inputs, [gradient])([[[2.0]]])[0].tolist() == [[12.0]]


class TestNesting:
    def test_losses_of_an_inner_model_belong_to_the_call(self):
        x = Input((2,))
        inner = Model(x, Dense(2, activity_regularizer="l1", kernel_regularizer="l2")(x))
        assert len(inner.losses) == 2
        outer = Sequential([inner])
        # The inner model was called on another input: its activity there counts, not here.
        assert len(outer.losses) == 2
        activity = [v for v in outer.losses if v not in inner.losses]
        assert len(activity) == 1
        x, y = np.ones((3, 2)), np.zeros((3, 2))
        outer.compile("sgd", "mse")
        kernel = np.array([[1.0, -2.0], [3.0, 4.0]])
        outer.set_weights([kernel, np.zeros(2)])
        out = x @ kernel
        expected = np.mean(out**2) + 0.01 * np.abs(out).sum() + 0.01 * (kernel**2).sum()
        assert outer.evaluate(x, y, verbose=0) == pytest.approx(expected, rel=1e-6)

    def test_updates_of_an_inner_model_belong_to_the_call(self):
        inner = Sequential([BatchNormalization(momentum=0.5, input_shape=(2,))])
        outer = Sequential([inner, Dense(1)])
        assert len(inner.updates) == len(outer.updates) == 2
        outer.compile("sgd", "mse")
        outer.train_on_batch(np.full((4, 2), 6.0), np.zeros((4, 1)))
        np.testing.assert_allclose(inner.layers[0].get_weights()[2], [3.0, 3.0])

    def test_frozen(self):
        model = shared()
        model.get_layer("encoder").trainable = False
        assert len(model.trainable_weights) == 6 and len(model.non_trainable_weights) == 2
        model.trainable = False
        assert model.trainable_weights == [] and len(model.non_trainable_weights) == 8

    def test_masks_pass_through(self):
        x = Input((3, 2))
        inner = Model(x, Dense(2)(Masking()(x)))
        y = inner(Input((3, 2)))
        assert y._keras_mask is not None
        assert K.int_shape(y) == (None, 3, 2)

    def test_other_shapes(self):
        model = Sequential([Dense(3, input_shape=(4,)), Dropout(0.5), Dense(2)])
        assert K.int_shape(model(Input((7, 4)))) == (None, 7, 2)
        assert model.compute_output_shape((5, 7, 4)) == (5, 7, 2)
        assert model.compute_output_shape((None, 4)) == (None, 2)

    def test_run_internal_graph(self):
        model = Sequential([Dense(3, input_shape=(4,)), Dense(2)])
        y, mask, shape = model.run_internal_graph([Input((7, 4))])
        assert K.int_shape(y) == shape == (None, 7, 2) and mask is None

    def test_wrong_number_of_inputs(self):
        with pytest.raises(ValueError, match='"whole" needs 2 inputs; got 1'):
            shared()(Input((4,)))

    def test_weights_round_trip_with_batch_normalization(self):
        inner = Sequential([Dense(2, input_shape=(2,)), BatchNormalization(), Dense(2)])
        outer = Sequential([inner, BatchNormalization()])
        values = [
            np.random.RandomState(i).rand(*w.shape) for i, w in enumerate(outer.get_weights())
        ]
        outer.set_weights(values)
        for got, value in zip(outer.get_weights(), values, strict=True):
            np.testing.assert_allclose(got, value, rtol=1e-6)
        with pytest.raises(ValueError, match="needs 12 arrays; got 11"):
            outer.set_weights(values[:-1])


class TestStates:
    class Counter(Layer):
        """Counts the batches that it has seen."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.stateful = True

        def build(self, input_shape):
            self.count = self.add_weight("count", (), initializer="zeros", trainable=False)
            super().build(input_shape)

        def call(self, inputs):
            self.add_update(K.update_add(self.count, 1.0), inputs)
            return inputs + self.count

        def reset_states(self):
            K.set_value(self.count, 0.0)

    def test_go_on_in_prediction(self):
        x = Input((1,))
        inner = Model(x, BatchNormalization()(self.Counter(name="counter")(x)))
        model = Sequential([inner])
        assert model.stateful and len(model.state_updates) == 1 and len(model.updates) == 3
        zeros = np.zeros((1, 1))
        got = [round(float(model.predict(zeros)[0, 0])) for _ in range(3)]
        assert got == [0, 1, 2]
        model.reset_states()
        assert round(float(model.predict(zeros)[0, 0])) == 0

    def test_batches_must_fit(self):
        model = Sequential([self.Counter(input_shape=(1,))])
        model.compile("sgd", "mse")
        with pytest.raises(ValueError, match="multiple of batch_size=2; got 3"):
            model.fit(np.zeros((3, 1)), np.zeros((3, 1)), batch_size=2)
        with pytest.raises(ValueError, match="multiple of batch_size=2; got 3"):
            model.predict(np.zeros((3, 1)), batch_size=2)


class TestConfigs:
    def test_round_trip(self):
        model = shared()
        config = model.get_config()
        again = Model.from_config(config)
        assert again.get_config() == config
        assert json.loads(json.dumps(config)) == json.loads(again.to_json())["config"]
        again.set_weights(model.get_weights())
        for got, expected in zip(again.predict(data()), model.predict(data()), strict=True):
            np.testing.assert_array_equal(got, expected)

    def test_places(self):
        config = shared().get_config()
        calls = {layer["name"]: layer["inbound_nodes"] for layer in config["layers"]}
        # Number 0 of a nested model is the call that made it.
        assert calls["encoder"] == [[["left", 0, 0, {}]], [["right", 0, 0, {}]]]
        assert calls["both"] == [[["encoder", 1, 0, {}], ["encoder", 2, 0, {}]]]
        assert calls["step"] == [[["both", 0, 0, {}]], [["step", 0, 0, {}]]]
        assert config["output_layers"] == [["head", 1, 0], ["size", 0, 0]]

    def test_calls_elsewhere_are_left_out(self):
        x = Input((2,))
        layer = Dense(2)
        layer(Input((2,)))
        config = Model(x, Dense(1)(layer(x))).get_config()
        assert config["layers"][2]["inbound_nodes"] == [[["dense_1", 0, 0, {}]]]
        assert Model.from_config(config).output_shape == (None, 1)

    def test_arguments_of_calls(self):
        x = Input((2,))
        model = Model(x, Dropout(0.9)(x, training=True))
        again = Model.from_config(json.loads(json.dumps(model.get_config())))
        assert (again.predict(np.ones((50, 2))) == 0).any()

    def test_json(self):
        model = shared()
        text = json.loads(model.to_json())
        assert text["class_name"] == "Model" and text["keras_version"] == "2.3.1"
        again = model_from_json(model.to_json(indent=1))
        assert names(again.layers) == names(model.layers)

    def test_own_layers_need_a_name(self):
        class Mine(Layer):
            pass

        model = Sequential([Mine(input_shape=(2,))])
        with pytest.raises(ValueError, match="Mine"):
            model_from_json(model.to_json())
        again = model_from_json(model.to_json(), {"Mine": Mine})
        assert isinstance(again.layers[0], Mine)

    def test_a_list_is_no_model(self):
        with pytest.raises(TypeError, match=r"Sequential.from_config"):
            model_from_config([])

    def test_a_config_that_does_not_close(self):
        config = Sequential([Dense(1, input_shape=(2,))])
        config = Model(config.inputs, config.outputs).get_config()
        config["layers"][1]["inbound_nodes"] = [[["dense_1", 0, 0, {}]]]
        with pytest.raises(ValueError, match="nothing makes the inputs of the layers dense_1"):
            Model.from_config(config)


class TestCopies:
    def test_of_a_graph(self):
        model = shared()
        copy = clone_model(model)
        assert names(copy.layers) == names(model.layers)
        copy.set_weights(model.get_weights())
        for got, expected in zip(copy.predict(data()), model.predict(data()), strict=True):
            np.testing.assert_array_equal(got, expected)
        ours = {id(w) for w in model.weights}
        assert not ours & {id(w) for w in copy.weights}

    def test_on_other_tensors(self):
        model = Sequential([Dense(2, input_shape=(3,))])
        x = Input((3,), name="other")
        assert clone_model(model, x).inputs == [x]
        functional = Model(model.inputs, model.outputs)
        constant = K.variable(np.ones((4, 3)))
        assert clone_model(functional, constant).predict(None, steps=1).shape == (4, 2)
        with pytest.raises(ValueError, match='got the output of layer "dense_2"'):
            clone_model(model, Dense(3)(x))

    def test_of_something_else(self):
        with pytest.raises(ValueError, match="clone_model: needs a Model"):
            clone_model(Dense(1))


class TestOwnModels:
    class Mine(Model):
        def __init__(self):
            super().__init__(name="mine")
            self.hidden = Dense(4, activation="tanh")
            self.out = Dense(2)

        def call(self, inputs):
            return self.out(self.hidden(inputs))

    def test_learns(self):
        model = self.Mine()
        assert names(model.layers) == ["dense_1", "dense_2"]
        with pytest.raises(ValueError, match='summary: model "mine" has no weights yet'):
            model.summary()
        model.compile("sgd", "mse", metrics=["mae"])
        x, y = np.eye(4), np.ones((4, 2))
        losses = model.fit(x, y, epochs=20, verbose=0).history["loss"]
        assert losses[-1] < 0.7 * losses[0]
        assert model.predict(x).shape == (4, 2)
        assert model.count_params() == 4 * 4 + 4 + 4 * 2 + 2
        assert len(model.get_weights()) == 4

    def test_predicts_without_compile(self):
        assert self.Mine().predict(np.ones((3, 4))).shape == (3, 2)

    def test_summary_and_config(self):
        model = self.Mine()
        model.predict(np.ones((3, 4)))
        lines = []
        model.summary(print_fn=lines.append)
        assert lines[4].split() == ["dense_1", "(Dense)", "(None,", "4)", "20"]
        with pytest.raises(NotImplementedError, match="code of its own"):
            model.get_config()

    def test_without_call(self):
        class Empty(Model):
            pass

        with pytest.raises(NotImplementedError, match=r"define `call\(self, inputs\)`"):
            Empty().predict(np.ones((1, 1)))

    def test_forgotten_super(self):
        class Forgot(Model):
            def __init__(self):
                self.hidden = Dense(4)

        with pytest.raises(RuntimeError, match=r"super\(\).__init__"):
            Forgot()


def test_learning_phase_is_noticed():
    x = Input((2,))
    assert not Model(x, Dense(1)(x)).uses_learning_phase
    assert Model(x, Dropout(0.5)(x)).uses_learning_phase


def test_lambda_in_a_graph():
    x = Input((2,))
    y = Lambda(lambda t: t**2)(x)
    np.testing.assert_array_equal(Model(x, y).predict(np.array([[2.0, 3.0]])), [[4.0, 9.0]])
