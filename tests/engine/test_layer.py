"""Layers by themselves: names, weights, checks, nodes, masks, what they add to a model."""

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.engine.base_layer import InputSpec, Layer, to_snake_case
from kerasnb.layers import Dense, Input, Masking
from kerasnb.models import Model, Sequential


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


class Scale(Layer):
    """Multiply by a weight."""

    def build(self, input_shape):
        self.factor = self.add_weight("factor", (input_shape[-1],), initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        return inputs * self.factor


class Two(Layer):
    """A layer of two others and a variable of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = Dense(3, kernel_regularizer="l2")
        self.second = Dense(2)
        self.count = K.variable(0.0)

    def call(self, inputs):
        return self.second(self.first(inputs))


class TestNames:
    def test_names_are_counted_by_class(self):
        assert [Dense(1).name, Dense(1).name, Scale().name] == ["dense_1", "dense_2", "scale_1"]
        assert Dense(1, name="mine").name == "mine"

    def test_inputs_and_models_count_apart(self):
        x, y = Input((2,)), Input((2,))
        assert [x._keras_history[0].name, y._keras_history[0].name] == ["input_1", "input_2"]
        assert [Sequential().name, Model(x, Dense(1)(x)).name] == ["sequential_1", "model_1"]

    @pytest.mark.parametrize(
        ("name", "snake"),
        [("MaxPooling2D", "max_pooling2d"), ("Conv2DTranspose", "conv2d_transpose"),
         ("LSTM", "lstm"), ("ReLU", "re_lu"), ("_Own", "private__own")],
    )  # fmt: skip
    def test_snake_case(self, name, snake):
        assert to_snake_case(name) == snake

    def test_unknown_argument(self):
        with pytest.raises(TypeError, match="Scale: got an unknown argument, 'sise'"):
            Scale(sise=3)

    def test_input_shape_needs_a_tuple(self):
        with pytest.raises(ValueError, match=r"input_shape=3; needs a tuple, \(3,\)"):
            Dense(2, input_shape=3)


class TestWeights:
    def test_are_made_when_first_needed(self):
        layer = Dense(3)
        layer(Input((2,)))
        assert [w._array for w in layer.weights] == [None, None]
        kernel, bias = layer.get_weights()
        assert kernel.shape == (2, 3) and np.abs(kernel).max() <= np.sqrt(6 / 5)
        np.testing.assert_array_equal(bias, np.zeros(3))
        assert layer.weights[0]._array is not None

    def test_first_values(self):
        values = [np.full((2, 3), 7.0), np.arange(3.0)]
        layer = Dense(3, weights=values)
        layer(Input((2,)))
        for got, value in zip(layer.get_weights(), values, strict=True):
            np.testing.assert_array_equal(got, value)

    def test_a_change_counts_for_what_is_built(self):
        layer = Scale()
        model = Sequential([layer])
        model.build((None, 2))
        layer.set_weights([np.array([2.0, 3.0])])
        np.testing.assert_array_equal(model.predict(np.ones((1, 2))), [[2.0, 3.0]])

    def test_wrong_weights(self):
        layer = Dense(3)
        layer(Input((2,)))
        kernel, bias = layer.get_weights()
        with pytest.raises(ValueError, match=r'"dense_1" needs 2 arrays.*\(2, 3\), \(3,\).*got 1'):
            layer.set_weights([kernel])
        with pytest.raises(ValueError, match=r'of layer "dense_1" needs shape \(2, 3\); got \(3,'):
            layer.set_weights([bias, kernel])

    def test_unknown_size(self):
        with pytest.raises(ValueError, match=r'Layer "scale_1".*\(None,\); needs known sizes'):
            Scale()(Input((None,)))

    def test_trainable_decides_which_list(self):
        layer = Dense(3)
        layer(Input((2,)))
        assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [2, 0]
        layer.trainable = False
        assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [0, 2]

    def test_count_params(self):
        layer = Dense(3)
        with pytest.raises(RuntimeError, match='"dense_1" has no weights yet'):
            layer.count_params()
        layer(Input((2,)))
        assert layer.count_params() == 9

    def test_layers_among_the_attributes(self):
        layer = Two()
        layer(Input((4,)))
        assert [w.shape for w in layer.trainable_weights] == [(4, 3), (3,), (3, 2), (2,)]
        assert layer.non_trainable_weights == [layer.count]
        assert len(layer.losses) == 1
        layer.first.trainable = False
        assert [w.shape for w in layer.trainable_weights] == [(3, 2), (2,)]
        layer.trainable = False
        assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 5

    def test_layers_within_a_layer_learn(self):
        model = Sequential([Two(input_shape=(4,))])
        model.compile("sgd", "mse")
        before = model.get_weights()
        model.train_on_batch(np.ones((8, 4)), np.ones((8, 2)))
        changed = [np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True)]
        assert changed == [True, True, True, True, False]


class TestCalls:
    def test_shapes(self):
        y = Dense(3)(Input((5, 2)))
        assert K.int_shape(y) == y._keras_shape == (None, 5, 3)

    def test_the_result_counts_where_a_layer_does_not_say_its_shape(self):
        class Halves(Layer):
            def call(self, inputs):
                return inputs[:, ::2]

        assert K.int_shape(Halves()(Input((6,)))) == (None, 3)

    def test_a_layer_says_what_cannot_be_seen(self):
        class Sums(Layer):
            def call(self, inputs):
                return K.reshape(inputs, K.stack([-1, K.shape(inputs)[1]]))

            def compute_output_shape(self, input_shape):
                return (input_shape[0], 4)

        assert K.int_shape(Sums()(Input((4,)))) == (None, 4)

    def test_arrays_are_no_tensors(self):
        with pytest.raises(ValueError, match=r'"dense_1".*array of shape \(2, 3\).*not a symbolic'):
            Dense(1)(np.ones((2, 3)))

    def test_nothing_returned(self):
        class Forgot(Layer):
            def call(self, inputs):
                inputs + 1

        with pytest.raises(TypeError, match=r'"forgot_1" \(Forgot\): `call` must return tensors'):
            Forgot()(Input((2,)))

    @pytest.mark.parametrize(
        ("spec", "problem"),
        [
            (InputSpec(ndim=3), r"needs ndim=3, got ndim=2 \(shape \(None, 4\)\)"),
            (InputSpec(min_ndim=3), "needs min_ndim=3, got ndim=2"),
            (InputSpec(max_ndim=1), "needs max_ndim=1, got ndim=2"),
            (InputSpec(axes={-1: 5}), "needs size 5 on axis -1, got size 4"),
            (InputSpec(shape=(None, 5)), r"needs shape \(None, 5\), got shape \(None, 4\)"),
            (InputSpec(dtype="int32"), "needs dtype=int32, got dtype=float32"),
            ([InputSpec(), InputSpec()], "needs 2 inputs; got 1"),
        ],
    )
    def test_input_spec(self, spec, problem):
        layer = Layer()
        layer.input_spec = spec
        with pytest.raises(ValueError, match=f'"layer_1".*{problem}'):
            layer(Input((4,)))

    @pytest.mark.parametrize("spec", [InputSpec(ndim=2, axes={1: 4}), InputSpec(shape=(None, 4))])
    def test_input_spec_that_fits(self, spec):
        layer = Layer()
        layer.input_spec = spec
        assert layer(Input((4,))).shape == (None, 4)

    def test_a_layer_that_hands_on_has_an_output_of_its_own(self):
        x = Input((3,))
        layer = Layer()
        y = layer(x)
        assert y is not x
        assert y._keras_history[0] is layer and x._keras_history[0] is not layer

    def test_reports_the_layer_in_errors_of_its_operations(self):
        class Wrong(Layer):
            def call(self, inputs):
                return inputs + K.ones((7,))

        with pytest.raises(ValueError, match=r'Layer "wrong_1" \(add\)'):
            Wrong()(Input((4,)))


class TestNodes:
    def test_called_once(self):
        x = Input((4,))
        layer = Dense(3)
        y = layer(x)
        assert layer.input is x and layer.output is y
        assert layer.input_shape == (None, 4) and layer.output_shape == (None, 3)
        (node,) = layer._inbound_nodes
        assert node in x._keras_history[0]._outbound_nodes
        assert node.get_config() == {
            "outbound_layer": "dense_1",
            "inbound_layers": ["input_1"],
            "node_indices": [0],
            "tensor_indices": [0],
        }

    def test_called_twice(self):
        layer = Dense(3)
        a, b = layer(Input((4,))), layer(Input((4,)))
        for what in ("input", "output", "input_mask", "output_mask"):
            with pytest.raises(AttributeError) as error:
                getattr(layer, what)
            said = what.replace("_", " ")
            assert f'dense_1 has multiple inbound nodes, hence the notion of "layer {said}"' in str(
                error.value
            )
            assert f"Use `get_{what}_at(node_index)` instead." in str(error.value)
        assert layer.get_output_at(0) is a and layer.get_output_at(1) is b
        assert layer.output_shape == (None, 3)
        with pytest.raises(ValueError, match="output at node 2 of layer .dense_1., which has 2"):
            layer.get_output_at(2)

    def test_different_shapes(self):
        layer = Dense(3)
        layer(Input((4,)))
        layer(Input((5, 4)))
        assert layer.get_input_shape_at(1) == (None, 5, 4)
        with pytest.raises(AttributeError, match=r"get_input_shape_at\(node_index\)"):
            layer.input_shape  # noqa: B018

    def test_never_called(self):
        layer = Dense(3)
        with pytest.raises(AttributeError, match='"dense_1" has never been called'):
            layer.output  # noqa: B018
        with pytest.raises(RuntimeError, match='"dense_1" has never been called'):
            layer.get_output_at(0)


class TestMasks:
    def test_refused(self):
        masked = Masking()(Input((5, 2)))
        with pytest.raises(TypeError, match=r'"scale_1" \(Scale\) does not support masking'):
            Scale()(masked)

    def test_passed_on(self):
        masked = Masking()(Input((5, 2)))
        assert Dense(3)(masked)._keras_mask is masked._keras_mask is not None

    def test_given_to_call(self):
        class Mean(Layer):
            def call(self, inputs, mask=None):
                mask = K.expand_dims(K.cast(mask, "float32"))
                return K.sum(inputs * mask, axis=1) / K.sum(mask, axis=1)

            def compute_mask(self, inputs, mask=None):
                return None

        x = Input((3, 1))
        model = Model(x, Mean()(Masking(mask_value=9.0)(x)))
        np.testing.assert_array_equal(model.predict(np.array([[[1.0], [9.0], [4.0]]])), [[2.5]])


class TestAdditions:
    def test_losses_of_weights_and_activity(self):
        x = Input((2,))
        layer = Dense(2, kernel_regularizer="l2", activity_regularizer="l1")
        y = layer(x)
        layer.set_weights([np.eye(2), np.zeros(2)])
        assert len(layer.losses) == 2
        (of_weights,), (of_activity,) = layer.get_losses_for(None), layer.get_losses_for(x)
        assert K.eval(of_weights) == pytest.approx(0.02)
        value = K.function([x], [of_activity])([np.array([[1.0, -2.0]])])
        assert value == [pytest.approx(0.03)]
        assert layer.get_losses_for(y) == []

    def test_updates_rest_while_not_trainable(self):
        layer = Layer()
        x = Input((2,))
        count = K.variable(0.0)
        layer.add_update((count, count + 1), x)
        assert len(layer.updates) == len(layer.get_updates_for(x)) == 1
        layer.trainable = False
        assert layer.updates == layer.get_updates_for(x) == []

    def test_metrics(self):
        layer = Layer()
        x = Input((2,))
        total = K.sum(x)
        layer.add_metric(total, "total")
        assert layer.metrics == [total]


def test_config():
    layer = Dense(3, activation="relu", input_shape=(4,), name="mine", trainable=False)
    config = layer.get_config()
    assert config["batch_input_shape"] == (None, 4) and config["trainable"] is False
    again = Dense.from_config(config)
    assert again.get_config() == config


class TestInput:
    def test_of_a_tensor(self):
        x = Input(tensor=K.variable(np.ones((2, 3))))
        assert x._keras_shape == (2, 3)
        np.testing.assert_array_equal(Model(x, Scale()(x)).predict(None, steps=2), np.ones((4, 3)))

    def test_dtype_and_batch(self):
        x = Input(batch_shape=(5, 2), dtype="int32", name="words")
        assert (x.dtype, x._keras_shape) == ("int32", (5, 2))
        assert x._keras_history[0].get_config() == {
            "batch_input_shape": (5, 2),
            "dtype": "int32",
            "sparse": False,
            "name": "words",
        }

    def test_mistakes(self):
        with pytest.raises(ValueError, match="Input: needs `shape`"):
            Input()
        with pytest.raises(ValueError, match=r"got shape=784; needs a tuple, \(784,\)"):
            Input(784)
