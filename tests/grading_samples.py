"""Made-up submissions of the first assignment, and the marks that they should get.

Three of its cells are graded by tests: predict (2 points), update (3), train (3).
"""

from __future__ import annotations

import json
from pathlib import Path

from kerasnb.grading.notebooks import for_students, source_of
from tests.assignments import FOLDER, load

NAME = "01-perceptron"

_LOOP = "def train(x, y, epochs=20, rate=0.1):\n    while True:\n        pass\n"
_STUBBORN = (
    "def predict(x, weights, bias):\n"
    "    while True:\n"
    "        try:\n"
    "            while True:\n"
    "                pass\n"
    "        except BaseException:\n"
    "            continue\n"
)
_PRINTS = 'for _ in range(100):\n    print("x" * 79 + "\\n" + "y" * 1_000_000)\n'
_LINES = 'for _ in range(1_250_000):\n    print("y" * 79)\n'  # 100 MB, too
# Looks for the teacher's notebook, where nbgrader or the checkout would have it, and runs it.
_THIEF = f"""
import json
from pathlib import Path

places = ["../../../source/{NAME}/{NAME}.ipynb", {str(FOLDER / "en" / NAME) + ".ipynb"!r}]
cells = []
for place in places:
    try:
        cells = json.loads(Path(place).read_text("utf-8"))["cells"]
    except OSError as error:
        print("not found:", error)
for cell in cells:
    if cell["id"] in ("predict", "update", "train"):
        exec("".join(cell["source"]))
"""


def submissions(thief_reads_checkout: bool = True) -> dict[str, tuple[str, list[float]]]:
    """Return, by student, the text of a notebook and the points of its three tests.

    Args:
        thief_reads_checkout: whether the one that looks for the solution tries this checkout, too,
            which only `kerasnb grade` protects.
    """
    whole = _solved("predict", "update", "train")
    thief = _THIEF if thief_reads_checkout else _THIEF.replace(str(FOLDER), "/nowhere")
    return {
        "right": (whole, [2, 3, 3]),
        "half": (_solved("predict", "update"), [2, 3, 0]),
        "empty": (_solved(), [0, 0, 0]),
        "syntax": (_with(whole, "update", "def update(weights, bias:\n    return\n"), [2, 0, 0]),
        "loop": (_with(whole, "train", _LOOP), [2, 3, 0]),
        "thief": (_with(_solved(), "predict", thief), [0, 0, 0]),
        "prints": (_with(whole, "predict", _PRINTS, after=True), [2, 3, 3]),
        "lines": (_with(whole, "predict", _LINES, after=True), [2, 3, 3]),
    }


def stubborn() -> str:
    """Return a submission that does not let itself be interrupted."""
    return _with(_solved("predict", "update", "train"), "predict", _STUBBORN)


def written(folder: Path, texts: dict[str, str]) -> Path:
    """Write submissions as nbgrader collects them: STUDENT/ASSIGNMENT/NOTEBOOK.ipynb."""
    for student, text in texts.items():
        place = folder / student / NAME / f"{NAME}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(text, "utf-8")
    return folder


def with_cell(name: str, source: str, after: bool = False) -> str:
    """Return a right submission but for one cell."""
    return _with(_solved("predict", "update", "train"), name, source, after)


def _solved(*names: str) -> str:
    teachers = {cell["id"]: cell for cell in load(NAME)["cells"]}
    notebook = for_students(load(NAME), "en")
    for cell in notebook["cells"]:
        if cell["id"] in names:
            cell["source"] = source_of(teachers[cell["id"]]).replace("### ", "# ")
    return json.dumps(notebook)


def _with(text: str, name: str, source: str, after: bool = False) -> str:
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["id"] == name:
            cell["source"] = source_of(cell) + "\n\n" + source if after else source
    return json.dumps(notebook)
