"""Saliency, class activation, gates over time, points in a plane, surfaces, augmented pictures."""

import base64
import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import GRU, LSTM, Dense, Embedding, Flatten, SimpleRNN
from kerasnb.models import Sequential
from kerasnb.notebook import describe, insight, show
from kerasnb.notebook.describe.points import principal
from kerasnb.notebook.describe.recurrence import describe_gates
from kerasnb.notebook.describe.surface import limits_of, surface
from kerasnb.notebook.language import set_language
from kerasnb.notebook.png import decode
from kerasnb.preprocessing.image import ImageDataGenerator
from tests.notebook import models
from tests.notebook.pages import read


def pixels(item):
    return decode(base64.b64decode(item["picture"]["png"])).astype(float)


def linear(weights):
    """A model that gives the products of its input with some rows."""
    weights = np.asarray(weights, "float32")
    return Sequential(
        [Dense(weights.shape[1], use_bias=False, weights=[weights], input_shape=(len(weights),))]
    )


# -- saliency


def test_saliency_is_the_gradient_of_the_chosen_unit():
    model = linear([[1, -5], [0, 2], [-3, 4]])
    found = insight.saliency(model, np.array([[1.0, 1, 1]]), unit=0).description
    assert pixels(found["tensors"][0]["pictures"][0])[0] == pytest.approx([85, 0, 255], abs=1)
    assert found["tensors"][0]["statistics"]["max"] == 3
    # By default the greatest: unit 1 gives 1, unit 0 gives -2.
    found = insight.saliency(model, np.array([[1.0, 1, 1], [0, 0, -1]])).description
    labels = [item["label"] for item in found["tensors"][0]["pictures"]]
    assert labels == ["sample 0, unit 1", "sample 1, unit 0"]


def test_saliency_of_words_is_that_of_their_vectors():
    kernel = np.zeros((6, 1), "float32")
    kernel[2:4] = [[3], [4]]  # the output reads the second word alone
    model = Sequential(
        [
            Embedding(5, 2, input_length=3),
            Flatten(),
            Dense(1, weights=[kernel, np.zeros(1)], name="out"),
        ]
    )
    found = insight.saliency(model, np.array([[1, 2, 3]])).description
    assert found["tensors"][0]["shape"] == "(1, 3)"
    assert found["tensors"][0]["statistics"]["max"] == pytest.approx(5)
    assert list(pixels(found["tensors"][0]["pictures"][0])[0]) == [0, 255, 0]


def test_class_activation_finds_the_place():
    model = models.chain()
    kernel = np.zeros((3, 3, 1, 4), "float32")
    kernel[1, 1] = 1  # each map is the picture
    flat = np.ones((36, 3), "float32")
    model.set_weights([kernel, np.zeros(4), flat, np.array([1.0, 0, 0])])
    x = np.zeros((2, 8, 8, 1))
    x[0, 2, 5] = x[1, 6, 1] = 1
    found = insight.class_activation(models_without_softmax(model), x, "conv").description
    assert found["layer"] == "conv" and found["samples"] == 2
    for item, place in zip(found["tensors"][0]["pictures"], ((1, 4), (5, 0)), strict=True):
        red = pixels(item)[..., 0] - pixels(item)[..., 1]
        row, column = np.unravel_index(red.argmax(), red.shape)
        assert (row * 6 // 8, column * 6 // 8) == place  # maps are 6 wide, pictures 8


def models_without_softmax(model):
    """The same model with a linear output."""
    config = model.get_config()
    config["layers"][-1]["config"]["activation"] = "linear"
    plain = Sequential.from_config(config)
    plain.set_weights(model.get_weights())
    return plain


def test_mistakes_of_models_are_said():
    with pytest.raises(ValueError, match="has no layer with maps"):
        insight.class_activation(linear([[1.0]]), np.ones((1, 1)))
    with pytest.raises(ValueError, match="needs maps"):
        insight.class_activation(models.chain(), np.ones((1, 8, 8, 1)), "out")
    with pytest.raises(ValueError, match="got unit=9; its output has 3 units"):
        insight.saliency(models.chain(), np.ones((1, 8, 8, 1)), unit=9)
    with pytest.raises(ValueError, match="needs an LSTM, a GRU or a SimpleRNN"):
        insight.gates(models.chain(), "out", np.ones((1, 8, 8, 1)))


# -- gates


@pytest.mark.parametrize(
    "layer, gates",
    [
        (LSTM(3, return_sequences=True), 6),
        (LSTM(3, return_sequences=True, recurrent_activation="sigmoid", use_bias=False), 6),
        (LSTM(3, return_sequences=True, go_backwards=True), 6),
        (GRU(3, return_sequences=True), 4),
        (GRU(3, return_sequences=True, use_bias=False, recurrent_activation="sigmoid"), 4),
        (GRU(3, return_sequences=True, reset_after=True, bias_initializer="uniform"), 4),
        (GRU(3, return_sequences=True, reset_after=True, use_bias=False), 4),
        (SimpleRNN(3, return_sequences=True), 1),
    ],
)
def test_the_last_of_the_gates_is_what_the_layer_gives(layer, gates):
    model = Sequential([Dense(2, input_shape=(5, 2)), layer])
    x = np.random.RandomState(0).randn(4, 5, 2).astype("float32")
    found = describe_gates(model, layer, x, sample=2)
    assert len(found["tensors"]) == gates
    state = found["tensors"][-1]
    made = model.predict(x)
    for name in ("mean", "std", "min", "max"):
        expected = getattr(made.astype(float), name)()
        assert state["statistics"][name] == pytest.approx(expected, abs=1e-6)
    assert state["shape"] == "(4, 5, 3)" and state["pictures"][0]["picture"]["width"] == 5
    for gate in found["tensors"][:2] if gates > 1 else ():
        assert 0 <= gate["statistics"]["min"] <= gate["statistics"]["max"] <= 1


# -- points


def test_principal_components_are_those_of_the_covariance():
    rows = np.random.RandomState(0).randn(50, 4) * [3, 1, 0.5, 2] + 7
    places, shares = principal(rows)
    values = np.linalg.eigvalsh(np.cov(rows.T))[::-1]
    np.testing.assert_allclose(shares, values[:2] / values.sum())
    np.testing.assert_allclose(places.var(axis=0, ddof=1), values[:2])
    np.testing.assert_allclose(np.cov(places.T)[0, 1], 0, atol=1e-12)
    assert principal(np.ones((3, 1)))[1] == [0.0, 0.0]  # nothing differs


def test_points_of_an_embedding():
    layer = Embedding(4, 3)
    Sequential([layer]).build((None, 2))
    vectors = np.array([[0, 0, 0], [10, 0, 0], [0, 1, 0], [10, 1, 0]], "float32")
    K.set_value(layer.weights[0], vectors)
    found = insight.points(layer, ["a", "b", "c", "d"]).description
    x = {p["name"]: p["x"] for p in found["points"]}
    assert x["b"] - x["a"] == pytest.approx(10) and x["a"] == pytest.approx(x["c"])
    assert sum(found["shares"]) == pytest.approx(1)
    with pytest.raises(ValueError, match="got 4 rows and 1 classes"):
        insight.points(vectors, classes=[1])
    with pytest.raises(ValueError, match="needs rows of finite numbers"):
        insight.points(np.array([[np.nan, 1]]))


# -- surfaces


def test_a_surface_has_the_models_colours():
    model = Sequential(
        [
            Dense(1, activation="sigmoid", input_shape=(2,), weights=[[[50.0], [0.0]], [0.0]]),
        ]
    )
    x, y = np.array([[-1.0, -1], [1, 1], [-1, 1]]), np.array([0, 1, 1])
    limits = limits_of(x)
    shares = surface(model, limits, 10)
    assert shares.shape == (10, 10, 2)
    assert (shares[:, :5, 0] > 0.9).all() and (shares[:, 5:, 1] > 0.9).all()
    found = show.surface(model, x, y).description
    (item,) = found["tensors"][0]["pictures"]
    image = pixels(item)
    assert image[150, 20, 2] > image[150, 20, 0] and image[150, 280, 0] > image[150, 280, 2]
    assert "67% lie" in item["picture"]["alt"]
    with pytest.raises(ValueError, match=r"needs \(samples, 2\)"):
        insight.surface(model, np.ones((3, 3)), y)


# -- augmentation


def test_augmented_pictures_are_the_generators():
    x = np.random.RandomState(0).randint(0, 256, (3, 8, 8)).astype("uint8")
    generator = ImageDataGenerator(horizontal_flip=True, width_shift_range=3)
    before = np.random.get_state()[1].copy()
    found = insight.augmentation(x, generator, copies=4, seed=5).description
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert [s["index"] for s in found["samples"]] == [0] * 5 + [1] * 5 + [2] * 5
    assert found["samples"][5]["name"] == "original"
    np.testing.assert_array_equal(pixels(found["samples"][5]), x[1])
    changed = generator.random_transform(x[1][..., None].astype("float32"), 5 + 4 + 2)
    np.testing.assert_allclose(pixels(found["samples"][5 + 3]), changed[..., 0], atol=1)
    again = insight.augmentation(x, generator, copies=4, seed=5).description
    assert again["samples"] == found["samples"]
    other = insight.augmentation(x, generator, copies=4, seed=6).description
    assert other["samples"] != found["samples"]
    with pytest.raises(ValueError, match="needs pictures"):
        insight.augmentation(np.ones((2, 5)), generator)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_forms(language):
    set_language(language)
    x = np.random.RandomState(0).rand(3, 8, 8, 1)
    recurrent = models.recurrent()
    plane = Sequential([Dense(3, activation="softmax", input_shape=(2,))])
    for display in (
        show.saliency(models.chain(), x),
        show.class_activation(models.chain(), x),
        show.gates(recurrent, "lstm", np.ones((2, 4, 3))),
        show.points(x.reshape(3, 64), classes=[0, 1, 2], title="x"),
        show.surface(plane, x[:, 0, :2, 0], [0, 1, 2]),
        show.augmentation(x, ImageDataGenerator(rotation_range=30)),
    ):
        read(display)
        json.dumps(display.description, allow_nan=False)
        assert repr(display) and repr(display).count("{") == 0
    assert describe.describe_summary(recurrent)
