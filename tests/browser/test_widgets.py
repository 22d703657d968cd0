"""The widgets in JupyterLab: driven in the page, their traits looked at in the kernel."""

import os
import re
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.pages import run_all, said

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Pictures of what is seen are put here, to be looked at.
PICTURES = os.environ.get("KERASNB_TEST_PICTURES")

SETUP = """%load_ext kerasnb
%kerasnb language {language}
import numpy as np
import traitlets
from ipywidgets import HBox, VBox, interactive_output
from keras.layers import LSTM, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D, concatenate
from keras.models import Model, Sequential
from kerasnb.widgets import *

np.random.seed(0)
left, right = Input((6,), name='left'), Input((6,), name='right')
shared = Dense(4, activation='relu', name='shared')
out = Dense(1, name='out')(concatenate([shared(left), shared(right)], name='both'))
twins = Model([left, right], out, name='twins')
twins.compile('sgd', 'mse')
x, y = [np.random.rand(40, 6), np.random.rand(40, 6)], np.random.rand(40, 1)
print('ready')"""


ADD_CELL = """async code => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.length - 1;
  await jupyterapp.commands.execute('notebook:insert-cell-below');
  notebook.activeCell.model.sharedModel.setSource(code);
  const number = notebook.activeCellIndex;
  void jupyterapp.commands.execute('notebook:run-cell');
  return number;
}"""
ASK = """async code => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const future = kernel.requestExecute({ code, store_history: false });
  let text = '';
  future.onIOPub = message => {
    text += message.content.text ?? message.content.evalue ?? '';
  };
  await future.done;
  return text.trim();
}"""


class Lesson:
    """A notebook in which cells with widgets are run.

    Args:
        page: the page.
        language: the language of the widgets.
    """

    def __init__(self, page, language):
        self.page, self.language = page, language
        self.cells = page.locator(".jp-NotebookPanel:visible .jp-Cell")
        run_all(page)
        said(page, 0, "ready")

    def widget(self, code):
        """Run a cell; return what it shows, when its widget is there."""
        self.last = self.page.evaluate(ADD_CELL, code)
        outputs = self.cells.nth(self.last).locator(".jp-OutputArea-output")
        area = outputs.filter(has=self.page.locator(".widget-vbox, .widget-hbox")).first
        area.wait_for()
        return area

    def ask(self, code):
        """Run code in the kernel, behind the page's back, and return what it prints."""
        return self.page.evaluate(ASK, code)

    def until(self, code, wanted):
        """Wait until an expression has a value in the kernel."""
        for _ in range(200):
            told = self.ask(f"print(({code}))")
            if told == wanted:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{code}: {told}, not {wanted}")

    def picture(self, name):
        """Keep a picture of the last cell, if somebody wants to look at it."""
        if PICTURES:
            path = Path(PICTURES) / f"{name}-{self.language}.png"
            self.cells.nth(self.last).screenshot(path=path)


@contextmanager
def lesson(place, language):
    """Open a notebook in a page of its own."""
    name = f"{language}-{uuid.uuid4().hex[:6]}.ipynb"
    with place.page(name, SETUP.format(language=language), panel=False, own=True) as page:
        page.set_default_timeout(30_000)
        yield Lesson(page, language)


@pytest.fixture(scope="module")
def english(place):
    with lesson(place, "en") as at:
        yield at


@pytest.fixture(scope="module")
def chinese(place):
    with lesson(place, "zh") as at:
        yield at


@pytest.fixture(params=["english", "chinese"])
def either(request):
    """The lesson in English, then in Chinese."""
    return request.getfixturevalue(request.param)


def label(area, text):
    """The control of a label."""
    return area.get_by_label(text, exact=True).first


def named(word):
    """A button's name: its word, after the sign that an icon is."""
    return re.compile(f"(^|[^A-Za-z\u4e00-\u9fff]){word}$")


def drawn(area, text):
    """Wait until the display in a widget, in whatever form, shows a text."""
    area.locator(".widget-output .jp-OutputArea-output", has_text=text).first.wait_for()


def test_summary(either):
    at = either
    area = at.widget("summary = ModelSummary(twins)\nsummary")
    drawn(area, "twins")
    label(area, {"en": "Layer", "zh": "层"}[at.language]).select_option("shared")
    at.until("summary.layer, summary.facts['parameters']", "('shared', 28)")
    area.get_by_text("28 / 28").wait_for()
    at.ask("summary.layer = 'out'")
    area.get_by_text("9 / 9").wait_for()
    at.picture("summary")


def test_graph(english):
    at = english
    area = at.widget("graph = ModelGraph(twins)\ngraph")
    area.get_by_role("button", name="By call").click()
    at.until("graph.view", "node")
    label(area, "Layer").select_option("shared")
    at.until("[box['label'] for box in graph.boxes]", "['shared[0]', 'shared[1]']")
    area.locator(".widget-html", has_text="shared[1]").first.wait_for()
    at.picture("graph")
    label(area, "From").select_option("shared")
    at.until("graph.first", "shared")
    area.locator(".jp-kerasnb-Display", has_text="From shared to the outputs").wait_for()
    assert area.locator("[data-id]").count() == 4


def test_a_click_on_a_box_chooses_its_layer_in_the_kernel(english):
    at = english
    area = at.widget(
        "graph = ModelGraph(twins)\ninspector = LayerInspector(twins, x, y)\n"
        "link = traitlets.link((graph, 'layer'), (inspector, 'layer'))\nHBox([graph, inspector])"
    )
    area.locator('[data-id="shared"]').click()
    at.until("graph.layer, inspector.layer", "('shared', 'shared')")
    assert area.get_by_label("Layer", exact=True).nth(1).input_value() == "shared"
    area.locator('[data-id="out"]').focus()
    at.page.keyboard.press("Enter")
    at.until("inspector.layer", "out")
    at.ask("inspector.layer = 'shared'")  # and from the kernel to the drawing
    area.locator('[data-id="shared"][aria-pressed="true"]').wait_for()
    area.locator('[data-id="out"]').click()
    at.until("graph.layer", "out")


def test_two_linked_widgets_follow_each_other(english):
    at = english
    area = at.widget(
        "inspector = LayerInspector(twins, x, y)\n"
        "graph = ModelGraph(twins, layer='left')\n"
        "link = traitlets.link((graph, 'layer'), (inspector, 'layer'))\n"
        "VBox([graph, inspector])"
    )
    choosers = area.get_by_label("Layer", exact=True)
    choosers.nth(1).select_option("shared")
    at.until("graph.layer, inspector.layer", "('shared', 'shared')")
    assert choosers.nth(0).input_value() == choosers.nth(1).input_value()
    area.locator(".widget-html", has_text="shared").first.wait_for()
    choosers.nth(0).select_option("out")
    at.until("inspector.description['name']", "out")


def test_inspector_by_mouse_and_by_keyboard(either):
    at = either
    words = {"en": ("Activations", "Call", "Batch"), "zh": ("激活值", "调用", "批次")}[at.language]
    area = at.widget("inspector = LayerInspector(twins, x, y, layer='shared')\ninspector")
    area.get_by_role("button", name=words[0]).click()
    at.until("inspector.what", "activations")
    drawn(area, "shared[0]")
    label(area, words[1]).select_option("1")
    at.until("inspector.node, inspector.description['layer']", "(1, 'shared[1]')")
    batch = label(area, words[2])
    batch.focus()
    at.page.keyboard.press("ArrowUp")
    at.page.keyboard.press("ArrowUp")
    at.page.keyboard.press("Enter")
    at.until("inspector.batch", "2")
    at.ask("inspector.batch = 4")
    at.page.wait_for_function("field => field.value === '4'", arg=batch.element_handle())
    at.picture("inspector")
    at.ask("inspector.x = None")
    area.locator(".widget-html", has_text="⚠").first.wait_for()


def test_curves_move_while_fit_runs(english):
    at = english
    area = at.widget("curves = TrainingCurves()\ncurves")
    fit = at.page.evaluate(
        ADD_CELL,
        "import time\nfrom keras.callbacks import LambdaCallback\n"
        "slow = LambdaCallback(on_batch_end=lambda batch, logs: time.sleep(0.02))\n"
        "history = twins.fit(x, y, epochs=100000, batch_size=8, verbose=0,\n"
        "                    validation_split=0.2, callbacks=[curves.callback, slow])\n"
        "print('ended', curves.state)",
    )
    seen: set[str] = set()
    while len(seen) < 4:  # the kernel is busy all the time
        text = area.inner_text()
        at.page.wait_for_function(
            "([area, text]) => area.innerText !== text", arg=[area.element_handle(), text]
        )
        seen.add(text)
    at.page.evaluate(
        "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
    )
    said(at.page, fit, "ended interrupted")
    area.get_by_text("Interrupted").first.wait_for()
    label(area, "Log scale").click()
    at.until("curves.log_scale, curves.description['log']", "(True, True)")
    at.picture("curves")


def test_loader_and_browser(either):
    at = either
    words = {
        "en": ("Data set", "Load", "Class", "On"),
        "zh": ("数据集", "加载", "类别", "下一页"),
    }[at.language]
    area = at.widget("loader = DatasetLoader(edition='mini')\nloader")
    label(area, words[0]).select_option("CIFAR-100")
    label(area, "label_mode").select_option("coarse")
    at.until("loader.arguments", "{'label_mode': 'coarse'}")
    area.get_by_text("cifar100.load_data(label_mode='coarse', edition='mini')").wait_for()
    area.get_by_role("button", name=named(words[1])).click()
    at.until("loader.progress, x_train.shape, int(y_train.max())", "(1.0, (3960, 32, 32, 3), 19)")
    drawn(area, "CIFAR-100")
    at.picture("loader")
    pages = at.widget("browser = DatasetBrowser(loader.loaded())\nbrowser")
    drawn(pages, "CIFAR-100")
    pages.get_by_role("button", name=named(words[3])).click()
    at.until("browser.page, browser.indices[0]", "(1, 24)")
    label(pages, words[2]).select_option(index=3)
    at.until("browser.label, browser.page", "(2, 0)")
    at.picture("browser")


def test_mistakes_and_augmentation(english):
    at = english
    area = at.widget(
        "from keras.datasets import mnist\nfrom keras.preprocessing.image import ImageDataGenerator\n"
        "(_, _), (digits, classes) = mnist.load_data()\n"
        "digits, classes = digits[:300], classes[:300].astype(int)\n"
        "guesses = np.where(np.arange(300) % 7 == 0, (classes + 1) % 10, classes)\n"
        "browser = DatasetBrowser((digits, classes), predictions=guesses, page_size=16,\n"
        "                         generator=ImageDataGenerator(rotation_range=30, zoom_range=0.3))\n"
        "browser"
    )
    label(area, "only what is predicted wrong").click()
    at.until("browser.wrong_only, browser.description['total']", "(True, 43)")
    chooser = label(area, "Mistake")
    chooser.select_option(index=1)
    at.until(
        "browser.mistake is not None and browser.description['filter'].count('taken for')", "1"
    )
    area.get_by_role("button", name="Confusion matrix").click()
    at.until("browser.description['kind']", "confusion")
    at.picture("confusion")
    area.get_by_role("button", name="Augmented").click()
    at.until("browser.what, len(browser.description['samples'])", "('augmented', 48)")
    seed = label(area, "Seed")
    seed.fill("5")
    seed.press("Enter")
    at.until("browser.seed", "5")
    at.picture("augmented")


def test_playground(either):
    at = either
    words = {
        "en": ("Play", "Pause", "Hidden layers", "Activation", "One epoch", "Begin anew"),
        "zh": ("开始", "暂停", "隐藏层数", "激活函数", "一轮", "重新开始"),
    }[at.language]
    area = at.widget("playground = Playground(learning_rate=0.3)\nplayground")
    picture = area.locator("img").first
    picture.wait_for()
    before = picture.get_attribute("src")
    area.get_by_role("button", name=named(words[0])).click()
    at.until("playground.epoch > 3", "True")  # other code runs in between
    assert area.locator("img").first.get_attribute("src") != before
    # Controls are alive while it learns.
    label(area, words[3]).select_option("relu")
    at.until("playground.activation, playground.playing", "('relu', True)")
    at.until("playground.accuracy > 0.8", "True")
    at.picture("playground")
    area.get_by_role("button", name=named(words[1])).click()
    at.until("playground.playing", "False")
    area.get_by_role("button", name=words[5]).click()
    at.until("playground.epoch", "0")
    area.get_by_role("button", name=words[4]).click()
    at.until("playground.epoch", "1")
    layers = label(area, words[2])
    layers.fill("2")
    layers.press("Enter")
    at.until("playground.layers, len(playground.model.layers)", "(2, 3)")
    area.get_by_text("model.add(Dense(4, activation='relu'))").first.wait_for()


def test_a_slider_of_the_teachers_own(english):
    at = english
    area = at.widget(
        "from ipywidgets import FloatSlider\n"
        "slider = FloatSlider(min=0, max=0.5, step=0.25, description='Noise?')\n"
        "playground = Playground(noise=0)\n"
        "link = traitlets.link((slider, 'value'), (playground, 'noise'))\n"
        "VBox([slider, playground])"
    )
    area.get_by_role("slider").first.focus()
    at.page.keyboard.press("ArrowRight")
    at.until("slider.value, playground.noise", "(0.25, 0.25)")
    field = label(area, "Noise")
    at.page.wait_for_function("field => field.value === '0.25'", arg=field.element_handle())


def test_it_goes_into_interactive_output(english):
    at = english
    area = at.widget(
        "summary = ModelSummary(twins)\n"
        "told = interactive_output(lambda layer: print('chosen:', layer),\n"
        "                          {'layer': summary.layer_chooser})\n"
        "HBox([summary, told])"
    )
    label(area, "Layer").select_option("both")
    area.get_by_text("chosen: both").wait_for()


ALL = (
    "ModelSummary(twins, layer='shared')",
    "ModelGraph(twins, layer='shared')",
    "LayerInspector(twins, x, y, what='activations', layer='shared')",
    "TrainingCurves({'loss': [3, 2, 1], 'val_loss': [3, 2, 2]})",
    "DatasetLoader('imdb')",
    "DatasetBrowser('mnist')",
    "Playground()",
)
# What of the controls is wider than the widget. (Of displays the tests of displays see.)
CUT = """area => {
  const { left, right } = area.getBoundingClientRect();
  const parts = area.querySelectorAll('.widget-box > *, input, select, button, label, img');
  return [...parts].filter(one => {
    const box = one.getBoundingClientRect();
    const scrolls = one.closest('.jp-kerasnb-Display, .widget-output, .jp-RenderedHTMLCommon');
    return !scrolls && box.width && (box.right > right + 1 || box.left < left - 1);
  }).map(one => `${one.tagName}.${one.className}`);
}"""


def test_people_without_a_mouse_or_with_weak_eyes_can_use_them(english):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    page = english.page
    areas = {code: english.widget(code) for code in ALL}
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")
        for code, area in areas.items():
            area.scroll_into_view_if_needed()
            area.evaluate("node => node.id = 'looked-at'")
            results = axe.Axe().run(page, context="#looked-at", options=rules)
            area.evaluate("node => node.removeAttribute('id')")
            assert results.violations_count == 0, f"{code}: {results.generate_report()}"
    page.evaluate("() => jupyterapp.shell.collapseLeft()")
    for width, height in ((400, 900), (640, 450)):  # the latter is 1280 by 900 at 200%
        page.set_viewport_size({"width": width, "height": height})
        for code, area in areas.items():
            area.scroll_into_view_if_needed()
            if PICTURES:
                area.screenshot(path=f"{PICTURES}/{code.partition('(')[0]}-{width}.png")
            assert area.evaluate(CUT) == [], f"{code} at {width}"
    page.set_viewport_size({"width": 1280, "height": 900})


def test_when_its_kernel_is_gone(place):
    # Of ipywidgets, whose models are gone.
    known = ["Error: widget model not found", "widget model not found"]
    name = "gone.ipynb"
    setup = SETUP.format(language="en")
    with place.page(name, setup, panel=False, known=known, own=True) as page:
        at = Lesson(page, "en")
        area = at.widget("inspector = LayerInspector(twins, layer='shared')\ninspector")
        drawn(area, "shared")
        at.widget("VBox([ModelSummary(twins), ModelGraph(twins)])")
        text = area.inner_text()
        page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.wait_for_timeout(1000)
        assert area.inner_text() == text  # it still shows what it showed
        page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
        kept = (place.folder / name).read_text()
        assert "widget-view+json" in kept and "widget-state+json" not in kept
        place.open(page, name, panel=False)  # with a new kernel, which knows of no widget
        single = at.cells.nth(1).locator(".jp-OutputArea-output")
        single.locator(".jp-kerasnb-Display", has_text="shared").wait_for()
        assert "run its cell" in single.inner_text()
        both = at.cells.nth(2).locator(".jp-OutputArea-output")
        both.get_by_text("Graph of model twins").first.wait_for()
        assert "Model twins" in both.inner_text() and "run its cell" in both.inner_text()
        assert page.get_by_text("model not found").count() == 0
        single.locator("summary", has_text="Settings").click()  # it can be operated
        assert "use_bias" in single.inner_text()
        if PICTURES:
            single.screenshot(path=f"{PICTURES}/gone.png")
        page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.info")
        run_all(page)  # and where it is run again the widget is back
        at.cells.nth(1).locator(".widget-vbox").first.wait_for()
        assert at.cells.nth(1).locator(".jp-kerasnb-Gone").count() == 0
