"""Summary, graph and inspector: traits, controls, and the same description as the display's."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

import ipywidgets
import traitlets

from kerasnb import widgets
from kerasnb.notebook import show
from kerasnb.notebook.display import MIME
from kerasnb.notebook.language import CATALOGUES, set_language
from kerasnb.widgets.view import KEPT, composed
from tests.notebook import models
from tests.notebook.pages import Page
from tests.notebook.test_words import asked_for

DATA = [np.ones((20, 6)), np.ones((20, 6))]


def output(view):
    (only,) = view.area.outputs
    return only["data"]


def without_addresses(description):
    return {k: v for k, v in description.items() if k != "text"}


@pytest.mark.parametrize(
    "make, display",
    [
        (widgets.ModelSummary, show.summary),
        (widgets.ModelGraph, show.graph),
        (
            lambda model: widgets.LayerInspector(model, layer="shared"),
            lambda model: show.inspect(model.get_layer("shared")),
        ),
    ],
)
def test_it_shows_the_display_of_its_name(make, display):
    model = models.twins()
    view, expected = make(model), display(model)
    assert view.description == expected.description and view.error == ""
    assert output(view) == expected._repr_mimebundle_()
    assert repr(view) == repr(expected)


def test_a_graph_shows_what_a_batch_gives():
    model = models.twins()
    model.compile("sgd", "mse")
    view = widgets.ModelGraph(model, DATA, layer="shared")
    expected = show.graph(model, x=DATA).description
    assert without_addresses(view.description) == without_addresses(expected)
    view.y = np.ones((20, 1))
    gradients = view.description["batch"]["details"]["shared"]["gradients"]
    assert [one["name"] for one in gradients] == ["shared[0]", "shared[1]", "kernel", "bias"]
    view.x = view.y = None
    assert "batch" not in view.description and view.error == ""


def test_the_bundle_has_a_fallback_for_viewers_without_widgets():
    view = widgets.ModelSummary(models.chain())
    bundle = view._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    assert bundle["text/plain"].startswith('Model: "chain"')
    assert bundle[MIME] == view.description and "run its cell" in bundle[KEPT]["note"]
    page = Page(bundle["text/html"])
    assert "Model chain (Sequential)" in page.text and "run its cell" in page.text


def test_boxes_of_widgets_have_one_too():
    views = [widgets.ModelSummary(models.chain()), widgets.ModelGraph(models.twins())]
    box = ipywidgets.HBox([ipywidgets.HTML("a"), ipywidgets.VBox(views)])
    bundle = composed(box)
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == box.model_id
    text = Page(bundle["text/html"]).text
    assert "Model chain" in text and "Graph of model twins" in text and KEPT in bundle
    assert bundle["text/plain"] == "\n".join(map(repr, views))
    others = composed(ipywidgets.HBox([ipywidgets.HTML("a")]))
    assert "text/html" not in others and KEPT not in others


def test_summary_tells_of_the_chosen_layer():
    view = widgets.ModelSummary(models.twins())
    seen = []
    view.observe(lambda change: seen.append(change["new"]), "layer")
    view.layer_chooser.value = "tower/inner_dense"
    assert seen == ["tower/inner_dense"] and view.facts["parameters"] == 28
    assert "28 / 28" in view.note.value and "Dense" in view.note.value
    view.layer = ""
    assert view.facts == {} and view.note.value == ""


def test_a_part_of_a_graph():
    view = widgets.ModelGraph(models.twins(), first="shared")
    assert view.first_chooser.value == "shared"
    view.last_chooser.value = "both"
    assert view.description["part"] == {"first": "shared", "last": "both"}
    view.last = "left"  # from which no way leads back
    assert "no way leads from 'shared' to 'left'" in view.error
    with pytest.raises(traitlets.TraitError, match="last='nothing'; needs one of ''"):
        view.last = "nothing"
    view.model = models.chain()
    assert (view.first, view.last, view.error) == ("", "", "") and "part" not in view.description


def test_what_is_clicked_in_the_page_comes_through_a_field_that_is_not_seen():
    view = widgets.ModelGraph(models.twins())
    view.wire.value = "tower/inner_dense"
    assert view.layer == view.layer_chooser.value == "tower/inner_dense"
    view.layer = "shared"
    assert view.wire.value == view.wire.placeholder == "shared"
    view.wire.value = "nowhere"
    assert view.layer == view.wire.value == "shared" and "'nowhere'" in view.error


def test_an_inspector_is_linked_to_a_graph_in_which_nothing_is_chosen_yet():
    model = models.twins()
    graph, inspector = widgets.ModelGraph(model), widgets.LayerInspector(model)
    link = traitlets.link((graph, "layer"), (inspector, "layer"))
    assert inspector.layer == "left" and inspector.error == ""
    graph.wire.value = "shared"
    assert inspector.description["name"] == "shared"
    graph.layer = ""  # the inspector goes on with what it has
    assert inspector.layer == "shared"
    link.unlink()


def test_graph_views():
    view = widgets.ModelGraph(models.twins(), layer="shared")
    assert [box["label"] for box in view.boxes] == ["shared"]
    view.view_chooser.value = "node"
    assert view.view == "node" and [box["label"] for box in view.boxes] == [
        "shared[0]",
        "shared[1]",
    ]
    view.opened = True
    assert view.description["view"] == "node_open" and view.open_chooser.value is True
    view.opened = False
    view.layer = "tower/inner_dense"  # in a model that is drawn closed
    assert [box["label"] for box in view.boxes] == ["inner_dense"]


def test_another_model_keeps_what_it_has_too():
    view = widgets.ModelSummary(models.chain(), layer="conv")
    view.model = models.chain()
    assert view.layer == "conv"
    view.model = models.recurrent()
    assert view.layer == "" and view.layer_chooser.options[1] == ("steps", "steps")
    view.model = None
    assert view.description is None and repr(view) == "Give a model to see it."
    assert "Give a model" in view.message.value and view.area.outputs == ()


def test_mistakes_are_said():
    view = widgets.LayerInspector(models.chain())
    with pytest.raises(traitlets.TraitError, match="got layer='x'; needs one of 'conv', 'pool'"):
        view.layer = "x"
    assert view.layer == "conv"
    with pytest.raises(traitlets.TraitError, match="got a int; needs a model"):
        widgets.ModelGraph(3)
    with pytest.raises(TypeError, match="unexpected argument 'colour'"):
        widgets.ModelSummary(models.chain(), colour="red")
    with pytest.raises(traitlets.TraitError, match="got node=1; needs one of 0"):
        view.node = 1


def test_inspector_by_layer_call_and_batch():
    model = models.twins()
    model.compile("sgd", "mse")
    view = widgets.LayerInspector(model, DATA, np.ones((20, 1)), layer="shared", what="activations")
    assert view.description["layer"] == "shared[0]" and view.batch_chooser.max == 2
    view.node_chooser.value = 1
    assert view.node == 1 and view.description["layer"] == "shared[1]"
    view.batch_chooser.value = 2
    assert view.batch == 2 and view.description["samples"] == 4
    with pytest.raises(traitlets.TraitError, match="got batch=3; needs 0 to 2"):
        view.batch = 3
    view.what_chooser.value = "gradients"
    assert view.description["what"] == "gradients" and view.error == ""
    view.what = "weights"
    assert view.description["tensors"][0]["name"] == "kernel" and view.batch_chooser.disabled
    view.layer = "out"  # called once
    assert view.node == 0 and view.node_chooser.disabled
    view.batch_size = 20
    assert view.batch == 0 and view.batch_chooser.max == 0


def test_inspector_without_data_says_what_is_needed():
    view = widgets.LayerInspector(models.chain(), what="activations")
    assert view.error == "Needs data: give the widget `x`." and view.description is None
    assert "Needs data" in view.message.value and repr(view) == view.error
    view.x = np.ones((3, 8, 8, 1))
    assert view.error == "" and view.description["samples"] == 3 and view.message.value == ""
    view.what = "gradients"
    assert "`y`" in view.error


def test_linked_widgets_follow_each_other():
    model = models.twins()
    summary, inspector = widgets.ModelSummary(model), widgets.LayerInspector(model)
    summary.layer = "left"
    traitlets.link((summary, "layer"), (inspector, "layer"))
    inspector.layer_chooser.value = "shared"
    assert summary.layer == "shared" == summary.layer_chooser.value
    summary.layer_chooser.value = "out"
    assert inspector.description["name"] == "out"


def test_it_composes():
    view = widgets.ModelGraph(models.chain())
    box = ipywidgets.HBox([view, widgets.ModelSummary(models.chain())])
    assert box.children[0] is view

    shown = ipywidgets.interactive_output(
        lambda layer: shown_layers.append(layer), {"layer": view.layer_chooser}
    )
    assert isinstance(shown, ipywidgets.Output)


shown_layers: list[str] = []


def test_in_chinese():
    set_language("zh")
    view = widgets.LayerInspector(models.chain())
    assert view.layer_chooser.description == "层" and "权重" in dict(view.what_chooser.options)


def test_no_word_is_missing():
    exact, begun = asked_for(widgets)
    known = CATALOGUES["en"]
    assert {key for key in exact if key not in begun and not key.endswith(".")} <= known.keys()
    for beginning in begun - {"widgets."}:
        assert any(key.startswith(beginning) for key in known), beginning


def test_importing_kerasnb_does_not_import_it():
    code = "import sys, kerasnb; kerasnb.widgets; print('ipywidgets' in sys.modules)"
    before = "import sys, kerasnb, kerasnb.notebook.show; print('ipywidgets' in sys.modules)"
    for program, said in ((code, "True\n"), (before, "False\n")):
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert run.stdout == said, run.stderr


def test_without_ipywidgets_it_says_what_to_install(tmp_path):
    (tmp_path / "ipywidgets.py").write_text("raise ImportError('none')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import kerasnb.widgets"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'pip install "kerasnb[lab]"' in run.stderr
