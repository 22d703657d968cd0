"""The HTML on its own: in a notebook that is not trusted, and where no script may run.

The first is JupyterLab without our renderer; the second is what VS Code, Colab, GitHub and exported
pages have at least.
"""

import os

import numpy as np
import pytest

from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.notebook import show
from kerasnb.notebook.display import MIME
from tests.browser.pages import OPEN
from tests.notebook import models

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = os.environ.get("KERASNB_TEST_PICTURES")

OUTPUTS = "document.querySelectorAll('.jp-NotebookPanel .jp-OutputArea-output')"
DRAWN = f"[...{OUTPUTS}].flatMap(o => [...o.querySelectorAll('img')])"


@pytest.fixture(scope="module")
def displays():
    """A display of each kind."""
    chain, plane = models.chain(), Sequential([Dense(1, input_shape=(2,))])
    chain.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.random.RandomState(0).rand(6, 8, 8, 1), np.arange(6) % 3
    return {
        "summary": show.summary(models.twins()),
        "graph": show.graph(chain),
        "batch": show.graph(chain, x=x, y=y),
        "inspection": show.inspect(chain.layers[0]),
        "activations": show.activations(chain, "conv", x),
        "training": show.training({"loss": [3, 2, 1], "val_loss": [3, 2, 2]}),
        "dataset": show.dataset((x[..., 0], y), predictions=(y + 1) % 3),
        "confusion": show.confusion(y, (y + y // 2) % 3),
        "points": show.points(x.reshape(6, 64), classes=y),
        "timing": show.timing(chain, x, y, seconds=0),
        "surface": show.surface(plane, x.reshape(-1, 2), np.arange(192) % 2),
    }


def test_in_a_notebook_that_is_not_trusted(place, displays):
    nbformat = pytest.importorskip("nbformat")
    written = nbformat.v4.new_notebook()
    for name in ("summary", "graph", "inspection"):
        data = {k: v for k, v in displays[name]._repr_mimebundle_().items() if k != MIME}
        output = nbformat.v4.new_output("display_data", data=data)
        written.cells.append(nbformat.v4.new_code_cell("shown", outputs=[output]))
    written.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (place.folder / "shown.ipynb").write_text(nbformat.writes(written), "utf-8")
    with place.page("before.ipynb", "", panel=False) as page:
        page.evaluate(OPEN, "shown.ipynb")
        page.wait_for_selector(".jp-OutputArea-output details")
        page.wait_for_function(f"() => {DRAWN}.length === 3 && {DRAWN}.every(i => i.complete)")
        pictures = page.evaluate(f"() => {DRAWN}.map(i => [i.naturalWidth, i.alt])")
        aligned = page.evaluate(
            f"() => getComputedStyle({OUTPUTS}[0].querySelector('td div')).textAlign"
        )
    assert len(pictures) == 3 and all(width > 0 and alt for width, alt in pictures)
    assert "left" in aligned


def test_where_no_script_runs(place, displays):
    context = place.browser.new_context(
        java_script_enabled=False, viewport={"width": 900, "height": 900}
    )
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for name, display in displays.items():
        page.set_content(f"<!doctype html>{display._repr_mimebundle_()['text/html']}")
        for picture in page.locator("img").all():
            if picture.is_visible():
                box = picture.bounding_box()
                assert box["width"] > 0 and picture.get_attribute("alt"), name
        folded = page.locator("details")
        for number in range(min(folded.count(), 2)):  # one by mouse, one by keyboard
            one = folded.nth(number)
            inside = one.locator("> :not(summary)").first
            assert inside.is_hidden(), name
            if number:
                one.locator("summary").first.focus()
                page.keyboard.press("Enter")
            else:
                one.locator("summary").first.click()
            inside.wait_for()
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-html.png", full_page=True)
    context.close()
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == []
