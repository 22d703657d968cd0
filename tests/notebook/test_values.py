"""Activations, gradients, weights, and the signs of trouble in them."""

import base64
import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import Activation, Dense, Dropout
from kerasnb.models import Sequential
from kerasnb.notebook import show
from kerasnb.notebook.describe import describe_activations, describe_gradients, describe_weights
from kerasnb.notebook.png import decode
from tests.notebook import models
from tests.notebook.pages import read


@pytest.fixture
def pictures():
    return np.random.RandomState(0).rand(5, 8, 8, 1).astype("float32")


def signs(found):
    return [sign["sign"] for sign in found["signs"]]


def dense(kernel, activation=None, **kwargs):
    kernel = np.asarray(kernel, "float32")
    layer = Dense(
        kernel.shape[1],
        activation=activation,
        weights=[kernel, np.zeros(kernel.shape[1])],
        input_shape=(len(kernel),),
        **kwargs,
    )
    return layer


def test_activations_are_what_the_model_computes(pictures):
    model = models.chain()
    model.set_weights([np.abs(w) for w in model.get_weights()])  # no map is dead
    found = describe_activations(model, "conv", pictures)
    (tensor,) = found["tensors"]
    (maps,) = [K.function([model.input], [model.get_layer("conv").output])([pictures])[0]]
    assert tensor["shape"] == "(5, 6, 6, 4)" and found["samples"] == 5
    assert tensor["statistics"]["mean"] == pytest.approx(maps.mean(), rel=1e-5)
    assert len(tensor["pictures"]) == 4
    shown = decode(base64.b64decode(tensor["pictures"][2]["picture"]["png"])).astype(float)
    first = maps[0, :, :, 2]
    np.testing.assert_allclose(
        shown / 255, (first - first.min()) / (first.max() - first.min()), atol=1 / 255
    )


def test_which_call_of_a_layer():
    model = models.twins()
    model.set_weights([np.ones(w.shape) for w in model.get_weights()])
    x = [np.ones((2, 6)), np.zeros((2, 6))]
    with pytest.raises(ValueError, match=r"needs node_index, one of \[0, 1\]"):
        describe_activations(model, "shared", x)
    one, two = (describe_activations(model, "shared", x, node_index=i) for i in (0, 1))
    assert one["layer"] == "shared[0]"
    # The tower gives 6 + 1 and 0 + 1 in each of 4 units, the layer the sum of them and 1.
    assert one["tensors"][0]["statistics"]["mean"] == 29
    assert two["tensors"][0]["statistics"]["mean"] == 5
    inner = model.get_layer("tower").get_layer("inner_dense")
    with pytest.raises(ValueError, match="give that model"):
        describe_activations(model, inner, x)
    assert describe_activations(model.get_layer("tower"), inner, x[0])["samples"] == 2


def test_learning_phase():
    model = Sequential([Dropout(0.5, input_shape=(100,))])
    x = np.ones((1, 100))
    for training, zeros in ((False, False), (True, True)):
        found = describe_activations(model, model.layers[0], x, training=training)
        assert (found["tensors"][0]["statistics"]["zeros"] > 0) is zeros


def test_dead_and_constant_units():
    model = Sequential([dense([[1, -1, 0]], "relu", name="units")])
    found = describe_activations(model, "units", np.array([[1.0], [2.0]]))
    assert signs(found) == ["dead"] and "2 of 3 units" in found["signs"][0]["text"]
    model = Sequential([dense([[1, 0]], "sigmoid", name="other")])
    found = describe_activations(model, "other", np.array([[1.0], [2.0]]))
    assert signs(found) == ["constant"]


def test_saturated_units_and_what_is_not_finite():
    model = Sequential([dense([[100.0, 50.0]], "tanh", name="units")])
    found = describe_activations(model, "units", np.array([[1.0], [-2.0]]))
    assert signs(found) == ["saturated"] and "tanh" in found["signs"][0]["text"]
    found = describe_activations(model, "units", np.array([[np.nan], [1.0]]))
    assert signs(found) == ["not_finite"]
    assert found["tensors"][0]["statistics"]["not_finite"] == 2
    json.dumps(found, allow_nan=False)


def test_gradients_are_those_of_the_loss():
    model = Sequential([dense([[2.0]], name="units")])
    model.compile("sgd", "mse")
    x, y = np.array([[3.0]]), np.array([[1.0]])
    found = describe_gradients(model, "units", x, y)
    means = {t["name"]: t["statistics"]["mean"] for t in found["tensors"]}
    assert means == {"output": 10.0, "kernel": 30.0, "bias": 10.0}  # 2 * (2 * 3 - 1), times 3
    doubled = describe_gradients(model, "units", x, y, sample_weight=np.array([2.0]))
    assert doubled["tensors"][1]["statistics"]["mean"] == 60.0
    assert model.get_weights()[0] == 2.0  # nothing is learned


def test_vanishing_and_exploding_gradients():
    deep = Sequential(
        [
            part
            for i in range(8)
            for part in (dense(np.eye(4) * 0.1, name=f"d{i}"), Activation("sigmoid"))
        ]
    )
    deep.compile("sgd", "mse")
    found = describe_gradients(deep, None, np.ones((2, 4)), np.zeros((2, 4)))
    assert set(signs(found)) == {"vanishing"}
    assert any(sign["text"].startswith("d0/kernel") for sign in found["signs"])
    steep = Sequential([dense([[1e6]], name="steep")])
    steep.compile("sgd", "mse")
    found = describe_gradients(steep, None, np.ones((1, 1)), np.zeros((1, 1)))
    assert set(signs(found)) == {"exploding"}


def test_weights():
    found = describe_weights(models.chain().get_layer("conv"))
    assert [t["name"] for t in found["tensors"]] == ["kernel", "bias"]
    assert len(found["tensors"][0]["pictures"]) == 4


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_forms(language, pictures):
    from kerasnb.notebook.language import set_language

    set_language(language)
    model = models.chain()
    model.compile("sgd", "categorical_crossentropy")
    y = np.eye(3)[[0, 1, 2, 0, 1]]
    sequences = models.recurrent()
    for display in (
        show.activations(model, "conv", pictures),
        show.activations(model, model.output, pictures),
        show.activations(sequences, "lstm", np.ones((2, 3, 3))),
        show.gradients(model, None, pictures, y),
        show.gradients(model, "flat", pictures, y),
        show.weights(model.layers[0]),
        show.weights(model.layers[1]),
    ):
        read(display)
        json.dumps(display.description, allow_nan=False)
        assert repr(display)


def test_thin_tables_lie():
    model = Sequential([Dense(3, input_shape=(40,), name="thin")])
    (kernel, _) = describe_weights(model.layers[0])["tensors"]
    (shown,) = kernel["pictures"]
    assert (shown["picture"]["width"], shown["picture"]["height"]) == (40, 3)
    assert "turned" in shown["label"] and "turned" in shown["picture"]["alt"]


def test_large_arrays_become_small_pictures():
    model = Sequential([Dense(1000, input_shape=(3000,), name="large")])
    (kernel, _) = describe_weights(model.layers[0])["tensors"]
    image = kernel["pictures"][0]["picture"]
    assert image["width"] <= 256 and image["height"] <= 256
