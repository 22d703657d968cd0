"""JupyterLab with kerasnb's extension, in a real browser."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests import lab

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
DISPLAY = """
class Display:
    def _repr_mimebundle_(self, include=None, exclude=None):
        description = {"title": "<b>A title</b>", "text": "one line\\n<img src=x>"}
        return {"application/vnd.kerasnb.v1+json": description, "text/plain": "plain"}
Display()
"""
# Before the kernel has answered, cells sent to it can be lost. Nothing waits for this promise:
# `evaluate` knows no time limit.
RUN_ALL_CELLS = """() => void (async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  await sessionContext.session.kernel.info;
  await jupyterapp.commands.execute('notebook:run-all-cells');
})()"""
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page():
    api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here (apt-get install chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


@pytest.fixture
def folder(tmp_path):
    """A folder that holds one notebook, `display.ipynb`."""
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": "display",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": DISPLAY,
            }
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "display.ipynb").write_text(json.dumps(notebook))
    return tmp_path


@pytest.fixture
def server(folder):
    """The (address, token) of a JupyterLab on that folder, with the installed extension."""
    pytest.importorskip("jupyterlab")
    if not (Path(sys.prefix) / "share/jupyter/labextensions/kerasnb").exists():
        pytest.skip('kerasnb is not installed (pip install ".[test]")')
    arguments = [f"--folder={folder}", "--LabApp.expose_app_in_browser=True"]
    with lab.serve(lab.environment(folder), *arguments) as (address, _):
        yield re.match(r"(http://[^/]*)/.*\?(.*)", address).groups()


def test_a_display_is_drawn_as_text_and_nothing_is_fetched_from_outside(page, server):
    host, token = server
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{host}/lab/tree/display.ipynb?{token}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=90_000)
    page.evaluate(RUN_ALL_CELLS)
    page.wait_for_selector(".jp-OutputArea-output figure", timeout=90_000)

    assert page.inner_text("figure figcaption") == "<b>A title</b>"
    assert page.inner_text("figure pre") == "one line\n<img src=x>"
    assert page.locator('[data-id="kerasnb-panel"]').count() == 1
    outside = [url for url in requests if not url.startswith((host, "data:", "blob:"))]
    assert requests and not outside
