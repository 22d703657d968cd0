"""docs/displays.md names every key that descriptions have."""

import re
from pathlib import Path

import numpy as np
import pytest

from kerasnb.notebook import show
from tests.notebook import models

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "displays.md").read_text("utf-8")


def displays():
    model = models.twins()
    model.compile("sgd", "mse")
    chain = models.chain()
    x = [np.ones((2, 6)), np.ones((2, 6))]
    yield show.summary(model)
    yield show.graph(model, x=x, y=np.ones((2, 1)))
    yield show.inspect(chain.layers[-1])
    yield show.inspect(chain.output)
    yield show.gradients(model, None, x, np.ones((2, 1)))
    yield show.activations(chain, "conv", np.ones((2, 8, 8, 1)))
    yield show.training({"loss": [1.0, 2.0], "val_loss": [1.0, 2.0]}, log=True)
    yield show.dataset((np.ones((2, 8, 8)), [0, 1]))
    yield show.dataset("boston_housing", page_size=1)
    yield show.confusion([0, 1], [1, 1])
    yield show.points(np.eye(3), ["a", "b", "c"])
    yield show.timing(model, x, np.ones((2, 1)), seconds=0)


_BY_NAME = ("labels", "views", "details", "defaults")


def keys(value):
    """All keys in a description, except those that are data: names of views, words, layers."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in _BY_NAME:
                yield from keys(inner)
        for name in ("views", "details"):
            for inner in value.get(name, {}).values():
                yield from keys(inner)
    elif isinstance(value, list):
        for inner in value[:3]:
            yield from keys(inner)


def test_every_key_is_named():
    told = set(re.findall(r"`(\w+)`", PAGE)) | set(re.findall(r'"(\w+)"', PAGE))
    for display in displays():
        assert set(keys(display.description)) <= told, display.description["kind"]


@pytest.mark.parametrize("kind", re.findall(r"^## (\w+)$", PAGE, re.MULTILINE))
def test_every_kind_is_real(kind):
    assert kind in {display.description["kind"] for display in displays()}
