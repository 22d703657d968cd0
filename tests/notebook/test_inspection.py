"""Layers and tensors, looked into."""

import json
import subprocess
import sys

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb.layers import LSTM, BatchNormalization, Dense, Input
from kerasnb.models import Model, Sequential
from kerasnb.notebook.describe import describe_inspection
from kerasnb.notebook.language import set_language
from tests.notebook import models
from tests.notebook.pages import read


def calls(steps):
    return [step["op"] for step in steps]


def test_calls_of_a_shared_layer_and_the_models_that_they_are_in():
    model = models.twins()
    other = Model(model.inputs[0], model.get_layer("shared").get_output_at(0), name="other")
    found = describe_inspection(model.get_layer("shared"))
    assert found["models"] == ["other", "twins"]
    assert [node["models"] for node in found["nodes"]] == [["other", "twins"], ["twins"]]
    for index, node in enumerate(found["nodes"]):
        layer = model.get_layer("shared")
        assert node["inputs"][0]["name"] == layer.get_input_at(index).name
        assert node["outputs"][0]["shape"] == str(K.int_shape(layer.get_output_at(index)))
        assert node["outputs"][0]["from"] == f"shared[{index}][0]"
    assert other.name in read(kerasnb.inspect(model.get_layer("shared"))).text


def test_weights_in_numbers():
    layer = Dense(2, name="units", weights=[np.array([[1, 2], [3, 0]]), np.zeros(2)])
    Sequential([layer]).build((None, 2))
    kernel, bias = describe_inspection(layer)["weights"]
    assert kernel["name"] == "kernel" and kernel["shape"] == "(2, 2)" and kernel["memory"] == 16
    numbers = kernel["statistics"]
    assert (numbers["min"], numbers["max"], numbers["mean"], numbers["zeros"]) == (0, 3, 1.5, 1)
    assert numbers["norm"] == pytest.approx(14**0.5) and sum(kernel["histogram"]["counts"]) == 4
    assert bias["histogram"] == {"edges": [0.0, 0.0], "counts": [2]}


def test_looking_changes_no_number():
    def weights(look):
        K.clear_session()
        np.random.seed(3)
        model = Sequential([Dense(3, input_shape=(2,)), Dense(2)])
        if look:
            kerasnb.inspect(model.layers[1])
        return model.get_weights()

    for a, b in zip(weights(True), weights(False), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_box_is_opened():
    model = models.chain()
    steps = describe_inspection(model.get_layer("out"))["steps"]
    assert calls(steps) == ["matmul", "add", "softmax"]
    assert steps[0]["inputs"] == ["x", "kernel"] and steps[2]["name"] == "y"
    assert steps[2]["formula"] == "e^x divided by its sum along an axis, without overflow."
    assert calls(steps[2]["steps"]) == ["reduce_max", "subtract", "exp", "reduce_sum", "divide"]
    assert steps[0]["steps"] is None


def test_a_recurrent_layer_opens_to_one_of_its_steps():
    steps = describe_inspection(models.recurrent().get_layer("lstm"))["steps"]
    (sequence,) = (step for step in steps if step["op"] == "lstm_sequence")
    (scan,) = sequence["steps"]
    assert scan["op"] == "scan" and calls(scan["steps"]).count("tanh") == 2
    assert ["h0", "u"] in [step["inputs"] for step in scan["steps"]]


def test_tensors():
    model = models.chain()
    found = describe_inspection(model.output)
    assert found["subject"] == "tensor" and ["layer", "out[0][0]"] in found["config"]
    assert found["models"] == ["chain"] and calls(found["steps"])[-1] == "softmax"
    loose = describe_inspection(K.exp(K.placeholder((None, 2))) * 2.0)
    assert calls(loose["steps"]) == ["multiply"] and loose["nodes"] == []
    variable = describe_inspection(K.variable(np.ones(3), name="three"))
    assert variable["weights"][0]["statistics"]["mean"] == 1
    assert describe_inspection(Input((2,), name="entry"))["steps"] == []


@pytest.mark.parametrize(
    "make",
    [
        models.chain,
        lambda: Dense(3),
        lambda: models.chain().layers[0],
        lambda: Sequential([BatchNormalization(input_shape=(3,))]).layers[0],
        lambda: Sequential([LSTM(3, input_shape=(4, 2), implementation=2)]).layers[0],
        lambda: models.chain().input,
    ],
)
def test_all_forms(make):
    for name in ("en", "zh"):
        set_language(name)
        display = kerasnb.inspect(make())
        read(display)
        json.dumps(display.description, allow_nan=False)
        assert len(repr(display).splitlines()) > 1


def test_mistakes():
    with pytest.raises(TypeError, match=r"inspect: got ndarray; needs a layer"):
        kerasnb.inspect(np.ones(3))
    with pytest.raises(ValueError, match=r'"conv" has 1 calls'):
        kerasnb.inspect(models.chain().layers[0], node_index=1)


def test_kerasnb_inspect_imports_nothing_heavy():
    code = (
        "import sys, kerasnb; kerasnb.inspect(kerasnb.layers.Dense(1));"
        "print(sorted({'IPython', 'matplotlib', 'ipywidgets'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
