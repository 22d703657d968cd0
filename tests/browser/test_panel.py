"""The panel in JupyterLab's left side bar, operated as a person does."""

import json
import re
import sys

import pytest

from tests.browser.pages import notebook, output, press_until, run_all, said, state

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETUP = """%load_ext kerasnb
import numpy as np
from keras import backend as K
from keras.callbacks import Callback
from keras.layers import Dense, Dropout
from keras.models import Sequential

def make(name='small'):
    np.random.seed(7)
    model = Sequential([Dense(8, input_shape=(3,)), Dropout(0.5), Dense(1)], name=name)
    model.compile('sgd', 'mse')
    return model

class Slow(Callback):
    \"\"\"A batch takes ten milliseconds at least.\"\"\"
    def on_batch_end(self, batch, logs=None):
        import time
        time.sleep(0.01)

x, y = np.random.RandomState(0).rand(64, 3), np.zeros(64)
model = make()"""
ENDLESS = "past = model.fit(x, y, batch_size=8, epochs=100000, callbacks=[Slow()])"
AFTERWARDS = "print(type(past).__name__, past.epoch[-1] + 1 == len(past.epoch) > 0)"


def button(page, name):
    return page.get_by_role("button", name=name)


def panel_text(page):
    return page.inner_text(".jp-kerasnb-Panel")


def see(page, text):
    """Wait until the panel says something."""
    page.locator(".jp-kerasnb-Panel").get_by_text(text).filter(visible=True).first.wait_for()


def test_stop_ends_with_a_history(place):
    with place.page("stop.ipynb", SETUP, ENDLESS, AFTERWARDS) as page:
        see(page, "kerasnb is not loaded in stop.ipynb")
        run_all(page)
        state(page, "running")
        assert "small (Sequential)" in panel_text(page) and "epoch" in panel_text(page)
        assert "model\n" in panel_text(page)
        button(page, "Stop training 1").click()
        state(page, "interrupted")
        said(page, 2, "History True")
        assert not button(page, "Stop training 1").is_visible()


NUMBERS = """model = make()
steered = model.fit(x, y, batch_size=8, epochs=60, callbacks=[Slow()]).history['loss']
model = make()
K.set_value(model.optimizer.lr, 0.01)
plain = model.fit(x, y, batch_size=8, epochs=60, verbose=0).history['loss']
print('the same:', steered == plain)"""


def test_pause_and_resume_change_no_number(place):
    with place.page("pause.ipynb", SETUP, NUMBERS) as page:
        run_all(page)
        state(page, "running")
        button(page, "Pause training 1").click()
        state(page, "paused")
        told = page.inner_text(".jp-kerasnb-Card")
        page.wait_for_timeout(700)
        assert page.inner_text(".jp-kerasnb-Card") == told
        assert page.locator(".jp-OutputArea-output", has_text="Paused").count()
        # The kernel does not look idle, although the panel's order is done.
        kernel = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        assert page.evaluate(f"{kernel}.status") == "busy"
        button(page, "Resume training 1").click()
        state(page, "finished")
        said(page, 1, "the same: True")


RATES = """class Note(Slow):
    rates = []
    def on_batch_begin(self, batch, logs=None):
        self.rates.append(float(K.get_value(self.model.optimizer.lr)))
past = model.fit(x, y, batch_size=8, epochs=100000, callbacks=[Note()])
print(sorted(set(Note.rates)))"""


def test_the_learning_rate(place):
    with place.page("rate.ipynb", SETUP, RATES) as page:
        run_all(page)
        state(page, "running")
        field = page.get_by_role("textbox", name="Learning rate of training 1")
        assert field.input_value() == "0.01"
        field.fill("a lot")
        field.press("Enter")
        see(page, "The learning rate must be a number from 0 on.")
        field.fill("0.125")
        button(page, "Set the learning rate of training 1").click()
        see(page, "learning rate 0.125")
        assert "must be a number" not in panel_text(page)
        button(page, "Pause training 1").click()
        state(page, "paused")
        field.fill("1e-3")
        field.press("Enter")  # the form's, and seen at once although it waits
        see(page, "learning rate 0.001")
        button(page, "Resume training 1").click()
        state(page, "running")
        button(page, "Stop training 1").click()
        state(page, "interrupted")
        said(page, 1, "[0.0")
        rates = [round(float(rate), 6) for rate in output(page, 1).split("[")[-1][:-1].split(",")]
        assert {0.01, 0.125} <= set(rates) <= {0.001, 0.01, 0.125}


def test_a_paused_training_is_stopped_and_one_in_a_thread(place):
    threaded = f"""import threading
def run():
    global past
    {ENDLESS}
thread = threading.Thread(target=run)
thread.start()"""
    cells = [SETUP, ENDLESS, AFTERWARDS, threaded]
    with place.page("paused.ipynb", *cells) as page:
        run_all(page)
        state(page, "running")
        button(page, "Pause training 1").click()
        state(page, "paused")
        button(page, "Stop training 1").click()
        state(page, "interrupted")
        said(page, 2, "History True")
        state(page, "running")
        button(page, "Stop training 2").click()
        state(page, "stopped")


OLD_KERNEL = """from ipykernel.kernelapp import IPKernelApp

class App(IPKernelApp):
    def init_kernel(self):
        self.shell_channel_thread = None  # as before ipykernel 7
        super().init_kernel()

App.launch_instance()
"""


def test_a_kernel_without_subshells_can_be_stopped(place):
    script = place.folder / ".home" / "old_kernel.py"
    script.write_text(OLD_KERNEL)
    specification = place.folder / ".home" / "kernels" / "old" / "kernel.json"
    specification.parent.mkdir(parents=True)
    command = [sys.executable, str(script), "-f", "{connection_file}"]
    described = {"argv": command, "display_name": "old", "language": "python"}
    specification.write_text(json.dumps(described))
    with place.page("old.ipynb", SETUP, ENDLESS, AFTERWARDS, kernel="old") as page:
        see(page, "kerasnb is not loaded in old.ipynb")
        run_all(page)
        state(page, "running")
        see(page, "Pausing and another learning rate need ipykernel 7 or newer.")
        assert not button(page, "Pause training 1").is_visible()
        assert not page.get_by_role("textbox", name="Learning rate of training 1").is_visible()
        button(page, "Stop training 1").click()
        state(page, "interrupted")
        said(page, 2, "History True")


def test_two_notebooks(place):
    with place.page("one.ipynb", SETUP, ENDLESS) as page:
        run_all(page)
        state(page, "running")
        (place.folder / "two.ipynb").write_text(notebook(SETUP, "other = make('other')"))
        page.evaluate(
            "() => void jupyterapp.commands.execute('docmanager:open', {path: 'two.ipynb'})"
        )
        see(page, "kerasnb is not loaded in two.ipynb")
        page.wait_for_selector(".jp-NotebookPanel:visible .jp-Cell >> text=other")
        run_all(page)
        see(page, "layers: 3")
        assert "Training 1" not in panel_text(page)
        page.get_by_role("tab", name="one.ipynb").click()
        state(page, "running")
        button(page, "Stop training 1").click()
        state(page, "interrupted")


def test_restart_and_reload(place):
    known = ["Comm not found for comm id"]  # answered to a page that is gone
    with place.page("again.ipynb", SETUP, ENDLESS, known=known) as page:
        run_all(page)
        state(page, "running")
        kernel = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        page.evaluate(f"() => void {kernel}.reconnect()")
        see(
            page, re.compile("^again.ipynb$")
        )  # again: how long it was lost is the machine's choice
        button(page, "Pause training 1").click()
        state(page, "paused")
        button(page, "Resume training 1").click()
        state(page, "running")
        place.open(page, "again.ipynb")  # in the midst of the training
        state(page, "running")
        button(page, "Pause training 1").click()
        state(page, "paused")
        page.evaluate(f"() => void {kernel}.restart()")
        see(page, "kerasnb is not loaded in again.ipynb")
        button(page, "Insert %load_ext kerasnb").wait_for()
        run_all(page)
        state(page, "running")
        button(page, "Pause training 1").click()  # on a subshell of the new kernel
        state(page, "paused")
        button(page, "Stop training 1").click()
        state(page, "interrupted")
        page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        see(page, "again.ipynb has no kernel.")


MANY = """model = Sequential([Dense(1, input_shape=(3,))], name='tiny')
model.compile('sgd', 'mse', metrics=['mae'])
x, y = np.ones((5000, 3), 'float32'), np.zeros(5000, 'float32')
past = model.fit(x, y, batch_size=1, epochs=10, validation_data=(x[:8], y[:8]))
print(len(past.epoch), 'epochs')"""


COUNT = """async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  globalThis.messages = 0;
  sessionContext.session.kernel.anyMessage.connect((_, { direction }) => { messages += direction === 'recv'; });
}"""


def test_fifty_thousand_batches_do_not_freeze_the_page(place):
    # How long the page's tasks take is measured by `python -m benchmarks.watching`.
    with place.page("many.ipynb", SETUP, MANY) as page:
        page.evaluate(COUNT)
        run_all(page)
        state(page, "finished")
        said(page, 1, "10 epochs")
        # Not one a batch, however long it took.
        assert 20 < page.evaluate("messages") < 5_000
        page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        kept = (place.folder / "many.ipynb").read_text()
        assert '"state": "finished"' in kept and len(kept) < 300_000


def test_by_keyboard_alone(place):
    with place.page("keys.ipynb", SETUP, ENDLESS, panel=False) as page:
        run_all(page)
        page.wait_for_selector(".jp-OutputArea-output table")  # it runs
        page.focus('.jp-SideBar.jp-mod-left [role="tab"][aria-selected="true"]')
        press_until(page, "ArrowDown", '[data-id="kerasnb-panel"]')
        page.keyboard.press("Enter")
        state(page, "running")
        press_until(page, "Tab", '[aria-label="Pause training 1"]')
        page.keyboard.press("Enter")
        state(page, "paused")
        # The focus stays on what is now the other button.
        assert page.evaluate("document.activeElement.textContent") == "Resume"
        press_until(page, "Tab", '[aria-label="Learning rate of training 1"]')
        page.keyboard.press("Control+a")
        page.keyboard.type("0.5")
        page.keyboard.press("Enter")
        see(page, "learning rate 0.5")
        press_until(page, "Shift+Tab", '[aria-label="Stop training 1"]')
        page.keyboard.press("Space")
        state(page, "interrupted")
        press_until(page, "Tab", "summary")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="MNIST").first.wait_for()


def test_the_shelf_without_kerasnb_in_the_notebook(place):
    """A kernel is started for it, and ended; code is inserted, a chapter is copied and opened."""
    with place.page("empty.ipynb", "") as page:
        see(page, "kerasnb is not loaded in empty.ipynb")
        page.locator("summary", has_text="Data sets").click()
        button(page, "CIFAR-10 mini synthetic").click()
        see(page, "Inserted into the active cell of empty.ipynb.")
        source = "jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.source"
        assert "(x_train, y_train), (x_test, y_test) = cifar10.load_data()" in page.evaluate(source)
        page.locator("summary", has_text="Chapters").click()
        opened = []

        def open_chapter(path):
            button(page, "01 A network that reads digits").click()
            see(page, f"Opened {path}.")
            tab = page.get_by_role("tab", name=path.rpartition("/")[2], exact=True)
            tab.wait_for()
            opened.append(tab)

        open_chapter("en/01-first-network-2.ipynb")  # `kerasnb lab` has made one there
        (place.folder / "en" / "01-first-network.ipynb").unlink()
        page.get_by_role("tab", name="empty.ipynb").click()
        open_chapter("01-first-network.ipynb")
        kernels = "async () => { const { kernels } = jupyterapp.serviceManager;"
        kernels += " await kernels.refreshRunning(); return [...kernels.running()].length; }"
        assert page.evaluate(kernels) <= 1 + len(opened)  # those of the notebooks that are open


def test_languages(place):
    with place.page("words.ipynb", "%load_ext kerasnb", "%kerasnb language") as page:
        page.get_by_role("combobox", name="Language").select_option("zh")
        see(page, "words.ipynb 还没有加载 kerasnb")
        run_all(page)
        see(page, "变量")  # that is, the kernel has answered
        run_all(page)
        said(page, 1, "语言：zh")
        page.get_by_role("combobox", name="语言").select_option("en")
        see(page, "Data sets")


def test_notebook_7(seven):
    # Its own: it looks for settings that another page of it has.
    known = ["Cannot read properties of undefined (reading 'schema')"]
    with seven.page("panel.ipynb", SETUP, ENDLESS, AFTERWARDS, known=known) as page:
        run_all(page)
        state(page, "running")
        button(page, "Pause training 1").click()
        state(page, "paused")
        button(page, "Stop training 1").click()
        state(page, "interrupted")
        said(page, 2, "History True")
        page.locator("summary", has_text="Chapters").click()
        with page.context.expect_page() as opened:
            button(page, "01 A network that reads digits").click()
        assert "/notebooks/01-first-network.ipynb" in opened.value.url


def test_people_with_a_screen_reader_or_weak_eyes_can_use_it(place):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    panel = "document.querySelector('#kerasnb-panel')"
    with place.page("axe.ipynb", SETUP, ENDLESS) as page:
        run_all(page)
        state(page, "running")
        button(page, "Pause training 1").click()
        state(page, "paused")
        page.locator("summary", has_text="Data sets").click()
        page.locator("summary", has_text="Chapters").click()
        page.get_by_role("button", name="A network that reads digits").wait_for()
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            page.evaluate(
                "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
            )
            page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")
            results = axe.Axe().run(page, context="#kerasnb-panel", options=rules)
            assert results.violations_count == 0, results.generate_report()
        # Nothing is cut off in a narrow panel, nor at 200%, where 1280 by 900 pixels are half of it.
        for width, height in ((1280, 900), (640, 450), (400, 900)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function(f"() => {panel}.clientWidth > 0")
            assert page.evaluate(f"{panel}.scrollWidth <= {panel}.clientWidth"), width
        page.set_viewport_size({"width": 1280, "height": 900})
        button(page, "Stop training 1").click()
        state(page, "interrupted")
