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


class Site:
    """A JupyterLab and a browser.

    Attributes:
        folder: what it serves.
        view: what stands in the address before a notebook's name.
    """

    def __init__(self, browser, folder, address, view="lab/tree"):
        self.browser, self.folder, self.view = browser, folder, view
        self.host, self.token = re.match(r"(http://[^/]*)/.*\?(.*)", address).groups()

    @contextmanager
    def page(self, name, *cells, panel=True, known=(), kernel="python3"):
        """Open a notebook with these cells in a page of its own; see what goes wrong in it.

        Errors that begin with what is `known` are JupyterLab's own.
        """
        (self.folder / name).write_text(notebook(*cells, kernel=kernel))
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(_TIMEOUT)
        page = context.new_page()
        wrong, asked = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        self.open(page, name, panel)
        try:
            yield page
            outside = [u for u in asked if not u.startswith((self.host, "data:", "blob:"))]
            assert asked and not outside, outside
            unknown = [text for text in wrong if not text.startswith(tuple(known))]
            assert not unknown, unknown
        finally:
            shut_down(page)
            context.close()

    def open(self, page, name, panel=True):
        """Load a notebook in a page."""
        page.goto(f"{self.host}/{self.view}/{name}?{self.token}&reset")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=_TIMEOUT)
        if panel:
            page.evaluate("() => void jupyterapp.shell.activateById('kerasnb-panel')")
            page.wait_for_selector(".jp-kerasnb-Panel")


def shut_down(page):
    """End all kernels, so that those of one test do not slow down the next."""
    page.evaluate("() => jupyterapp.serviceManager.sessions.shutdownAll()")


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
