"""Stacks of layers: building at once or later, adding, taking away, configs, predictions."""

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.engine.base_layer import Layer
from kerasnb.layers import Dense, Dropout, Input, InputLayer
from kerasnb.models import Model, Sequential, clone_model


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


class TestBuilding:
    def test_at_once(self):
        model = Sequential()
        model.add(Dense(3, input_shape=(4,)))
        assert model.built and model.output_shape == (None, 3)
        model.add(Dense(2))
        assert model.output_shape == (None, 2) and len(model.weights) == 4
        assert [layer.name for layer in model.layers] == ["dense_1", "dense_2"]
        assert model.input_names == ["dense_1_input"]

    def test_with_the_input_as_a_layer(self):
        model = Sequential([InputLayer((4,), name="here"), Dense(2)])
        assert model.input_names == ["here"] and len(model.layers) == 1

    def test_with_a_model_first(self):
        x = Input((4,), dtype="float64")
        inner = Model(x, Dense(3)(x))
        model = Sequential([Sequential([inner]), Dense(1)])
        assert model.input_shape == (None, 4) and model.inputs[0].dtype == "float64"
        assert model.predict(np.ones((2, 4))).shape == (2, 1)

    def test_later(self):
        model = Sequential([Dense(3), Dense(2)])
        assert not model.built and model.weights == [] and len(model.layers) == 2
        model.build((None, 4))
        assert model.built and [w.shape for w in model.weights] == [(4, 3), (3,), (3, 2), (2,)]

    def test_from_data(self):
        model = Sequential([Dense(3), Dropout(0.5), Dense(2)])
        model.compile("sgd", "mse", metrics=["mae"])
        assert model.metrics_names == ["loss"]
        history = model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
        assert list(history.history) == ["loss", "mae"]
        assert model.input_shape == (None, 4)

    def test_from_data_in_prediction(self):
        assert Sequential([Dense(2)]).predict(np.ones((3, 5, 4))).shape == (3, 5, 2)

    def test_from_being_called(self):
        inner = Sequential([Dense(3), Dense(2)])
        model = Sequential([Dense(4, input_shape=(5,)), inner])
        assert model.output_shape == (None, 2) and inner.built
        assert model.count_params() == 5 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2

    def test_compiled_before_it_is_built(self):
        model = Sequential([Dense(1)])
        model.compile("sgd", "mse")
        model.build((None, 2))
        assert model.train_on_batch(np.ones((2, 2)), np.ones(2)) >= 0


class TestLayers:
    def test_taking_away(self):
        model = Sequential([Dense(3, input_shape=(4,)), Dense(2), Dense(1)])
        model.pop()
        assert model.output_shape == (None, 2)
        model.add(Dense(5))
        assert model.predict(np.ones((1, 4))).shape == (1, 5)
        for _ in range(3):
            model.pop()
        assert model.layers == [] and model.outputs is None and not model.built
        with pytest.raises(TypeError, match='"sequential_1": there is no layer to take away'):
            model.pop()
        model.add(Dense(2, input_shape=(7,)))
        assert model.input_shape == (None, 7)

    def test_spelling_of_keras_1(self):
        model = Sequential()
        with pytest.warns(UserWarning, match="use the Sequential itself"):
            assert model.model is model

    def test_a_prediction_before_does_not_matter(self):
        model = Sequential([Dense(3, input_shape=(4,)), Dense(2)])
        model.predict(np.ones((1, 4)))
        model.pop()
        assert model.predict(np.ones((1, 4))).shape == (1, 3)

    @pytest.mark.parametrize(("thing", "says"), [(Dense, "the class Dense"), (np.tanh, "tanh")])
    def test_what_is_no_layer(self, thing, says):
        with pytest.raises(TypeError, match=f'"sequential_1": needs a Layer.*{says}'):
            Sequential([thing])

    def test_several_outputs(self):
        class Two(Layer):
            def call(self, inputs):
                return [inputs, inputs + 1]

        with pytest.raises(TypeError, match='"two_1" has 2'):
            Sequential([Two(input_shape=(3,))])

    def test_an_empty_model(self):
        with pytest.raises(ValueError, match='got the empty model "sequential_2"'):
            Sequential(name="outer").add(Sequential(name="sequential_2"))

    def test_a_name_that_is_taken_leaves_the_stack_as_it_was(self):
        model = Sequential([Dense(3, name="h", input_shape=(2,))])
        with pytest.raises(ValueError, match='"h" is used 2 times'):
            model.add(Dense(5, name="h"))
        model.add(Dense(1, name="o"))
        assert [layer.name for layer in model.layers] == ["h", "o"]
        h, o = (layer.get_weights() for layer in model.layers)
        x = np.array([[1.0, -2.0], [0.5, 3.0]])
        expected = (x @ h[0] + h[1]) @ o[0] + o[1]
        np.testing.assert_allclose(model.predict(x), expected, rtol=1e-5)

    def test_one_by_one_as_all_at_once(self):
        """Also with a layer that comes twice, and a model among the layers."""
        twice = Dense(3)
        layers = [
            Dense(3, input_shape=(3,)),
            twice,
            Sequential([Dense(3, input_shape=(3,))]),
            twice,
        ]
        model = Sequential()
        for layer in [*layers, Dropout(0.5), Dense(1)]:
            model.add(layer)
        whole = Model(model.inputs, model.outputs)
        assert model._layers == whole._layers
        assert model._network_nodes == whole._network_nodes
        assert model._nodes_by_depth == whole._nodes_by_depth
        model.pop()
        model.add(Dense(2))
        assert model.output_shape == (None, 2)
        assert model._nodes_by_depth == Model(model.inputs, model.outputs)._nodes_by_depth


class TestConfigs:
    def test_round_trip(self):
        model = Sequential([Dense(3, activation="relu", input_shape=(4,)), Dense(2)], name="mine")
        config = model.get_config()
        assert config["name"] == "mine"
        assert [layer["class_name"] for layer in config["layers"]] == ["Dense", "Dense"]
        again = Sequential.from_config(config)
        assert again.get_config() == config and again.output_shape == (None, 2)

    def test_the_plain_list(self):
        config = Sequential([Dense(3, input_shape=(4,))]).get_config()
        assert Sequential.from_config(config["layers"]).output_shape == (None, 3)

    def test_built_later(self):
        model = Sequential([Dense(3)])
        assert "build_input_shape" not in model.get_config()
        model.build((None, 4))
        assert model.get_config()["build_input_shape"] == (None, 4)
        for again in (Sequential.from_config(model.get_config()), clone_model(model)):
            assert again.input_shape == (None, 4)

    def test_copies(self):
        model = Sequential([Dense(3, input_shape=(4,))])
        copy = clone_model(model)
        assert copy.name == model.name and copy.layers[0] is not model.layers[0]


class TestClasses:
    def test_of_several(self):
        model = Sequential([Dense(3, activation="softmax", input_shape=(3,))])
        model.set_weights([np.eye(3), np.zeros(3)])
        x = np.eye(3)[[2, 0, 1]]
        assert model.predict_classes(x).tolist() == [2, 0, 1]
        assert model.predict_proba(x).shape == (3, 3)

    def test_of_one(self):
        model = Sequential([Dense(1, activation="sigmoid", input_shape=(1,))])
        model.set_weights([[[1.0]], [0.0]])
        got = model.predict_classes(np.array([-1.0, 2.0]))
        assert got.tolist() == [[0], [1]] and got.dtype == "int32"

    def test_no_probabilities(self):
        model = Sequential([Dense(1, input_shape=(1,))])
        model.set_weights([[[3.0]], [0.0]])
        with pytest.warns(UserWarning, match="reach from 3 to 3"):
            model.predict_proba(np.ones((1, 1)))
