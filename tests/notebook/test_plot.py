"""Figures with matplotlib."""

import io
import subprocess
import sys

import numpy as np
import pytest

import kerasnb
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
