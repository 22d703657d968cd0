"""Models as tables."""

import json

import pytest

from kerasnb.layers import GRU, Conv2DTranspose, Dense, DepthwiseConv2D, SeparableConv2D, SimpleRNN
from kerasnb.models import Model, Sequential
from kerasnb.notebook import show
from kerasnb.notebook.describe import describe_summary
from kerasnb.notebook.language import set_language
from tests.notebook import models
from tests.notebook.pages import read


def rows(model):
    return {row["name"]: row for row in describe_summary(model)["layers"]}


def test_counts_of_a_chain():
    summary = describe_summary(models.chain())
    # Parameters: 3 * 3 * 4 + 4 and 36 * 3 + 3; multiply-adds: 6 * 6 * 4 * 9 and 36 * 3.
    assert [row["parameters"] for row in summary["layers"]] == [40, 0, 0, 111]
    assert [row["multiply_adds"] for row in summary["layers"]] == [1296, 0, 0, 108]
    assert summary["totals"] == {
        "layers": 4,
        "parameters": 151,
        "trainable": 151,
        "fixed": 0,
        "memory": 604,
        "activations": 4 * (64 + 144 + 36 + 36 + 3),
        "multiply_adds": 1404,
    }


@pytest.mark.parametrize(
    "layer, shape, expected",
    [
        (SimpleRNN(5), (7, 3), 7 * (3 * 5 + 5 * 5)),
        (GRU(5), (7, 3), 7 * 3 * (3 * 5 + 5 * 5)),
        (DepthwiseConv2D(3), (8, 8, 2), 6 * 6 * 2 * 9),
        (SeparableConv2D(5, 3), (8, 8, 2), 6 * 6 * 2 * 9 + 6 * 6 * 2 * 5),
        (Conv2DTranspose(5, 3), (8, 8, 2), 8 * 8 * 2 * 9 * 5),
        (SimpleRNN(5, recurrent_dropout=0.5), (7, 3), 7 * (3 * 5 + 5 * 5)),
        (Dense(5), (7, 3), 7 * 3 * 5),
    ],
)
def test_multiply_adds(layer, shape, expected):
    model = Sequential(
        [type(layer).from_config({**layer.get_config(), "batch_input_shape": (None, *shape)})]
    )
    assert describe_summary(model)["totals"]["multiply_adds"] == expected


def test_what_is_not_known_is_none():
    totals = describe_summary(models.recurrent())["totals"]
    assert totals["multiply_adds"] is None and totals["activations"] is None
    assert totals["parameters"] == 4 * (3 * 5 + 5 * 5 + 5)


def test_a_row_for_every_call_and_nested_layers():
    found = rows(models.twins())
    assert [call["inputs"] for call in found["shared"]["calls"]] == [
        ["tower[1][0]"],
        ["tower[2][0]"],
    ]
    assert found["shared"]["multiply_adds"] == 2 * 8
    assert found["inner_dense"]["depth"] == 1 and found["tower"]["model"]
    page = read(show.summary(models.twins()))
    assert "shared[0]" in page.text and "shared[1]" in page.text and "tower[2][0]" in page.text
    # A weight that is used twice is counted once.
    assert describe_summary(models.twins())["totals"]["parameters"] == 28 + 10 + 5


def test_plain_text_is_what_keras_prints(capsys):
    model = models.twins()
    model.summary()
    display = show.summary(model)
    assert display._repr_mimebundle_()["text/plain"] == capsys.readouterr().out[:-1]
    assert repr(display) == display.description["text"]


def test_fixed_layers_are_told():
    model = models.chain()
    model.get_layer("conv").trainable = False
    assert describe_summary(model)["totals"]["fixed"] == 40
    assert "not trained" in read(show.summary(model)).text


def test_models_by_subclassing():
    class Own(Model):
        def __init__(self):
            super().__init__(name="own")
            self.first = Dense(3, name="first")

        def call(self, inputs):
            return self.first(inputs)

    model = Own()
    with pytest.raises(ValueError, match="summary"):
        show.summary(model)
    model.compile("sgd", "mse")
    import numpy as np

    model.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))
    summary = describe_summary(model)
    assert summary["totals"]["parameters"] == 15 and summary["layers"][0]["name"] == "first"
    read(show.summary(model))


def test_json_and_labels():
    set_language("zh")
    description = show.summary(models.twins()).description
    assert json.loads(json.dumps(description, allow_nan=False)) == description
    assert description["version"] == 1 and description["kind"] == "summary"
    assert description["labels"]["parameters"] == "参数量" and description["language"] == "zh"
    assert "乘加次数" in read(show.summary(models.chain())).text
