"""Pictures of models: what is drawn, what hostile names do to it, and what is said where tools lack."""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import kerasnb
from kerasnb.layers import (
    LSTM,
    Bidirectional,
    Concatenate,
    Dense,
    Input,
    TimeDistributed,
    concatenate,
)
from kerasnb.models import Model, Sequential
from kerasnb.utils import model_to_dot, plot_model, vis_utils

pytest.importorskip("pydot", reason="pydot is not installed")
needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="Graphviz is not installed, which draws the pictures"
)

HOSTILE = [
    'a "quoted" name',
    "<b>bold</b>",
    "{a|b}",
    "back\\slash",
    "ends with \\",
    "\\N \\G \\l",
    "&amp; &lt;script&gt;",
    "a:b",
    "a/b",
    "a%b",
    '"]; x [image="/etc/passwd',
    "中文 ü",
    "graph",
    "123",
]
UNPRINTABLE = ["two\nlines", "bell\x07", "a\x00b", "\ud800 alone"]


def named(name: str) -> Model:
    return Sequential([Dense(2, input_shape=(3,), name=name)], name="m")


def functional() -> Model:
    """Two inputs, a nested model on its own and inside TimeDistributed, a shared layer."""
    inner = Sequential([Dense(4, input_shape=(3,), name="first"), Dense(2, name="last")], "inner")
    x, steps = Input((3,), name="x"), Input((5, 3), name="steps")
    shared = Dense(2, name="shared")
    each = TimeDistributed(inner, name="each")(steps)
    both = Bidirectional(LSTM(2, name="lstm"), name="both")(each)
    top = concatenate([shared(shared(inner(x))), both], name="top")
    return Model([x, steps], top, name="outer")


def nodes(dot) -> dict[str, str]:
    """The boxes of a graph and of its frames: label by name."""
    boxes = [n for n in dot.get_nodes() if n.get_name() != "node"]  # which holds for all
    found = {n.get_name()[1:-1]: n.get("label")[1:-1] for n in boxes}
    for frame in dot.get_subgraphs():
        found |= nodes(frame)
    return found


def edges(dot) -> set[tuple[str, str]]:
    found = {(e.get_source().strip('"'), e.get_destination().strip('"')) for e in dot.get_edges()}
    return found.union(*(edges(frame) for frame in dot.get_subgraphs()))


def svg(dot) -> ET.Element:
    return ET.fromstring(dot.create(prog="dot", format="svg"))


def texts(root: ET.Element) -> list[str]:
    return [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]


def titles(root: ET.Element) -> list[str]:
    return [e.text for e in root.iter("{http://www.w3.org/2000/svg}title")]


# -- what is drawn


def test_a_chain():
    model = Sequential([Dense(4, input_shape=(3,), name="a"), Dense(2, name="b")])
    dot = model_to_dot(model)
    assert nodes(dot) == {"a_input": "a_input: InputLayer", "a": "a: Dense", "b": "b: Dense"}
    assert edges(dot) == {("a_input", "a"), ("a", "b")}


def test_names_shapes_direction_and_dots_per_inch():
    model = named("a")
    assert nodes(model_to_dot(model, show_layer_names=False))["a"] == "Dense"
    label = nodes(model_to_dot(model, show_shapes=True))["a"]
    assert label == "a: Dense|{input:|output:}|{{(None, 3)}|{(None, 2)}}"
    dot = model_to_dot(model, rankdir="LR", dpi=50)
    assert (dot.get("rankdir"), dot.get("dpi")) == ("LR", 50)


def test_wrappers_and_nested_models_as_boxes():
    found = nodes(model_to_dot(functional()))
    assert found["inner"] == "inner: Sequential"
    assert found["each"] == "each(inner): TimeDistributed(Sequential)"
    assert found["both"] == "both(lstm): Bidirectional(LSTM)"
    assert len(found) == 7


def test_edges_of_a_shared_layer():
    assert edges(model_to_dot(functional())) == {
        ("x", "inner"), ("inner", "shared"), ("shared", "shared"), ("shared", "top"),
        ("steps", "each"), ("each", "both"), ("both", "top"),
    }  # fmt: skip


@pytest.mark.parametrize("argument", ["expand_nested", "expand_dim"])
def test_nested_models_as_frames(argument):
    dot = model_to_dot(functional(), **{argument: True})
    frames = {f.get_name().strip('"'): f.get("label") for f in dot.get_subgraphs()}
    assert frames == {"cluster_inner": '"inner"', "cluster_each": '"each(inner)"'}
    assert edges(dot) == {
        ("x", "inner/first_input"), ("inner/first_input", "inner/first"),
        ("inner/first", "inner/last"), ("inner/last", "shared"), ("shared", "shared"),
        ("shared", "top"), ("steps", "each/first_input"), ("each/first_input", "each/first"),
        ("each/first", "each/last"), ("each/last", "both"), ("both", "top"),
    }  # fmt: skip


def test_ends_of_an_inner_model_with_several_inputs_and_outputs():
    a, b = Input((2,), name="a"), Input((2,), name="b")
    inner = Model([a, b], [Dense(1, name="from_b")(b), Dense(1, name="from_a")(a)], name="inner")
    middle_in = [Input((2,), name="c"), Input((2,), name="d")]
    middle = Model(middle_in, inner(middle_in), name="middle")
    x, y = Input((2,), name="x"), Input((2,), name="y")
    from_b, _ = middle([x, y])
    found = edges(model_to_dot(Model([x, y], Dense(1, name="top")(from_b)), expand_nested=True))
    assert {("x", "middle/c"), ("y", "middle/d"), ("middle/d", "middle/inner/b")} <= found
    assert [e for e in found if e[1] == "top"] == [("middle/inner/from_b", "top")]


def test_the_same_model_gives_the_same_text():
    def text():
        kerasnb.backend.clear_session()
        return model_to_dot(functional(), show_shapes=True, expand_nested=True).to_string()

    assert text() == text()


def test_a_layer_with_several_shapes():
    shared = Dense(2, name="shared")
    x, y = Input((3,)), Input((4, 3))
    label = nodes(model_to_dot(Model([x, y], [shared(x), shared(y)]), show_shapes=True))["shared"]
    assert label.endswith("{{multiple}|{multiple}}")


def test_several_inputs_in_a_label():
    x = [Input((1,)), Input((2,))]
    dot = model_to_dot(Model(x, Concatenate(name="cat")(x)), show_shapes=True)
    assert nodes(dot)["cat"].endswith("{{[(None, 1), (None, 2)]}|{(None, 3)}}")


def test_a_stack_whose_shape_is_not_known_yet():
    dot = model_to_dot(Sequential([Dense(2, name="a"), Dense(1, name="b")]), show_shapes=True)
    assert nodes(dot)["a"] == "a: Dense|{input:|output:}|{{?}|{?}}"
    assert edges(dot) == {("a", "b")}


def test_a_model_by_subclassing_has_boxes_only():
    class Own(Model):
        def __init__(self):
            super().__init__(name="own")
            self.a, self.b = Dense(2, name="a"), Dense(1, name="b")

        def call(self, x):
            return self.b(self.a(x))

    model = Own()
    model.compile("sgd", "mse")
    model.train_on_batch(np.zeros((2, 3)), np.zeros((2, 1)))
    dot = model_to_dot(model, expand_nested=True)
    assert nodes(dot) == {"a": "a: Dense", "b": "b: Dense"} and edges(dot) == set()


def test_a_cluster_for_another_graph():
    import pydot

    cluster = model_to_dot(functional(), subgraph=True)
    assert isinstance(cluster, pydot.Cluster)
    assert {name.partition("/")[0] for name in nodes(cluster)} == {"outer"}
    assert ("outer/both", "outer/top") in edges(cluster)


def test_helpers_that_keras_has():
    inner = Sequential([Dense(2, input_shape=(3,))])
    each = TimeDistributed(inner)
    assert vis_utils.is_model(inner) and not vis_utils.is_model(each)
    assert vis_utils.is_wrapped_model(each) and not vis_utils.is_wrapped_model(inner)
    dot = model_to_dot(inner)
    before = len(dot.get_edges())
    for _ in range(2):
        vis_utils.add_edge(dot, "a", "b")
    assert len(dot.get_edges()) == before + 1


# -- by Graphviz


@needs_dot
@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_shown_as_they_are(name):
    model = Model(x := Input((3,), name="x"), named(name)(x), name=name)
    for expand in (False, True):
        root = svg(model_to_dot(model, expand_nested=expand))
        assert [e.tag for e in root.iter() if e.tag.endswith(("image", "script", "}a"))] == []
        assert len([t for t in titles(root) if "->" not in t]) == (5 if expand else 3)
    assert f"{name}: Dense" in texts(root)


@needs_dot
@pytest.mark.parametrize("name", UNPRINTABLE)
def test_what_cannot_be_shown_is_a_space(name):
    shown = "".join(c if c.isprintable() else " " for c in name)
    (text,) = [t for t in texts(svg(model_to_dot(named(name)))) if t.endswith(": Dense")]
    assert text.replace("\xa0", " ").split() == f"{shown}: Dense".split()


def test_no_two_layers_get_the_same_node():
    inner = Sequential([Dense(2, input_shape=(3,), name="b")], name="a")
    x = Input((3,), name="x")
    names = ["a/b", "a%2F;b", 'a"b', "a%22;b"]
    model = Model(x, [inner(x), *(Dense(2, name=n)(x) for n in names)])
    assert len(nodes(model_to_dot(model, expand_nested=True))) == 7


@needs_dot
def test_all_layers_and_arrows_are_drawn():
    root = svg(model_to_dot(functional(), show_shapes=True, expand_nested=True))
    assert titles(root)[0] == "outer"
    assert len([t for t in titles(root) if "->" in t]) == 11
    assert len([t for t in texts(root) if t == "input:"]) == 11
    assert "each(inner)" in texts(root)


@needs_dot
@pytest.mark.parametrize(
    ("end", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF"), ("", b"\x89PNG"),
                       (".PNG", b"\x89PNG"), (".dot", b"digraph")]
)  # fmt: skip
def test_pictures_in_files(tmp_path, end, start):
    path = tmp_path / f"model{end}"
    assert plot_model(named("a"), to_file=path) is None
    assert path.read_bytes().startswith(start)


@needs_dot
def test_pydot_s_ways_to_write(tmp_path):
    dot = model_to_dot(named("a"))
    dot.write_png(str(tmp_path / "m.png"))
    assert (tmp_path / "m.png").read_bytes() == dot.create_png()
    assert dot.create_svg() == dot.create(prog=["dot"], format="svg")
    dot.write(str(tmp_path / "m.dot"))
    assert (tmp_path / "m.dot").read_text() == dot.to_string()


@needs_dot
def test_dots_per_inch_change_the_size(tmp_path):
    sizes = []
    for dpi in (48, 96):
        path = tmp_path / f"{dpi}.png"
        plot_model(named("a"), str(path), dpi=dpi)
        sizes.append(int.from_bytes(path.read_bytes()[16:20], "big"))
    assert sizes[1] == pytest.approx(2 * sizes[0], abs=2)


@needs_dot
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_chinese_names_in_any_locale(tmp_path, locale):
    code = (
        "from kerasnb.models import Sequential; from kerasnb.layers import Dense;"
        "from kerasnb.utils import plot_model;"
        "plot_model(Sequential([Dense(1, input_shape=(1,), name='\\u4e2d')]), 'm.svg')"
    )
    command = [sys.executable, "-X", "utf8=0", "-c", code]
    environment = {k: os.environ[k] for k in ("PATH", "PYTHONPATH") if k in os.environ}
    environment["LC_ALL"] = locale
    subprocess.run(command, check=True, cwd=tmp_path, env=environment)
    assert "中: Dense" in (tmp_path / "m.svg").read_text("utf-8")


@needs_dot
def test_in_ipython_the_picture_is_returned_with_a_text(tmp_path):
    pytest.importorskip("IPython", reason="IPython is not installed")
    code = """
from kerasnb.models import Sequential
from kerasnb.layers import Dense
from kerasnb.utils import plot_model
import json
from IPython import get_ipython
model = Sequential([Dense(2, input_shape=(3,), name="a"), Dense(1, name="b")], name="m")
found = {}
for end in ("png", "svg", "pdf"):
    shown = plot_model(model, to_file="m." + end)
    if shown is not None:
        data, metadata = get_ipython().display_formatter.format(shown)
        found[end] = [type(shown).__name__, sorted(data), metadata]
print("FOUND", json.dumps(found))
"""
    (tmp_path / "code.py").write_text(code)
    environment = dict(os.environ) | {"IPYTHONDIR": str(tmp_path / "ipython")}
    command = [sys.executable, "-m", "IPython", "--no-banner", "code.py"]
    run = subprocess.run(
        command, check=True, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    found = json.loads(re.search("FOUND (.*)", run.stdout)[1])
    alt = 'Graph of model "m": 3 layers, from a_input (InputLayer) to b (Dense)'
    name, kinds, metadata = found["png"]
    assert name == "Image" and "image/png" in kinds and metadata["image/png"]["alt"] == alt
    assert found["svg"][0] == "SVG" and "pdf" not in found


# -- what is said where something lacks


def test_without_graphviz(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OSError, match=r"needs Graphviz.*`dot` is not on the PATH.*apt-get install"):
        plot_model(named("a"), tmp_path / "m.png")
    assert not (tmp_path / "m.png").exists()
    with pytest.raises(OSError, match="`neato` is not on the PATH"):
        model_to_dot(named("a")).create(prog="neato", format="svg")
    assert model_to_dot(named("a")).to_string().startswith("digraph")


def test_without_pydot(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydot", None)
    with pytest.raises(ImportError, match=r'pip install "kerasnb\[lab\]"'):
        model_to_dot(named("a"))


def test_a_format_that_graphviz_has_not(tmp_path):
    with pytest.raises(ValueError, match=r"got to_file='.*m\.docx'; Graphviz has no format 'docx'"):
        plot_model(named("a"), tmp_path / "m.docx")
