"""Displays in JupyterLab and Notebook 7: drawn, operated by mouse and by keyboard, kept."""

import csv
import io
import json
import os
from pathlib import Path

import pytest

from kerasnb.notebook.describe.part import between
from tests.browser.pages import press_until, run_all, said

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Pictures of what is seen are put here, to be looked at.
PICTURES = os.environ.get("KERASNB_TEST_PICTURES")
THEMES = ["JupyterLab Light", "JupyterLab Dark"]

SETUP = """%load_ext kerasnb
%kerasnb watch off
%kerasnb language {language}
import numpy as np
from keras.layers import LSTM, Activation, Conv2D, Dense, Dropout, Flatten, Input, add, concatenate
from keras.models import Model, Sequential
from keras.preprocessing.image import ImageDataGenerator
from kerasnb.notebook import show

np.random.seed(0)
inner = Input((6,), name='inner_input')
tower = Model(inner, Dense(4, name='inner_dense')(inner), name='tower')
left, right = Input((6,), name='left'), Input((6,), name='right')
shared = Dense(2, activation='relu', name='shared')
both = concatenate([shared(tower(left)), shared(tower(right))], name='both')
twins = Model([left, right], Dense(1, name='out')(both), name='twins')
chain = Sequential([Conv2D(4, 3, activation='relu', input_shape=(8, 8, 1), name='conv'),
                    Flatten(name='flat'), Dense(3, activation='softmax', name='out')], name='chain')
chain.compile('adam', 'categorical_crossentropy')
words = Sequential([LSTM(3, input_shape=(5, 2), name='memory')], name='words')
plane = Sequential([Dense(1, activation='sigmoid', input_shape=(2,))], name='plane')
runs = {{name: {{'loss': [1, .6, .4, .3, .2], 'val_loss': [1.1, .7, .5, .55, .6],
                'acc': [.3, .5, .6, .7, .8], 'val_acc': [.2, .4, .5, .5, .5]}}
        for name in ('one', 'two')}}
labels = np.arange(60) % 3
guesses = np.where(np.arange(60) % 5, labels, (labels + 1) % 3)
pictures = np.random.randint(0, 255, (60, 8, 8), dtype='uint8')
names = ['ant', 'bee', 'cat']"""
CELLS = {
    "summary": "show.summary(twins)",
    "graph": "show.graph(twins)",
    "inspection": "show.inspect(chain.layers[0])",
    "activations": "show.activations(chain, 'conv', np.random.rand(2, 8, 8, 1))",
    "gradients": "show.gradients(chain, None, np.ones((2, 8, 8, 1)), np.eye(3)[:2])",
    "training": "show.training(runs)",
    "dataset": "show.dataset((pictures, labels), page_size=12, predictions=guesses, "
    "class_names=names)",
    "texts": "show.dataset((['a word', 'two words'], [0, 1]))",
    "confusion": "show.confusion(labels, guesses, names)",
    "points": "show.points(np.random.rand(9, 4), list('abcdefghi'), np.arange(9) % 2)",
    "timing": "show.timing(chain, np.ones((2, 8, 8, 1)), np.eye(3)[:2], seconds=0)",
    "weights": "show.weights(chain.layers[0])",
    "saliency": "show.saliency(chain, np.random.rand(2, 8, 8, 1))",
    "class activation": "show.class_activation(chain, np.random.rand(2, 8, 8, 1))",
    "gates": "show.gates(words, 'memory', np.random.rand(1, 5, 2))",
    "surface": "show.surface(plane, np.random.rand(20, 2), np.arange(20) % 2)",
    "augmentation": "show.augmentation(pictures[:2], ImageDataGenerator(rotation_range=30))",
    "batch": "show.graph(chain, x=np.random.rand(40, 8, 8, 1), y=np.eye(3)[np.arange(40) % 3])",
}


def cells(language="en"):
    return [SETUP.format(language=language), *CELLS.values()]


@pytest.fixture(scope="module")
def lesson(place):
    """A page with all displays; what it asks of the network and its errors are looked at."""
    with place.page("displays.ipynb", *cells(), panel=False, own=True) as page:
        run_all(page)
        all_drawn(page)
        yield page


def all_drawn(page):
    drawn = "document.querySelectorAll('.jp-kerasnb-Display')"
    page.wait_for_function(f"() => {drawn}.length === {len(CELLS)}")
    assert page.locator(".jp-kerasnb-Display pre").count() == 0


def display(page, name):
    """Return the display of a kind, in view."""
    found = page.locator(".jp-kerasnb-Display").nth(list(CELLS).index(name))
    found.scroll_into_view_if_needed()
    return found


def button(found, name):
    return found.get_by_role("button", name=name, exact=True)


def transform(graph):
    return graph.locator(".jp-kerasnb-Frame > svg").get_attribute("style")


def test_a_summary_opens(lesson):
    summary = display(lesson, "summary")
    assert "inner_dense" not in summary.inner_text()
    button(summary, "Open tower").click()
    assert "inner_dense" in summary.inner_text() and "tower[2]" in summary.inner_text()
    lesson.keyboard.press("Enter")  # the button has kept the focus
    assert "inner_dense" not in summary.inner_text()
    assert button(summary, "Open tower").get_attribute("aria-expanded") == "false"
    button(summary, "Open shared").press("Space")
    assert "tower[1][0]" in summary.inner_text()


def test_a_graph_by_mouse(lesson):
    graph = display(lesson, "graph")
    frame = graph.locator(".jp-kerasnb-Frame")
    box = graph.locator('[data-id="shared"]')
    box.click()
    pane = graph.locator(".jp-kerasnb-Pane")
    told = pane.inner_text()
    assert "tower[1][0]" in told and "kernel" in told and "use_bias" in told
    assert pane.locator("svg").count() == 2 and pane.locator("img").count() == 1
    box.click()
    assert pane.is_hidden()
    begun = transform(graph)
    button(graph, "Zoom in").click()
    button(graph, "Zoom in").click()
    near = transform(graph)
    assert near != begun
    area = frame.bounding_box()
    lesson.mouse.move(area["x"] + 20, area["y"] + 200)
    lesson.mouse.down()
    lesson.mouse.move(area["x"] + 40, area["y"] + 120, steps=3)
    lesson.mouse.up()
    assert transform(graph) != near and pane.is_hidden()
    near = transform(graph)
    lesson.keyboard.down("Control")
    lesson.mouse.wheel(0, 200)
    lesson.keyboard.up("Control")
    lesson.wait_for_function("([svg, style]) => svg.getAttribute('style') !== style", arg=[
        graph.locator(".jp-kerasnb-Frame > svg").element_handle(), near
    ])  # fmt: skip
    button(graph, "Top").click()
    assert transform(graph) == begun


def test_a_graph_by_layer_by_call_and_folded(lesson):
    graph = display(lesson, "graph")
    graph.get_by_label("By call").check()
    assert graph.locator('[data-id="shared[1]"]').count() == 1
    graph.get_by_label("Open nested models").check()
    inside = graph.locator('[data-id="tower[1]/inner_dense"]')
    assert inside.count() == 1
    frame = graph.locator('[data-id="tower[1]"]')
    frame.locator("text").click()
    assert inside.count() == 0 and frame.get_attribute("aria-expanded") == "false"
    assert graph.locator('[data-id="tower[2]/inner_dense"]').count() == 1
    lesson.keyboard.press("Enter")
    assert inside.count() == 1
    field = graph.get_by_role("searchbox")
    field.fill("dense")
    assert graph.locator(".jp-mod-hit").count() == 5 and "5 found" in graph.inner_text()
    field.press("Enter")
    assert graph.locator(".jp-kerasnb-Pane").is_visible()
    field.fill("")
    button(graph, "Close").click()
    graph.get_by_label("Open nested models").uncheck()
    graph.get_by_label("By layer").check()
    graph.locator('[data-id="tower"]').click()
    button(graph, "Open tower").click()
    assert graph.locator('[data-id="tower/inner_dense"]').count() == 1
    graph.get_by_label("Open nested models").uncheck()


DESCRIPTION = """number => jupyterapp.shell.currentWidget.content.widgets[number]
  .model.outputs.toJSON()[0].data['application/vnd.kerasnb.v1+json']"""
# The ids of what is drawn, by the two ends that are chosen.
PARTS = """graph => {
  const [first] = graph.querySelectorAll('select');
  const ends = [...first.options].map(option => option.value);
  const choose = (which, end) => {
    const list = graph.querySelectorAll('select')[which];
    list.value = end;
    list.dispatchEvent(new Event('change'));
  };
  const pairs = ends.flatMap((first, i) => ends.map((last, j) => [first, last, i + j]));
  return pairs.filter(pair => pair[2] % 4 === 0).map(([first, last]) => {
    choose(0, first);
    choose(1, last);
    const drawn = [...graph.querySelectorAll('[data-id]')].map(box => box.dataset.id);
    return [first, last, drawn, graph.querySelectorAll('output')[1].textContent];
  });
}"""


def test_a_part_of_a_graph_is_what_python_says(lesson):
    graph = display(lesson, "graph")
    views = lesson.evaluate(DESCRIPTION, 1 + list(CELLS).index("graph"))["views"]
    for number, (name, view) in enumerate(views.items()):  # layer, layer_open, node, node_open
        graph.get_by_label("By call" if number > 1 else "By layer").check()
        graph.get_by_label("Open nested models").set_checked(name.endswith("_open"))
        everything = {box["id"] for box in view["boxes"]}
        parts = graph.evaluate(PARTS)
        assert len(parts) > len(everything)
        for first, last, drawn, told in parts:
            expected = between(view, first or None, last or None)
            assert set(drawn) == (expected or everything), (first, last)
            assert (told == "") == (expected == everything)
            assert expected or told == f"No way leads from {first} to {last}."
        button(graph, "Whole model").click()
        assert graph.locator("[data-id]").count() == len(everything)
    graph.get_by_label("By layer").check()
    graph.get_by_label("Open nested models").uncheck()


def test_a_part_of_a_graph_by_mouse_and_by_keyboard(lesson):
    graph = display(lesson, "graph")
    graph.locator('[data-id="left"]').click()
    button(graph, "From here").click()
    graph.locator('[data-id="both"]').focus()
    lesson.keyboard.press("Enter")  # to the pane
    press_until(lesson, "Tab", ".jp-kerasnb-Pane p > button:nth-of-type(2)")
    lesson.keyboard.press("Enter")
    assert "From left to both: 4 of 6 boxes" in graph.inner_text()
    drawn = "[...e.querySelectorAll('[data-id]')].map(box => box.dataset.id)"
    assert graph.evaluate(f"e => {drawn}") == ["left", "tower", "shared", "both"]
    assert lesson.evaluate("document.activeElement.dataset.id") == "both"
    if PICTURES:
        graph.screenshot(path=f"{PICTURES}/part.png")
    graph.locator("select").nth(1).select_option("shared")
    graph.get_by_label("By call").check()  # the ends are layers: they stay
    assert "of 8 boxes" in graph.inner_text()
    graph.get_by_label("By layer").check()
    graph.get_by_role("searchbox").fill("dense")  # in the part
    assert "1 found" in graph.inner_text()
    graph.get_by_role("searchbox").fill("")
    button(graph, "Whole model").press("Enter")
    assert graph.locator("[data-id]").count() == 6
    assert lesson.evaluate("document.activeElement.tagName") == "SELECT"
    if graph.locator(".jp-kerasnb-Pane").is_visible():
        button(graph, "Close").click()


def test_a_graph_by_keyboard(lesson):
    graph = display(lesson, "graph")
    button(graph, "Top").click()
    button(graph, "Zoom in").press("Enter")
    graph.locator(".jp-kerasnb-Frame").focus()
    begun = transform(graph)
    lesson.keyboard.press("ArrowDown")
    moved = transform(graph)
    assert moved != begun
    lesson.keyboard.press("-")
    assert transform(graph) != moved
    lesson.keyboard.press("Tab")
    focus = "document.activeElement"
    first = lesson.evaluate(f"{focus}.dataset.id")
    lesson.keyboard.press("ArrowDown")
    assert first and lesson.evaluate(f"{focus}.dataset.id") != first
    chosen = lesson.evaluate(f"{focus}.dataset.id")
    lesson.keyboard.press("Enter")
    assert lesson.evaluate(f"{focus}.textContent") == chosen  # the heading of the pane
    lesson.keyboard.press("Escape")
    assert lesson.evaluate(f"{focus}.dataset.id") == chosen
    assert graph.locator(".jp-kerasnb-Pane").is_hidden()
    lesson.keyboard.press("Control+s")  # that is JupyterLab's
    lesson.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    # The other keys it has not taken for its cells.
    assert lesson.locator(".jp-Cell").count() == 1 + len(CELLS)


SHOWN = "e => [...e.querySelectorAll('img')].every(i => i.complete && i.naturalWidth && i.alt)"


def test_a_batch_in_a_graph_by_mouse(lesson):
    graph = display(lesson, "batch")
    graph.locator('[data-id="conv"]').click()
    section = graph.get_by_role("region", name="On a batch of 32 samples")
    told = section.inner_text()
    assert "the first 32 of 40 samples" in told and "first sample, maps: 4 of 4" in told
    assert "(32, 6, 6, 4)" in told and "Dead units: " in told and "Gradients of the loss" in told
    # The layer's output, and the gradients by it, its kernel and its bias.
    assert section.get_by_role("list", name="Activations").locator("li").count() == 1
    gradients = section.get_by_role("list", name="Gradients of the loss")
    names = ["conv", "kernel", "bias"]
    assert gradients.locator("li b").all_inner_texts() == names
    assert section.locator("svg").count() == 4 and section.locator("img").count() == 3
    assert section.evaluate(SHOWN)
    said = section.get_by_role("img").first.get_attribute("aria-label")
    assert said.startswith("Distribution of conv: Least 0")
    graph.locator('[data-id="out"]').click()
    assert "samples by units" in section.inner_text() and "(32, 3)" in section.inner_text()
    button(graph, "Close").click()


def test_a_batch_in_a_graph_by_keyboard(lesson):
    graph = display(lesson, "batch")
    graph.locator('[data-id="conv"]').focus()
    lesson.keyboard.press("ArrowDown")
    lesson.keyboard.press("Enter")
    pane = graph.locator(".jp-kerasnb-Pane")
    heading = lesson.evaluate("document.activeElement.textContent")
    assert heading == "flat" and "flat (32, 144)" in pane.inner_text()
    lesson.keyboard.press("Escape")
    assert pane.is_hidden()
    assert lesson.evaluate("document.activeElement.dataset.id") == "flat"


def test_a_layer_looked_into(lesson):
    found = display(lesson, "inspection")
    found.locator("summary", has_text="Settings").click()
    assert "kernel_size" in found.inner_text()
    found.locator("summary", has_text="Open the box").press("Enter")
    assert "conv" in found.locator("ol").inner_text()


def test_values_have_pictures(lesson):
    assert display(lesson, "activations").locator("img").count() == 4
    assert display(lesson, "gradients").locator("svg").count() == 4
    assert display(lesson, "activations").evaluate(SHOWN)


def test_curves(lesson):
    found = display(lesson, "training")
    line = found.locator(".jp-kerasnb-Line").first
    before = line.get_attribute("d")
    found.get_by_label("Log scale").check()
    logarithmic = line.get_attribute("d")
    assert logarithmic != before
    found.get_by_label("Smoothing").fill("0.5")
    assert found.locator(".jp-mod-faint").count() == 8
    found.get_by_label("Smoothing").fill("0")
    found.get_by_label("Log scale").uncheck()
    assert line.get_attribute("d") == before
    found.get_by_label("two", exact=True).uncheck()
    assert found.locator(".jp-kerasnb-Line").count() == 4
    assert found.locator(".jp-kerasnb-Best").count() == 2
    chart = found.get_by_role("slider", name="Curve of loss")
    chart.hover()
    told = found.locator(".jp-kerasnb-Told").first
    assert told.inner_text().startswith("epochs 3")
    chart.focus()
    lesson.keyboard.press("Home")
    assert "one training 1 · one validation 1.1" in told.inner_text()
    lesson.keyboard.press("ArrowRight")
    assert chart.get_attribute("aria-valuenow") == "2" and "0.6" in told.inner_text()
    found.get_by_label("two", exact=True).check()


@pytest.mark.parametrize("kind", ["SVG", "PNG", "CSV"])
def test_curves_are_saved(lesson, kind):
    found = display(lesson, "training")
    with lesson.expect_download() as waited:
        button(found, f"Download as {kind}").click()
    content = Path(waited.value.path()).read_bytes()
    assert waited.value.suggested_filename == f"training.{kind.lower()}"
    if kind == "CSV":
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert len(rows) == 40 and rows[0]["value"] == "1"
    else:
        assert content.startswith({"SVG": b"<svg", "PNG": b"\x89PNG"}[kind])
        assert b"var(" not in content


def test_a_data_set_is_browsed(lesson):
    found = display(lesson, "dataset")
    tiles = found.locator("li img")
    assert tiles.count() == 12 and "Page 1 of 4" in found.inner_text()
    button(found, "Next page").press("Enter")
    assert tiles.first.get_attribute("alt") == "Sample 12: ant ✓"
    found.get_by_label("Only wrong predictions").check()
    assert tiles.first.get_attribute("alt") == "Sample 0: ant ✗ bee" and tiles.count() == 10
    found.get_by_label("Class").select_option("cat")
    assert tiles.count() == 3
    found.get_by_label("Only wrong predictions").uncheck()
    found.get_by_label("Class").select_option("all")
    found.get_by_role("searchbox").fill("bee")
    assert "20 of 48 samples here (60 in all)" in found.inner_text()
    found.get_by_role("searchbox").fill("nothing like it")
    assert "There are no such samples" in found.inner_text()
    found.get_by_role("searchbox").fill("")
    found.locator("summary", has_text="3 classes").click()
    assert found.locator("table").count() == 1
    assert "two words" in display(lesson, "texts").inner_text()


def test_a_confusion_matrix_tells_of_its_cells(lesson):
    found = display(lesson, "confusion")
    cell = button(found, "ant taken for bee: 4")
    cell.click()
    assert "ant taken for bee: 4 (20.0%)" in found.inner_text()
    lesson.keyboard.press("ArrowDown")
    assert "bee taken for bee: 16 (80.0%)" in found.inner_text()


def test_points_tell_their_names(lesson):
    found = display(lesson, "points")
    found.get_by_role("slider").focus()
    lesson.keyboard.press("ArrowRight")
    lesson.keyboard.press("ArrowRight")
    assert found.locator(".jp-kerasnb-Told").inner_text().startswith("b (1): ")
    found.get_by_role("searchbox").fill("c")
    assert found.locator(".jp-mod-hit").count() == 1


def test_the_time_of_a_step(lesson):
    assert "Conv2D" in display(lesson, "timing").inner_text()


@pytest.mark.parametrize("theme", THEMES)
def test_people_with_a_screen_reader_or_weak_eyes_can_use_it(lesson, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    lesson.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    lesson.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")
    for name, layer in (("graph", "shared"), ("batch", "conv")):
        graph = display(lesson, name)
        if graph.locator(".jp-kerasnb-Pane").is_hidden():
            graph.locator(f'[data-id="{layer}"]').click()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    for name in CELLS:
        found = display(lesson, name)
        found.evaluate("e => e.id = 'looked-at'")
        results = axe.Axe().run(lesson, context="#looked-at", options=rules)
        found.evaluate("e => e.removeAttribute('id')")
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        if PICTURES:
            found.screenshot(path=f"{PICTURES}/{name}-{theme[-5:].strip().lower()}.png")


# What is wider than the output, outside of what scrolls.
CUT = """() => [...document.querySelectorAll('.jp-kerasnb-Display')].flatMap(display => {
  const { right, left } = display.getBoundingClientRect();
  return [...display.querySelectorAll('*')].filter(one => {
    const box = one.getBoundingClientRect();
    const hides = one.closest('.jp-kerasnb-Scroll > *, .jp-kerasnb-Camera svg > *, .jp-mod-heard');
    return !hides && box.width && (box.right > right + 1 || box.left < left - 1);
  }).map(one => `${one.tagName}.${one.className}`);
})"""


# Letters of drawings that are hardly to be read; a graph can be zoomed.
TINY = """() => [...document.querySelectorAll('.jp-kerasnb-Display svg text')].filter(one => {
  const size = parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a;
  return size < 9 && !one.closest('.jp-kerasnb-Camera');
}).map(one => one.textContent)"""


# A page of 1280 by 900 at 200% has half the pixels of CSS.
@pytest.mark.parametrize("width, height", [(400, 900), (640, 450)])
def test_nothing_is_cut_where_there_is_little_room(lesson, width, height):
    lesson.set_viewport_size({"width": width, "height": height})
    lesson.evaluate("() => jupyterapp.shell.collapseLeft()")
    try:
        for name in CELLS:
            found = display(lesson, name)
            if PICTURES:
                found.screenshot(path=f"{PICTURES}/{name}-{width}.png")
        lesson.wait_for_timeout(100)  # what watches its size draws in the next frame
        assert lesson.evaluate(CUT) == []
        assert lesson.evaluate(TINY) == []
    finally:
        lesson.set_viewport_size({"width": 1280, "height": 900})


def test_a_live_training_goes_on_in_place(place):
    fit = """%load_ext kerasnb
%kerasnb language en
import time
import numpy as np
from keras.callbacks import Callback
from keras.layers import Dense
from keras.models import Sequential
class Slow(Callback):
    def on_batch_end(self, batch, logs=None):
        time.sleep(0.02)
model = Sequential([Dense(1, input_shape=(3,))], name='small')
model.compile('sgd', 'mse')
x, y = np.random.rand(64, 3), np.zeros(64)
past = model.fit(x, y, batch_size=8, epochs=12, validation_split=0.25, callbacks=[Slow()])
print('done')"""
    with place.page("live.ipynb", fit, panel=False) as page:
        run_all(page)
        found = page.locator(".jp-kerasnb-Display")
        found.get_by_label("Log scale").check()
        found.get_by_label("batches", exact=True).check()
        found.evaluate("e => { e.querySelector('.jp-kerasnb-Chart').mark = 'the same'; }")
        said(page, 0, "done")
        found.locator(".jp-kerasnb-Facts", has_text="Finished").wait_for()
        assert found.count() == 1
        assert found.get_by_label("Log scale").is_checked()
        assert found.get_by_label("batches", exact=True).is_checked()
        assert found.evaluate("e => e.querySelector('.jp-kerasnb-Chart').mark") == "the same"
        assert found.get_by_role("progressbar").get_attribute("aria-valuenow") == "100"


BROKEN = """from IPython.display import display
MIME = 'application/vnd.kerasnb.v1+json'
evil = '<img src=x onerror=alert(1)><b>bold</b>'
good = {'version': 1, 'language': 'en', 'labels': {}, 'title': evil, 'text': 'some text'}
for description in (
    {**good, 'kind': 'of later'}, {**good, 'kind': 'graph'}, {**good, 'kind': 'constructor'},
    {**good, 'kind': 'summary', 'version': 2}, {**good, 'kind': 'training', 'series': None},
    {**good, 'kind': 'points', 'labels': None}, {'text': 'some text'}, {'title': 5, 'text': 'some text'},
):
    display({MIME: description, 'text/plain': 'plain'}, raw=True)
display({MIME: None, 'text/plain': 'plain'}, raw=True)
values = {'name': evil, 'shape': evil, 'statistics': dict.fromkeys(
    ['count', 'min', 'max', 'mean', 'std', 'norm', 'zeros', 'not_finite'], 0),
    'histogram': {'edges': [0, 1], 'counts': [1]}, 'hidden': 0, 'pictures': [{'label': evil,
    'picture': {'png': '" onload="alert(1)', 'width': 1, 'height': 1, 'alt': evil}}]}
display({MIME: {**good, 'kind': 'values', 'tensors': [values], 'signs': []}}, raw=True)"""


def test_what_is_broken_or_unknown_is_shown_as_text(place):
    with place.page("broken.ipynb", BROKEN, panel=False) as page:
        dialogs = []

        def heard(dialog):
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", heard)
        run_all(page)
        page.locator(".jp-kerasnb-Display figcaption", has_text="<b>").last.wait_for()
        texts = page.locator(".jp-kerasnb-Display pre")
        assert texts.all_inner_texts() == ["some text"] * 8 + ([""] if texts.count() == 9 else [])
        assert page.locator(".jp-kerasnb-Display b").count() == 0
        assert page.locator(".jp-kerasnb-Display [onload], [onerror]").count() == 0
        page.remove_listener("dialog", heard)  # other tests follow in this page
        assert not dialogs, f"a script ran: {dialogs}"


LARGE = """from keras.layers import Dense, Input, add
from keras.models import Model
from kerasnb.notebook import show
x = first = Input((4,))
for number in range(500):
    x = add([x, Dense(4, name=f'dense_{number}')(x)], name=f'sum_{number}')
show.graph(Model(first, x))"""


def test_moving_in_a_thousand_layers_draws_nothing_again(place):
    load = "%load_ext kerasnb\n"
    with place.page("large.ipynb", load + LARGE, panel=False) as page:
        run_all(page)
        graph = page.locator(".jp-kerasnb-Display")
        graph.locator('[data-id="sum_499"]').wait_for(state="attached")
        assert graph.locator("[data-id]").count() == 1001
        page.evaluate("""() => {
          window.changes = new Set();
          new MutationObserver(all => all.forEach(c => changes.add(c.attributeName ?? c.type)))
            .observe(document.querySelector('.jp-kerasnb-Camera'),
                     { subtree: true, childList: true, attributes: true });
        }""")
        graph.locator(".jp-kerasnb-Frame").focus()
        for key in ("PageDown", "ArrowDown", "ArrowDown", "+", "0"):
            page.keyboard.press(key)
        changed = set(page.evaluate("() => [...changes]"))
        assert changed == {"style", "x", "y", "width", "height"}


def test_displays_are_kept_without_a_kernel_and_without_trust(place, lesson):
    lesson.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    lesson.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    kept = json.loads((place.folder / "displays.ipynb").read_text())
    assert sum("application/vnd.kerasnb.v1+json" in json.dumps(c) for c in kept["cells"]) == len(
        CELLS
    )
    kept["cells"][0]["source"] = "# written by somebody else"  # so nobody vouches for it
    for cell in kept["cells"]:
        cell["metadata"].pop("trusted", None)
    kept["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    with place.page("kept.ipynb", "", panel=False) as page:
        (place.folder / "strange.ipynb").write_text(json.dumps(kept))
        place.open(page, "strange.ipynb", panel=False)
        all_drawn(page)
        page.evaluate("() => jupyterapp.serviceManager.sessions.shutdownAll()")
        trusted = "[...jupyterapp.shell.currentWidget.content.model.cells].some(c => c.trusted)"
        assert page.evaluate(f"() => {trusted}") is False
        button(display(page, "summary"), "Open tower").click()
        assert "inner_dense" in display(page, "summary").inner_text()
        display(page, "graph").locator('[data-id="shared"]').click()
        assert "use_bias" in display(page, "graph").locator(".jp-kerasnb-Pane").inner_text()
        batch = display(page, "batch")
        batch.locator('[data-id="conv"]').click()
        assert "Gradients of the loss" in batch.locator(".jp-kerasnb-Pane").inner_text()
        assert batch.evaluate(SHOWN)
        display(page, "training").get_by_label("Log scale").check()
        button(display(page, "dataset"), "Next page").click()
        assert "Page 2 of 4" in display(page, "dataset").inner_text()
    as_html(place.folder / "strange.ipynb")


def as_html(path):
    """nbconvert shows the page of each display, as it knows nothing of our JSON."""
    exporters = pytest.importorskip("nbconvert.exporters")
    page, _ = exporters.HTMLExporter().from_filename(str(path))
    assert page.count("data:image/svg+xml;base64,") > 8 and "inner_dense" in page
    assert "What 32 samples give in each layer, as a table" in page
    assert "vnd.kerasnb" not in page and "MNIST" not in page


def test_notebook_7_in_chinese(seven):
    # Its own: it looks for settings that another page of it has.
    known = ["Cannot read properties of undefined (reading 'schema')"]
    with seven.page("seven.ipynb", *cells("zh"), panel=False, known=known) as page:
        run_all(page)
        all_drawn(page)
        summary = display(page, "summary")
        button(summary, "展开 tower").click()
        assert "inner_dense" in summary.inner_text() and "参数量" in summary.inner_text()
        graph = display(page, "graph")
        graph.get_by_label("按调用").check()
        graph.locator('[data-id="shared[1]"]').click()
        assert "设置" in graph.locator(".jp-kerasnb-Pane").inner_text()
        batch = display(page, "batch")
        batch.locator('[data-id="conv"]').click()
        told = batch.get_by_role("region", name="一批 32 个样本的结果").inner_text()
        assert "激活值" in told and "损失的梯度" in told and "失活单元" in told
        for name in CELLS:
            found = display(page, name)
            assert found.locator("> div").get_attribute("lang") is None
            assert found.get_attribute("lang") == "zh"
            if PICTURES:
                found.screenshot(path=f"{PICTURES}/{name}-zh.png")
