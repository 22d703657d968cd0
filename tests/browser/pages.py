"""Notebooks in a real JupyterLab in a real browser: what tests of the panel begin with."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import lab

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
# A folder with a built extension "kerasnb" in it, to be used in place of the installed one.
EXTENSIONS = os.environ.get("KERASNB_TEST_LABEXTENSIONS")
# Before the kernel has answered, cells sent to it can be lost. Nothing waits for this promise:
# `evaluate` knows no time limit.
RUN_ALL_CELLS = """() => void (async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  await sessionContext.session.kernel.info;
  await jupyterapp.commands.execute('notebook:run-all-cells');
})()"""
# What JupyterLab says of its own requests to a kernel that is ended before it has answered, as
# kernels of tests are: its debugger's, and that for a subshell of its own.
_ENDED_EARLY = (
    "Could not restore the debugger state",
    "Canceled future for",
    "Error: Canceled future for",
)
_TIMEOUT = 60_000  # milliseconds; the machine may be busy with other things


def notebook(*cells, kernel="python3"):
    """Return the text of a notebook with these code cells."""
    made = [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": cell,
        }
        for number, cell in enumerate(cells)
    ]
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


# What one test leaves behind is put away before the next.
PUT_AWAY = """async spared => {
  const { commands, serviceManager: { kernelspecs, sessions }, shell } = jupyterapp;
  for (const widget of [...shell.widgets('main')]) {
    widget.dispose(); // unsaved or not: nobody is asked
  }
  await sessions.refreshRunning();
  const ended = [...sessions.running()].filter(one => !spared.includes(one.path));
  await Promise.all(ended.map(one => sessions.shutdown(one.id)));
  await kernelspecs.refreshSpecs(); // the next test may bring a kernel of its own
  localStorage.removeItem('kerasnb:language');
  document.querySelectorAll('.jp-kerasnb-Panel details').forEach(one => { one.open = false; });
  if (document.body.dataset.jpThemeName !== 'JupyterLab Light') {
    await commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' });
  }
  shell.activateById('filebrowser');
}"""
# So that the browser does not ask whether to leave a page with changes.
CLEAN = """() => {
  for (const { context } of globalThis.jupyterapp?.shell.widgets('main') ?? []) {
    context && (context.model.dirty = false);
  }
}"""
OPEN = "path => void jupyterapp.commands.execute('docmanager:open', { path })"
SIZE = {"width": 1280, "height": 900}


class Site:
    """A JupyterLab and a browser.

    Loading JupyterLab is most of the work of a test, so tests follow each other in one page, in
    which each opens a notebook of its own, with a kernel of its own.

    Attributes:
        folder: what it serves.
        view: what stands in the address before a notebook's name.
    """

    def __init__(self, browser, folder, address, view="lab/tree"):
        self.browser, self.folder, self.view = browser, folder, view
        self.host, self.token = re.match(r"(http://[^/]*)/.*\?(.*)", address).groups()
        self._context = browser.new_context(viewport=SIZE)  # the pages share what is loaded
        self._context.set_default_timeout(_TIMEOUT)
        self._shared = None
        self._wrong, self._asked, self._kept = [], [], set()

    @contextmanager
    def page(self, name, *cells, panel=True, known=(), kernel="python3", own=False):
        """Open a notebook with these cells; see what goes wrong in its page.

        Args:
            name: of the notebook.
            *cells: code.
            panel: whether the panel is opened.
            known: beginnings of errors that are JupyterLab's own.
            kernel: name of the kernel.
            own: whether it gets a page of its own, beside that of other tests.
        """
        (self.folder / name).write_text(notebook(*cells, kernel=kernel))
        wrong, asked = ([], []) if own else (self._wrong, self._asked)
        fresh = own or self._shared is None
        if not fresh:
            self._shared.evaluate(PUT_AWAY, list(self._kept))
        wrong.clear()
        asked.clear()
        page = self._new(wrong, asked) if fresh else self._shared
        if own:
            self._kept.add(name)
        else:
            self._shared = page
        fine = False
        try:
            if fresh or self.view != "lab/tree":  # Notebook 7 has one notebook in a page
                self.open(page, name, panel)
            else:
                page.set_viewport_size(SIZE)
                page.evaluate(OPEN, name)
                self._wait(page, panel)
            yield page
            outside = [u for u in asked if not u.startswith((self.host, "data:", "blob:"))]
            assert asked and not outside, outside
            unknown = [w for w in wrong if not w.startswith((*known, *_ENDED_EARLY))]
            assert not unknown, unknown
            fine = True
        finally:
            self._kept.discard(name)
            if own or not fine:
                shut_down(page, name)
                page.close()
                if not own:
                    self._shared = None

    def _new(self, wrong, asked):
        page = self._context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        return page

    def open(self, page, name, panel=True):
        """Load a notebook in a page."""
        page.evaluate(CLEAN)
        page.goto(f"{self.host}/{self.view}/{name}?{self.token}&reset")
        self._wait(page, panel)

    def _wait(self, page, panel):
        page.wait_for_selector(".jp-NotebookPanel:visible .jp-Cell", timeout=_TIMEOUT)
        if panel:
            page.evaluate("() => void jupyterapp.shell.activateById('kerasnb-panel')")
            page.wait_for_selector(".jp-kerasnb-Panel", state="visible")


def shut_down(page, name):
    """End the kernel of a notebook."""
    page.evaluate(
        """async name => {
          const { sessions } = jupyterapp.serviceManager;
          const mine = [...sessions.running()].filter(one => one.path === name);
          await Promise.all(mine.map(one => sessions.shutdown(one.id)));
        }""",
        name,
    )


@contextmanager
def chromium():
    """Start a browser; skip if there is none."""
    api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here (apt-get install chromium)")
    if not EXTENSIONS and not (Path(sys.prefix) / "share/jupyter/labextensions/kerasnb").exists():
        pytest.skip('kerasnb is not installed (pip install ".[test]")')
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def site(folder):
    """Start a JupyterLab on a folder, and a browser."""
    pytest.importorskip("jupyterlab")
    arguments = [f"--folder={folder}", "--LabApp.expose_app_in_browser=True"]
    if EXTENSIONS:
        arguments.append(f"--LabApp.extra_labextensions_path={EXTENSIONS}")
    with (
        chromium() as browser,
        lab.serve(lab.environment(folder / ".home"), *arguments) as (address, _),
    ):
        yield Site(browser, folder, address)


@contextmanager
def notebook_7(browser, folder):
    """Start a Notebook 7 on a folder, to be looked at with a browser."""
    pytest.importorskip("notebook")
    command = [sys.executable, "-u", "-m", "notebook", "--no-browser", "--port=0", "--allow-root"]
    command += [f"--ServerApp.root_dir={folder}", "--ServerApp.shutdown_no_activity_timeout=120"]
    command.append("--JupyterNotebookApp.expose_app_in_browser=True")
    for app in ("JupyterNotebookApp", "LabApp") if EXTENSIONS else ():
        command.append(f"--{app}.extra_labextensions_path={EXTENSIONS}")
    log = folder / ".log"
    with log.open("w") as writing:
        process = subprocess.Popen(
            command,
            env=lab.environment(folder / ".home"),
            stdout=subprocess.DEVNULL,
            stderr=writing,
        )
    try:
        while not (found := re.search(r"http://127.0.0.1:\d+/\S+", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        lab.wait_until_it_listens(found[0])
        yield Site(browser, folder, found[0], "notebooks")
    finally:
        lab.end(process)


def run_all(page):
    """Run all cells of the notebook in front; do not wait for them."""
    page.evaluate(RUN_ALL_CELLS)


def state(page, *states):
    """Wait until the newest training in the panel is in one of some states."""
    chosen = ", ".join(f'.jp-kerasnb-Card[data-state="{one}"]' for one in states)
    page.wait_for_selector(chosen)


def said(page, cell, text):
    """Wait until an output of a cell of the notebook in front is or holds a text."""
    area = page.locator(".jp-NotebookPanel:visible .jp-Cell").nth(cell)
    area.locator(".jp-OutputArea-output", has_text=text).wait_for()


def output(page, cell):
    """Return the text of a cell's outputs."""
    area = page.locator(".jp-NotebookPanel:visible .jp-Cell").nth(cell).locator(".jp-OutputArea")
    return area.inner_text().strip()


def press_until(page, key, focused):
    """Press a key until an element has the focus; return how often."""
    for count in range(60):
        if page.evaluate("name => document.activeElement?.matches(name)", focused):
            return count
        page.keyboard.press(key)
    raise AssertionError(f"{focused} cannot be reached with {key}")
