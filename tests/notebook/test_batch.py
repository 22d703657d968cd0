"""What a batch makes of each layer, in the description of a graph."""

import base64
import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import (
    GRU,
    LSTM,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Masking,
    MaxPooling2D,
)
from kerasnb.models import Model, Sequential
from kerasnb.notebook import show
from kerasnb.notebook.describe import describe_activations, describe_gradients, describe_graph
from kerasnb.notebook.language import set_language
from kerasnb.notebook.png import decode
from tests.notebook import models
from tests.notebook.pages import read


def same(told, values):
    """Whether the numbers told of an array are its own, in four digits."""
    assert told["shape"] == str(values.shape)
    for name in ("min", "max", "mean", "std"):
        expected = getattr(values.astype(np.float64), name)()
        assert told["statistics"][name] == pytest.approx(expected, rel=1e-3, abs=1e-7), name
    return True


@pytest.fixture
def chain():
    model = models.chain()
    model.compile("sgd", "categorical_crossentropy")
    random = np.random.RandomState(0)
    return model, random.rand(5, 8, 8, 1).astype("float32"), np.eye(3)[[0, 1, 2, 0, 1]]


def test_activations_are_what_the_model_predicts(chain):
    model, x, _ = chain
    batch = describe_graph(model, x)["batch"]
    assert (batch["samples"], batch["of"]) == (5, 5) and "targets, y" in batch["facts"][0]
    assert list(batch["details"]) == ["conv_input", "conv", "pool", "flat", "out"] or (
        [key for key in batch["details"] if not key.startswith("conv_")]
        == ["conv", "pool", "flat", "out"]
    )
    for layer in model.layers:
        values = Model(model.inputs, layer.output).predict(x)
        (told,) = batch["details"][layer.name]["activations"]
        assert same(told, values) and sum(told["histogram"]["counts"]) == values.size
        columns = values.reshape(-1, values.shape[-1])
        dead = (values.shape[-1], (columns == 0).all(axis=0).sum())
        assert (told["units"], told["dead"]) == (dead if layer.weights else (None, None))
        assert batch["details"][layer.name]["gradients"] == []


def test_a_sheet_of_maps_shows_the_first_sample(chain):
    model, x, _ = chain
    (told,) = describe_graph(model, x)["batch"]["details"]["conv"]["activations"]
    sheet = decode(base64.b64decode(told["picture"]["png"]))
    assert sheet.shape == (2 * 7 + 1, 2 * 7 + 1)
    assert told["caption"] == "first sample, maps: 4 of 4"
    maps = Model(model.inputs, model.layers[0].output).predict(x)[0]
    for channel in range(4):
        row, column = 7 * (channel // 2), 7 * (channel % 2)
        tile = sheet[1 + row : 7 + row, 1 + column : 7 + column] / 255
        one = maps[..., channel]
        if one.max() > one.min():
            expected = (one - one.min()) / (one.max() - one.min())
            np.testing.assert_allclose(tile, expected, atol=1 / 255)


def test_gradients_are_those_of_the_loss(chain):
    model, x, y = chain
    details = describe_graph(model, x, y)["batch"]["details"]
    for layer in model.layers:
        found = describe_gradients(model, layer, x, y, training=False)["tensors"]
        told = details[layer.name]["gradients"]
        assert len(found) == len(told) == 1 + len(layer.trainable_weights)
        for expected, one in zip(found, told, strict=True):
            assert one["shape"] == expected["shape"]
            for name in ("min", "max", "mean", "norm"):
                number = pytest.approx(expected["statistics"][name], rel=1e-3, abs=1e-7)
                assert one["statistics"][name] == number
        assert [one["weight"] for one in told] == [False] + [True] * (len(told) - 1)


def test_shared_and_nested_layers_are_told_of_by_call():
    model = models.twins()
    model.compile("sgd", "mse")
    random = np.random.RandomState(1)
    x = [random.rand(4, 6).astype("float32"), random.rand(4, 6).astype("float32")]
    y = random.rand(4, 1).astype("float32")
    details = describe_graph(model, x, y)["batch"]["details"]
    names = [one["name"] for one in details["tower/inner_dense"]["activations"]]
    assert names == ["tower[1]/inner_dense", "tower[2]/inner_dense"]
    kernel, bias = model.get_layer("tower").get_layer("inner_dense").get_weights()
    for number, told in enumerate(details["tower/inner_dense"]["activations"]):
        assert same(told, x[number] @ kernel + bias)
    # The tower ends with that layer: the same gradients.
    for inner, outer in zip(
        details["tower/inner_dense"]["gradients"], details["tower"]["gradients"], strict=False
    ):
        assert inner["statistics"] == outer["statistics"]
    weights = [one for one in details["tower/inner_dense"]["gradients"] if one["weight"]]
    assert [one["name"] for one in weights] == ["kernel", "bias"]
    for index, told in enumerate(details["shared"]["activations"]):
        found = describe_activations(model, "shared", x, node_index=index)
        mean = found["tensors"][0]["statistics"]["mean"]
        assert told["statistics"]["mean"] == pytest.approx(mean, rel=1e-3)


def test_models_in_models_with_masks():
    inner = Sequential([Masking(input_shape=(None, 2)), LSTM(3)], name="inner")
    middle = Sequential([inner, Dense(2, name="units")], name="middle")
    outer = Sequential([middle, Dense(1, name="last")], name="outer")
    outer.compile("sgd", "mse")
    x = np.random.RandomState(2).rand(3, 4, 2)
    x[:, 2:] = 0
    details = describe_graph(outer, x, np.ones((3, 1)))["batch"]["details"]
    for key, model in (("middle/units", middle), ("middle/inner", inner)):
        assert same(details[key]["activations"][0], model.predict(x))
        assert details[key]["gradients"]
    (name,) = [key for key in details if key.startswith("middle/inner/lstm")]
    assert same(details[name]["activations"][0], inner.predict(x))


def test_signs_are_named():
    model = Sequential([Dense(3, activation="relu", input_shape=(2,), name="units"), Dense(1)])
    model.layers[0].set_weights([np.array([[1, -1, 0], [1, -1, 0]]), np.zeros(3)])
    model.compile("sgd", "mse")
    x = np.random.RandomState(0).rand(4, 2)
    found = describe_graph(model, x, np.ones((4, 1)))["batch"]["details"]["units"]
    assert found["activations"][0]["dead"] == 2
    assert [sign["sign"] for sign in found["signs"]] == ["dead"]
    x[0] = np.nan
    display = show.graph(model, x=x, y=np.ones((4, 1)))
    signs = display.description["batch"]["details"]["units"]["signs"]
    assert {sign["sign"] for sign in signs} == {"not_finite"}
    json.dumps(display.description, allow_nan=False)


def test_dropout_is_on_as_in_training():
    model = Sequential([Dropout(0.5, input_shape=(100,), name="drop")])
    for training in (False, True):
        batch = describe_graph(model, np.ones((3, 100)), training=training)["batch"]
        (told,) = batch["details"]["drop"]["activations"]
        assert (told["statistics"]["zeros"] > 0) is training
        assert any("dropout" in fact for fact in batch["facts"]) is training


def test_nothing_is_learned_and_nothing_changes(chain):
    model, x, y = chain
    before = model.get_weights()
    K.set_random_seed(3)
    expected = np.random.RandomState(0).rand(2)
    plain = describe_graph(model)
    with_batch = describe_graph(model, x, y)
    assert "batch" not in plain and {**with_batch, "batch": None} == {**plain, "batch": None}
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(np.random.RandomState(0).rand(2), expected)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_forms(language, chain):
    set_language(language)
    model, x, y = chain
    words = models.recurrent()
    words.compile("sgd", "mse")
    texts = Sequential([Embedding(9, 4, input_length=5), GRU(3, return_sequences=True)])
    texts.compile("sgd", "mse")
    twins = models.twins()
    sides = {"left": np.ones((2, 6)), "right": np.ones((2, 6))}
    for display in (
        show.graph(model, x=x, y=y),
        show.graph(words, x=np.ones((2, 3, 3)), y=np.ones((2, 5))),
        show.graph(texts, x=np.ones((2, 5), int), y=np.ones((2, 5, 3))),
        show.graph(twins, "node", True, x=sides),
        show.graph(model, x=[list(row) for row in x.tolist()]),
    ):
        page = read(display)
        batch = display.description["batch"]
        told = [t for d in batch["details"].values() for t in d["activations"] + d["gradients"]]
        drawn = sum(t["picture"] is not None for t in told)
        assert len(page.images) == 1 + drawn + sum(t["histogram"] is not None for t in told)
        assert {"en": "Activations", "zh": "激活值"}[language] in page.text
        assert {"en": "Least", "zh": "最小"}[language] in repr(display)
        json.dumps(display.description, allow_nan=False)


def size(display):
    return sum(len(json.dumps(part)) for part in display._repr_mimebundle_().values())


def test_notebooks_stay_small():
    convolutions = (Conv2D(32, 3, activation="relu"), Conv2D(64, 3, activation="relu"))
    layers = [*convolutions, MaxPooling2D(), Flatten(), Dense(64), Dense(10, "softmax")]
    layers = [Conv2D(16, 3, input_shape=(28, 28, 1)), *layers]
    model = Sequential(layers)
    model.compile("sgd", "sparse_categorical_crossentropy")
    x = np.random.RandomState(0).rand(50, 28, 28, 1)
    display = show.graph(model, x=x, y=np.arange(50) % 10)
    assert size(display) < 400_000
    assert "first 32 of 50" in display.description["batch"]["facts"][0]
    large = models.residual(200)
    large.compile("sgd", "mse")
    plain = size(show.graph(large))
    display = show.graph(large, x=np.ones((40, 4)), y=np.ones((40, 4)))
    assert size(display) < plain + 1_000_000
    facts = " ".join(display.description["batch"]["facts"])
    assert "so many layers" in facts and "more pictures" in facts


def test_mistakes(chain):
    model, x, y = chain
    with pytest.raises(ValueError, match="y without x"):
        show.graph(model, y=y)
    with pytest.raises(ValueError, match="type int; needs arrays"):
        show.graph(model, x=3)
    with pytest.raises(ValueError, match="conv_input|shape"):
        show.graph(model, x=np.ones((2, 3)))
    with pytest.raises(RuntimeError, match="compile the model"):
        show.graph(models.chain(), x=x, y=y)

    class Own(Model):
        def __init__(self):
            super().__init__(name="own")
            self.inside = Dense(2)

        def call(self, inputs):
            return self.inside(inputs)

    with pytest.raises(ValueError, match="no graph of its own"):
        show.graph(Own(), x=np.ones((2, 3)))
