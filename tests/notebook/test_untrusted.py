"""The HTML in a real JupyterLab, in a notebook that is not trusted and without our renderer."""

import re
from pathlib import Path

import pytest

from kerasnb.notebook import show
from kerasnb.notebook.display import MIME
from tests import lab
from tests.notebook import models

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]

OUTPUTS = "document.querySelectorAll('.jp-OutputArea-output')"
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
PICTURES = f"[...{OUTPUTS}].flatMap(o => [...o.querySelectorAll('img')])"


@pytest.fixture
def notebook(tmp_path):
    """A notebook with outputs, written by somebody else."""
    nbformat = pytest.importorskip("nbformat")
    written = nbformat.v4.new_notebook()
    chain = models.chain()
    for display in (show.summary(models.twins()), show.graph(chain), show.inspect(chain.layers[0])):
        data = {k: v for k, v in display._repr_mimebundle_().items() if k != MIME}
        output = nbformat.v4.new_output("display_data", data=data)
        written.cells.append(nbformat.v4.new_code_cell("shown", outputs=[output]))
    written.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (tmp_path / "shown.ipynb").write_text(nbformat.writes(written), "utf-8")
    return tmp_path


def test_pictures_and_tables_are_there(notebook):
    pytest.importorskip("jupyterlab")
    api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here (apt-get install chromium)")
    with (
        lab.serve(lab.environment(notebook), f"--folder={notebook}") as (address, _),
        api.sync_playwright() as playwright,
    ):
        host, token = re.match(r"(http://[^/]*)/.*\?(.*)", address).groups()
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1200, "height": 2500})
        page.goto(f"{host}/lab/tree/shown.ipynb?{token}&reset")
        page.wait_for_selector(".jp-OutputArea-output details", timeout=90_000)
        page.wait_for_function(f"() => {PICTURES}.length && {PICTURES}.every(i => i.complete)")
        pictures = page.evaluate(f"() => {PICTURES}.map(i => [i.naturalWidth, i.alt])")
        aligned = page.evaluate(
            f"() => getComputedStyle({OUTPUTS}[0].querySelector('td div')).textAlign"
        )
        # A server that is told to end while a kernel starts takes its time.
        page.wait_for_selector(IDLE, state="attached", timeout=90_000)
        browser.close()
    assert len(pictures) == 3 and all(width > 0 and alt for width, alt in pictures)
    assert "left" in aligned
