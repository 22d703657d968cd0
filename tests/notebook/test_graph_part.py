"""A part of a graph: what lies between two layers."""

import json

import pytest

from kerasnb.layers import Dense, Input, add
from kerasnb.models import Model
from kerasnb.notebook import show
from kerasnb.notebook.describe.part import between, cut
from tests.notebook import models
from tests.notebook.pages import read


def ids(model, first=None, last=None, **how):
    graph = show.graph(model, first=first, last=last, **how).description
    return {box["id"] for box in cut(graph["views"][graph["view"]], **graph["part"])["boxes"]}


@pytest.mark.parametrize(
    "how, expected",
    [
        ({"first": "shared"}, {"shared", "both", "drop", "out"}),
        ({"last": "shared"}, {"left", "right", "tower", "shared"}),
        ({"first": "left", "last": "both"}, {"left", "tower", "shared", "both"}),
        ({"first": "drop", "last": "drop"}, {"drop"}),
        (
            {"view": "node", "first": "left", "last": "both"},
            {"left", "tower[1]", "shared[0]", "both"},
        ),
        ({"view": "node", "first": "shared", "last": "both"}, {"shared[0]", "shared[1]", "both"}),
        ({"view": "node", "first": "shared[1]", "last": "both"}, {"shared[1]", "both"}),
        # Within a nested model that is open, and from one that is closed.
        (
            {"open": True, "first": "tower/inner_dense", "last": "shared"},
            {"tower", "tower/inner_dense", "shared"},
        ),
        (
            {"open": True, "first": "left", "last": "tower"},
            {"left", "tower", "tower/inner_input", "tower/inner_dense"},
        ),
        (
            {"open": True, "last": "tower/inner_input"},
            {"left", "right", "tower", "tower/inner_input"},
        ),
        ({"first": "tower/inner_dense", "last": "shared"}, {"tower", "shared"}),
    ],
)
def test_what_lies_between(how, expected):
    assert ids(models.twins(), **how) == expected


def test_layers_themselves_are_taken():
    model = models.twins()
    assert ids(model, model.get_layer("both"), model.get_layer("drop")) == {"both", "drop"}


def test_ways_that_lead_elsewhere_are_left_out():
    x = Input((2,), name="x")
    a, b = Dense(2, name="a")(x), Dense(2, name="b")(x)
    both = add([a, b], name="both")
    model = Model(x, [both, Dense(1, name="aside")(a)])
    assert ids(model, "a", "both") == {"a", "both"} and ids(model, "a") == {"a", "both", "aside"}


def test_a_layer_that_follows_itself():
    x = Input((3,), name="x")
    again = Dense(3, name="again")
    model = Model(x, Dense(1, name="out")(again(again(x))))
    assert ids(model, "again", "out") == {"again", "out"}
    assert ids(model, "again[1]", view="node") == {"again[1]", "out"}


def test_the_part_is_drawn_in_a_corner_of_its_own():
    view = show.graph(models.residual(6)).description["views"]["layer"]
    part = cut(view, "relu_2", "sum_3")
    boxes = {box["id"]: box for box in part["boxes"]}
    assert set(boxes) == {"relu_2", "sum_2", "dense_3", "relu_3", "sum_3"}
    assert min(box["x"] for box in part["boxes"]) >= 0 and boxes["relu_2"]["y"] == 12
    assert part["height"] < view["height"] / 2 and len(part["arrows"]) == 5
    ends = {(a["from"], a["to"]): a["points"] for a in part["arrows"]}
    x, y = ends["relu_2", "sum_2"][0]
    box = boxes["relu_2"]
    assert box["x"] < x < box["x"] + box["width"] and y == box["y"] + box["height"]
    # Nothing of the whole has moved.
    assert view["boxes"][0]["y"] == 12 and between(view, None, None) == {
        box["id"] for box in view["boxes"]
    }


def test_in_all_three_forms():
    display = show.graph(models.twins(), first="shared", last="both")
    assert display.description["part"] == {"first": "shared", "last": "both"}
    assert len(display.description["views"]["layer"]["boxes"]) == 7  # the renderer has all of it
    assert json.loads(json.dumps(display.description, allow_nan=False)) == display.description
    assert repr(display).splitlines() == [
        "Graph of model twins (Model)",
        "From shared to both: 2 of 7 boxes",
        "  shared (Dense) (None, 2) -> both",
        "  both (Concatenate) (None, 4)",
    ]
    page = read(display)
    assert "2 boxes" in page.images[0]["alt"] and "2 of 7 boxes" in page.text
    assert "From the inputs to both" in repr(show.graph(models.twins(), last="both"))
    assert "part" not in show.graph(models.twins()).description


def test_mistakes():
    with pytest.raises(ValueError, match="graph: got 'sharde'; model \"twins\" has 'shared'"):
        show.graph(models.twins(), first="sharde")
    with pytest.raises(ValueError, match="no way leads from 'out' to 'left'"):
        show.graph(models.twins(), first="out", last="left")
