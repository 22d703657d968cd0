"""Displays and live training in a real kernel: what is kept in the notebook's file."""

import json
import os
from pathlib import Path

import pytest

from kerasnb.notebook.display import MIME
from tests.notebook.pages import Page

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
nbconvert = pytest.importorskip("nbconvert")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

SOURCE = """
%load_ext kerasnb
%kerasnb language en
---
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.callbacks import Callback
first = Dense(4, activation='relu', input_shape=(3,), name='first')
model = Sequential([first, Dense(2, activation='softmax', name='second')], name='small')
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
x, y = np.random.rand(64, 3), np.random.randint(0, 2, 64)
---
%kerasnb summary model
---
%kerasnb graph model
---
%kerasnb inspect model.layers[1]
---
history = model.fit(x, y, epochs=3, validation_split=0.25)
---
model.fit(x, y, verbose=0); None
---
%kerasnb watch off
model.fit(x, y, batch_size=64); None
---
%kerasnb watch on
class Interrupt(Callback):
    def on_batch_end(self, batch, logs=None):
        if batch == 3:
            import signal; signal.raise_signal(signal.SIGINT)
history = model.fit(x, y, batch_size=8, epochs=3, callbacks=[Interrupt()])
print(type(history).__name__, history.epoch)
---
class Fail(Callback):
    def on_batch_end(self, batch, logs=None):
        raise RuntimeError('trouble')
model.fit(x, y, callbacks=[Fail()])
"""
CELLS = [cell.strip() for cell in SOURCE.split("---\n")]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook that has been executed without any browser."""
    home = tmp_path_factory.mktemp("home")
    kept = {"HOME": str(home), "IPYTHONDIR": str(home), "PYTHONPATH": str(ROOT)}
    before = dict(os.environ)
    os.environ.update(kept, JUPYTER_DATA_DIR=str(home), OPENBLAS_NUM_THREADS="1")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    try:
        nbclient.NotebookClient(
            made, timeout=300, kernel_name="python3", allow_errors=True
        ).execute()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return made


def outputs(notebook, place):
    return notebook.cells[place].outputs


def displays(notebook, place):
    """The bundles of kerasnb's displays among a cell's outputs."""
    return [o["data"] for o in outputs(notebook, place) if MIME in o.get("data", {})]


def text(notebook, place):
    return "".join(o.get("text", "") for o in outputs(notebook, place))


@pytest.mark.parametrize("place, kind", [(2, "summary"), (3, "graph"), (4, "inspection")])
def test_displays_are_kept_in_three_forms(notebook, place, kind):
    (bundle,) = displays(notebook, place)
    assert bundle[MIME]["kind"] == kind and bundle[MIME]["text"] == bundle["text/plain"]
    assert bundle["text/html"].startswith("<div class=")


def test_a_training_is_one_display_in_its_last_state(notebook):
    (bundle,) = displays(notebook, 5)
    assert bundle[MIME]["state"] == "finished" and len(bundle[MIME]["last"]) == 2
    assert "[====" not in text(notebook, 5)  # no progress bar is printed as well
    assert len(outputs(notebook, 5)) == len([o for o in outputs(notebook, 5) if "text" in o]) + 1


def test_silent_trainings_and_those_that_are_not_watched(notebook):
    assert outputs(notebook, 6) == []
    assert not displays(notebook, 7) and "64/64 [====" in text(notebook, 7)


def test_an_interrupted_training_ends_in_peace(notebook):
    (bundle,) = displays(notebook, 8)
    assert bundle[MIME]["state"] == "interrupted"
    assert "History [0]" in text(notebook, 8)


def test_a_training_that_fails_says_so(notebook):
    (bundle,) = displays(notebook, 9)
    assert bundle[MIME]["state"] == "failed"
    assert outputs(notebook, 9)[-1]["ename"] == "RuntimeError"


def test_the_file_is_valid_and_small(notebook):
    nbformat.validate(notebook)
    sizes = [len(json.dumps(cell)) for cell in notebook.cells]
    assert max(sizes) < 100_000


def test_nbconvert_shows_the_html(notebook):
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    assert page.count("data:image/svg+xml;base64,") >= 5
    assert "Model small (Sequential)" in page and "Multiply-adds per sample" in page
    assert Page(displays(notebook, 3)[0]["text/html"]).images[0]["alt"] in page
