"""The widgets without a page: the guide's examples, in plain Python and in an executed notebook."""

import re
from pathlib import Path

import pytest

pytest.importorskip("ipywidgets")

from tests.notebook.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/widgets.md", "docs/widgets.zh-CN.md")
WIDGET = "application/vnd.jupyter.widget-view+json"


def examples(page):
    return re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.M | re.S)


@pytest.mark.parametrize("page", PAGES)
def test_the_guide_in_plain_python(page, capsys):
    space: dict = {"__name__": "__main__"}
    for example in examples(page):
        # The data go to the user's names: these are its own here.
        example = example.replace('DatasetLoader("mnist"', 'DatasetLoader("mnist", globals()')
        exec(example, space)
    assert space["inspector"].layer == "dense_1" and len(space["curves"].runs) == 2
    assert space["browser"].description["total"] == 223  # a ninth of 2,000
    assert space["playground"].accuracy >= 0.85 and "8" in space["task"].value
    assert "Dense(8" in capsys.readouterr().out


def test_both_languages_have_the_same_examples():
    english, chinese = (
        [re.sub(r'(#|f?").*', "", line) for text in examples(page) for line in text.splitlines()]
        for page in PAGES
    )
    assert english == chinese


@pytest.mark.slow
def test_the_guide_in_an_executed_notebook(tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    nbconvert = pytest.importorskip("nbconvert")
    pytest.importorskip("ipykernel")
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cells = ["%load_ext kerasnb\n%kerasnb language en", *examples(PAGES[0]), "playground"]
    cells += ["playground.playing = True", "playground.epoch"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(made, timeout=300, kernel_name="python3").execute()
    nbformat.validate(made)
    (bundle,) = [o["data"] for o in made.cells[-3].outputs if WIDGET in o.get("data", {})]
    page = Page(bundle["text/html"])
    assert any("Decision surface" in image["alt"] for image in page.images)
    assert "Decision surface" in bundle["text/plain"]
    # Without the widgets' state, as on GitHub, the pictures are there.
    made.metadata.pop("widgets")
    html, _ = nbconvert.HTMLExporter().from_notebook_node(made)
    assert "Decision surface: the ground has the colour" in html
