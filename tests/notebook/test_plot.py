"""Figures with matplotlib."""

import io
import subprocess
import sys

import numpy as np
import pytest

import kerasnb
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.notebook.language import set_language
from kerasnb.plot import fonts
from tests.notebook import models

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def pyplot():
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def drawn(ax):
    """Draw the figure, with warnings (of signs that no font has) as errors."""
    ax.figure.savefig(io.BytesIO())
    return ax


def test_history():
    runs = {"loss": [3.0, 2.0, np.nan], "val_loss": [4.0, 3.0, 2.0], "acc": [0.1, 0.2, 0.3]}
    ax = drawn(kerasnb.plot.history(runs))
    assert [line.get_ydata()[1] for line in ax.lines] == [2, 3]
    assert [text.get_text() for text in ax.get_legend().texts] == ["training", "validation"]
    assert (
        drawn(kerasnb.plot.history({"a": runs, "b": runs}, "acc", log=True)).get_yscale() == "log"
    )
    with pytest.raises(ValueError, match="the history has loss, acc"):
        kerasnb.plot.history(runs, "mae")


def test_it_draws_where_it_is_told(pyplot):
    _, (left, right) = pyplot.subplots(1, 2)
    assert kerasnb.plot.history({"loss": [1, 2]}, ax=left) is left
    assert kerasnb.plot.images(np.ones((3, 8, 8)), ax=right) is right
    assert len(pyplot.get_fignums()) == 1


def test_confusion():
    ax = drawn(kerasnb.plot.confusion([0, 1, 1], [0, 1, 0], ["no", "yes"]))
    assert {text.get_text() for text in ax.texts} == {"1"}
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["no", "yes"]


def test_images():
    x = np.random.RandomState(0).rand(6, 8, 8, 3)
    ax = drawn(kerasnb.plot.images(x, [0, 1, 2, 0, 1, 2], ["a", "b", "c"]))
    assert [text.get_text() for text in ax.texts] == list("abcabc")
    shown = ax.images[0].get_array()
    np.testing.assert_allclose(shown[1:9, 1:9] / 255, x[0], atol=1 / 255)
    with pytest.raises(ValueError, match="needs pictures"):
        kerasnb.plot.images(np.ones((3, 5)))


def test_kernels_and_activations():
    model = models.chain()
    x = np.random.RandomState(0).rand(3, 8, 8, 1)
    for ax, shape in (
        (kerasnb.plot.kernels(model.get_layer("conv")), "(3, 3, 1, 4)"),
        (kerasnb.plot.kernels(model.get_layer("out")), "(36, 3)"),
        (kerasnb.plot.activations(model, "conv", x), "(3, 6, 6, 4)"),
        (kerasnb.plot.activations(model, "out", x), "(3, 3)"),
    ):
        assert shape in drawn(ax).get_title()
    with pytest.raises(ValueError, match="has no weights"):
        kerasnb.plot.kernels(model.get_layer("flat"))


def test_decision_surface():
    weights = [np.array([[50.0], [0.0]]), np.zeros(1)]
    model = Sequential([Dense(1, activation="sigmoid", input_shape=(2,), weights=weights)])
    x, y = np.array([[-1.0, -1], [1, 1]]), [0, 1]
    ax = drawn(kerasnb.plot.decision_surface(model, x, y, size=20))
    pixels = ax.images[0].get_array()
    left, right = pixels[50, 5].astype(int), pixels[50, 95].astype(int)
    assert left[2] > left[0] and right[0] > right[2]  # blue for class 0, orange for 1
    assert ax.get_xlim()[0] < -1 < 1 < ax.get_xlim()[1] and ax.get_title() == "decision surface"
    with pytest.raises(ValueError, match=r"needs \(samples, 2\)"):
        kerasnb.plot.decision_surface(model, np.ones((2, 3)), y)


def test_attention_over_words(pyplot):
    words = ["a", "very", "good", "film"] * 8
    ax = drawn(kerasnb.plot.attention(words, [0.1, 0.2, 0.6, 0.1] * 8))
    assert [text.get_text() for text in ax.texts] == words
    grounds = [text.get_bbox_patch().get_facecolor()[2] for text in ax.texts[:4]]
    assert grounds[2] == min(grounds) == 0 and grounds[0] == grounds[3] > grounds[1]
    assert len({text.get_position()[1] for text in ax.texts}) > 1  # in several lines
    _, (left, right) = pyplot.subplots(1, 2)
    rows = np.eye(2, 4)
    assert drawn(kerasnb.plot.attention(words[:4], rows, ["x", "y"], ax=left)) is left
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["x", "y"]
    np.testing.assert_array_equal(left.images[0].get_array(), rows)
    with pytest.raises(ValueError, match="got 2 words and weights of shape"):
        kerasnb.plot.attention(["a", "b"], [1.0])
    with pytest.raises(ValueError, match="got 1 names and 2 rows"):
        kerasnb.plot.attention(words[:4], rows, ["x"])


@pytest.mark.parametrize("there", [True, False])
def test_chinese_only_where_it_can_be_drawn(monkeypatch, pyplot, there):
    set_language("zh")
    if there and fonts.chinese_font() is None:
        pytest.skip("this machine has no font with Chinese signs")
    if not there:
        monkeypatch.setattr(fonts, "chinese_font", lambda: None)
    ax = drawn(kerasnb.plot.history({"loss": [1.0, 2.0]}))
    assert ax.get_xlabel() == ("轮次" if there else "epochs")
    _, old = pyplot.subplots()  # its title and labels are made before
    drawn(kerasnb.plot.confusion([0, 1], [1, 1], ax=old))


def test_importing_it_is_light():
    code = "import sys, kerasnb.plot; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
