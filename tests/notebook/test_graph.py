"""Models as drawings."""

import itertools
import json

import numpy as np
import pytest

from kerasnb.layers import Dense, Input, concatenate
from kerasnb.models import Model, Sequential
from kerasnb.notebook import show
from kerasnb.notebook.describe import describe_graph
from kerasnb.notebook.describe.layout import place
from tests.notebook import models
from tests.notebook.pages import read


def boxes(view):
    return {box["id"]: box for box in view["boxes"]}


def links(view):
    return {(arrow["from"], arrow["to"]) for arrow in view["arrows"]}


def apart(a, b):
    """Whether two boxes do not touch."""
    return (
        a["x"] + a["width"] <= b["x"]
        or b["x"] + b["width"] <= a["x"]
        or a["y"] + a["height"] <= b["y"]
        or b["y"] + b["height"] <= a["y"]
    )


def test_views_of_a_chain():
    views = describe_graph(models.chain())["views"]
    assert list(views) == ["layer"]
    assert links(views["layer"]) == {("conv", "pool"), ("pool", "flat"), ("flat", "out")} | {
        ("conv_input", "conv") for x in views["layer"]["boxes"] if x["id"] == "conv_input"
    }


def test_views_of_shared_and_nested_layers():
    views = describe_graph(models.twins())["views"]
    assert list(views) == ["layer", "layer_open", "node", "node_open"]
    assert {("tower", "shared"), ("shared", "both"), ("left", "tower")} <= links(views["layer"])
    assert {("tower[1]", "shared[0]"), ("shared[1]", "both")} <= links(views["node"])
    opened = boxes(views["layer_open"])
    assert ("tower/inner_input", "tower/inner_dense") in links(views["layer_open"])
    frame, inside = opened["tower"], opened["tower/inner_dense"]
    assert frame["frame"] and frame["x"] <= inside["x"] and frame["y"] < inside["y"]
    assert inside["x"] + inside["width"] <= frame["x"] + frame["width"]
    assert inside["y"] + inside["height"] <= frame["y"] + frame["height"]
    assert "tower[1]/inner_dense" in boxes(views["node_open"])


def test_boxes_tell_of_their_layer():
    graph = describe_graph(models.chain())
    box = boxes(graph["views"]["layer"])["conv"]
    assert box["family"] == "convolution" and box["class"] == "Conv2D" and box["parameters"] == 40
    assert box["input_shape"] == "(None, 8, 8, 1)" and box["output_shape"] == "(None, 6, 6, 4)"
    kernel, bias = graph["details"][box["key"]]["weights"]
    assert (kernel["shape"], bias["shape"]) == ("(3, 3, 1, 4)", "(4,)")
    assert kernel["picture"]["width"] == 4 * (3 + 1) + 1 and bias["picture"] is None
    assert sum(kernel["histogram"]["counts"]) == kernel["statistics"]["count"] == 36


def test_what_layers_have_in_common_is_told_once():
    graph = describe_graph(models.twins())
    details, common = graph["details"], dict(graph["defaults"]["Dense"])
    assert common["use_bias"] == "True" and "units" not in common
    assert dict(details["tower/inner_dense"]["config"]) == {"units": "4", "activation": "linear"}
    assert [call["inputs"] for call in details["shared"]["calls"]] == [
        ["tower[1][0]"],
        ["tower[2][0]"],
    ]
    opened = boxes(graph["views"]["node_open"])
    assert opened["tower[1]/inner_dense"]["key"] == "tower/inner_dense"


def test_large_models_are_told_of_briefly():
    graph = describe_graph(models.residual(60))
    known = [w["statistics"] for d in graph["details"].values() for w in d["weights"]]
    assert known[0] and len(known) == 120 and sum(s is not None for s in known) <= 48


@pytest.mark.parametrize("make", [models.chain, models.twins, lambda: models.residual(20)])
def test_boxes_do_not_touch_and_arrows_lead_down(make):
    for view in describe_graph(make())["views"].values():
        drawn = [box for box in view["boxes"] if not box["frame"]]
        assert all(apart(a, b) for a, b in itertools.combinations(drawn, 2))
        for box in drawn:
            assert 0 <= box["x"] and box["x"] + box["width"] <= view["width"]
            assert 0 <= box["y"] and box["y"] + box["height"] <= view["height"]
        for arrow in view["arrows"]:
            heights = [y for _, y in arrow["points"]]
            assert heights == sorted(heights)


def test_lines_do_not_cross_boxes_in_between():
    view = describe_graph(models.residual(5))["views"]["layer"]
    for arrow in view["arrows"]:
        for x, y in arrow["points"][1:-1]:
            assert not any(
                b["x"] < x < b["x"] + b["width"] and b["y"] < y < b["y"] + b["height"]
                for b in view["boxes"]
            )


def test_random_graphs_are_laid_out():
    random = np.random.RandomState(3)
    for _ in range(30):
        count = random.randint(1, 30)
        sizes = [(random.uniform(20, 200), random.uniform(10, 80)) for _ in range(count)]
        edges = [tuple(map(int, random.randint(0, count, 2))) for _ in range(2 * count)]
        placed = place(sizes, edges)
        drawn = [
            {"x": x, "y": y, "width": w, "height": h}
            for (x, y), (w, h) in zip(placed.corners, sizes, strict=True)
        ]
        assert all(apart(a, b) for a, b in itertools.combinations(drawn, 2))
        assert len(placed.lines) == len(edges)
        for x, y in (*placed.corners, *(p for line in placed.lines for p in line)):
            assert 0 <= x <= placed.width and 0 <= y <= placed.height


def test_a_layer_that_follows_itself():
    x = Input((3,))
    again = Dense(3, name="again")
    model = Model(x, again(again(again(x))))
    views = describe_graph(model)["views"]
    assert ("again", "again") in links(views["layer"])
    assert links(views["node"]) >= {("again[0]", "again[1]"), ("again[1]", "again[2]")}
    read(show.graph(model))


def test_models_without_a_graph_yet():
    sequential = Sequential([Dense(3, name="a"), Dense(2, name="b")])
    assert links(describe_graph(sequential)["views"]["layer"]) == {("a", "b")}
    read(show.graph(sequential))
    assert describe_graph(Sequential(name="empty"))["views"]["layer"]["boxes"] == []
    read(show.graph(Sequential(name="empty")))


def test_display():
    display = show.graph(models.twins(), "node", open=True)
    description = display.description
    assert json.loads(json.dumps(description, allow_nan=False)) == description
    assert description["view"] == "node_open"
    page = read(display)
    (drawing,) = page.drawings()
    texts = [t.text for t in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "shared[1]" in texts and "inner_dense" in texts
    assert "13 boxes" in page.images[0]["alt"]
    assert "shared (Dense) (None, 2) -> both" in repr(show.graph(models.twins()))
    with pytest.raises(ValueError, match="'tree'"):
        show.graph(models.twins(), "tree")


def test_a_thousand_layers(record_property):
    import time

    model = models.residual(333)
    start = time.perf_counter()
    view = describe_graph(model)["views"]["layer"]
    record_property("seconds", time.perf_counter() - start)
    assert len(view["boxes"]) == 1000 and len(view["arrows"]) == 333 * 4
    (drawing,) = read(show.graph(model)).drawings()
    assert int(drawing.get("width")) < 3 * int(drawing.get("height"))


def test_many_inputs_of_one_layer():
    x = Input((1,))
    model = Model(x, concatenate([Dense(1)(x) for _ in range(40)]))
    view = describe_graph(model)["views"]["layer"]
    assert all(apart(a, b) for a, b in itertools.combinations(view["boxes"], 2))
