"""Assignments as notebooks: their cells by nbgrader's metadata, and the versions students get."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

Notebook = dict[str, Any]

STUBS = {
    "en": ("# YOUR CODE HERE\nraise NotImplementedError()", "YOUR ANSWER HERE"),
    "zh": ("# 在这里写你的代码\nraise NotImplementedError()", "在这里写你的回答"),
}


class Cell(NamedTuple):
    """A cell of a notebook that is run, or read by a teacher.

    Attributes:
        name: its grade_id, or its own id.
        source: its code or text.
        points: what it is worth; None if it is not graded.
        code: whether it is run.
    """

    name: str
    source: str
    points: float | None
    code: bool


def source_of(cell: dict[str, Any]) -> str:
    """Return a cell's text, which files keep as a string or as lines; "" if it is neither."""
    text = cell.get("source", "")
    if isinstance(text, list):
        return "".join(map(str, text))
    return text if isinstance(text, str) else ""


def about(cell: dict[str, Any]) -> dict[str, Any]:
    """Return what nbgrader knows of a cell."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def name_of(cell: dict[str, Any]) -> str:
    """Return the name by which a cell is found again: the grade_id, or where it is lost, the id."""
    return str(about(cell).get("grade_id") or cell.get("id") or "")


def title_of(notebook: Notebook) -> str:
    """Return a notebook's title: the first line of its first cell, or ""."""
    first = source_of(notebook["cells"][0]) if notebook["cells"] else ""
    return first.partition("\n")[0].lstrip("# ")


def read(text: str) -> Notebook:
    """Return a notebook from its text.

    Raises:
        ValueError: if it is none.
    """
    notebook = json.loads(text)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ValueError("no notebook: it has no list of cells")
    return notebook


def assignments(folder: Path) -> dict[str, Path]:
    """Return the assignments in a folder by name: NAME.ipynb, or as nbgrader has them, NAME/NAME.ipynb."""
    found = [*folder.glob("*.ipynb"), *folder.glob("*/*.ipynb")]
    return {path.stem: path for path in sorted(found)}


def for_students(notebook: Notebook, language: str) -> Notebook:
    """Return the version that students get: without solutions, hidden tests and outputs.

    It is what nbgrader's `generate_assignment` makes of the same marks, with a language of its own
    for what stands in the place of a solution.
    """
    made = copy.deepcopy(notebook)
    for cell in made["cells"]:
        known = about(cell)
        text = source_of(cell)
        if known.get("solution"):
            stub = STUBS[language][cell["cell_type"] != "code"]
            text = _without(text, "SOLUTION", stub)
        if known.get("grade"):
            text = _without(text, "HIDDEN TESTS", "")
        cell["source"] = text.splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return made


def _without(text: str, mark: str, stub: str) -> str:
    """Return text with each region between two marks replaced by a stub, indented as it was."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if f"### BEGIN {mark}" in line:
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            kept += [indent + part for part in stub.splitlines()]
        elif f"### END {mark}" in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def to_run(submission: Notebook, source: Notebook) -> list[Cell]:
    """Return the cells of a submission as they are graded.

    Cells that were locked come from the teacher's notebook, whatever became of them: where they
    stand in the submission, or, if they are missing, after the one that they followed.
    """
    locked = {
        name_of(cell): cell
        for cell in source["cells"]
        if about(cell).get("locked") or about(cell).get("grade")
    }
    cells: list[Cell] = []
    for cell in submission["cells"]:
        name = name_of(cell)
        original = locked.get(name)
        if original is not None and any(name == known.name for known in cells):
            continue  # a copy
        if original is not None and about(original).get("locked"):
            cell = original
        cells.append(_cell(cell, original))
    names = [name_of(cell) for cell in source["cells"]]
    for place, name in enumerate(names):
        if name in locked and all(name != cell.name for cell in cells):
            before = [i for i, cell in enumerate(cells) if cell.name in names[:place]]
            blank = _cell(locked[name], locked[name])
            if about(locked[name]).get("solution"):
                blank = blank._replace(source="")  # an answer that was not handed in
            cells.insert(before[-1] + 1 if before else 0, blank)
    return cells


def _cell(cell: dict[str, Any], original: dict[str, Any] | None) -> Cell:
    known = about(original) if original is not None else {}
    points = float(known.get("points", 0)) if known.get("grade") else None
    kind = (original or cell).get("cell_type")
    return Cell(name_of(cell), source_of(cell), points, kind == "code")


def plain_python(source: str) -> str:
    """Return a cell's code without what only IPython understands.

    `%load_ext kerasnb` does what it is for; other magics and `!commands` are left out.
    """
    lines = []
    for number, line in enumerate(source.splitlines()):
        if re.fullmatch(r"%load_ext\s+kerasnb\s*", line):
            line = "import kerasnb as _kerasnb; _kerasnb.install_as_keras()"
        elif line.startswith("!") or line.startswith("%") and (number == 0 or line[1:2] != "%"):
            line = "pass"
        lines.append(line)
    return "\n".join(lines) + "\n"
