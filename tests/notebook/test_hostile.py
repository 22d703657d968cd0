"""Names and texts of strangers are shown, and never become elements, attributes or code."""

import json

import numpy as np
import pytest

from kerasnb.callbacks import History
from kerasnb.notebook import show
from kerasnb.notebook.html import escape, tag
from tests.notebook.models import PAYLOADS, named
from tests.notebook.pages import read


def displays(text):
    """Every kind of display, with a text wherever a user can put one."""
    model = named(text)
    model.compile("sgd", "mse")
    x, y = np.ones((2, 4)), np.zeros((2, 2))
    yield show.summary(model)
    yield show.graph(model)
    yield show.inspect(model.layers[1])
    yield show.inspect(model.output)
    yield show.activations(model, text, x)
    yield show.gradients(model, text, x, y)
    yield show.weights(model.layers[1])
    history = History()
    history.epoch, history.history = [0, 1], {text: [1.0, 2.0], f"val_{text}": [1.0, 2.0]}
    history.model = model
    yield show.training(history)
    yield show.training({text: history, f"{text}2": history})
    yield show.dataset(([text, text], [0, 1]), class_names=[text, text])
    yield show.dataset((np.ones((2, 8, 8)), [0, 1]), class_names=[text, text], label=1)
    yield show.confusion([0, 1], [1, 1], [text, f"{text}2"])
    yield show.points(np.eye(3), [text, f"{text}2", "c"], [0, 1, 1])


def test_there_are_fifty():
    assert len(set(PAYLOADS)) == 50


@pytest.mark.parametrize("text", PAYLOADS)
def test_payloads_stay_text(text):
    for display in displays(text):
        read(display)  # only known elements and attributes, well-formed pictures
        html = display._repr_mimebundle_()["text/html"]
        assert "<script" not in html and "<svg" not in html and "<iframe" not in html
        json.dumps(display.description)


@pytest.mark.parametrize("text", PAYLOADS[::10])
def test_payloads_stay_text_in_timings(text):
    model = named(text)
    model.compile("sgd", "mse")
    read(show.timing(model, np.ones((2, 4)), np.zeros((2, 2)), seconds=0))


def test_the_text_is_shown_as_it_is():
    text = "</td><b onclick=x>&amp;"
    page = read(show.summary(named(text)))
    assert text in page.text
    assert not any(attributes for name, attributes in page.elements if name == "b")


def test_what_is_not_made_by_tag_is_escaped():
    assert (
        tag("b", "<i>", tag("i", "&"), title='"') == '<b title="&quot;">&lt;i&gt;<i>&amp;</i></b>'
    )
    assert escape("\x00\ud800\uffffa\t") == "\ufffd\ufffd\ufffda\t"
