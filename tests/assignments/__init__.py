"""What students would hand in, as small text files, one for each assignment.

    === wrong: no bias
    @ predict
    x @ weights + bias => x @ weights

`wrong` or `right`, and what it is about. `@ predict` names the cell that is done in another way than
in the solution: by lines `old => new` that change the solution (\\n stands for a new line), or by what
stands in its place. Several cells may follow each other. Lines with `#` before the first are comments.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks" / "assignments"
HERE = Path(__file__).parent
NAMES = [path.stem for path in sorted((FOLDER / "en").glob("*.ipynb"))]


class Attempt(NamedTuple):
    """A solution that a student would write."""

    assignment: str
    right: bool
    about: str
    cells: dict[str, str]

    def __str__(self) -> str:
        return f"{self.assignment} {self.about}"


def attempts(assignment: str) -> list[Attempt]:
    """Return the attempts at an assignment."""
    text = (HERE / f"{assignment}.txt").read_text("utf-8")
    found = []
    for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        head, body = part.split("\n", 1)
        kind, about = head.split(": ", 1)
        assert kind in ("wrong", "right"), head
        pieces = re.split(r"^@ (.*)\n", body, flags=re.MULTILINE)[1:]
        cells = {name.strip(): text for name, text in zip(pieces[::2], pieces[1::2], strict=True)}
        assert cells, head
        found.append(Attempt(assignment, kind == "right", about, cells))
    return found


def load(assignment: str, language: str = "en") -> dict:
    """Return the teacher's notebook of an assignment."""
    return json.loads((FOLDER / language / f"{assignment}.ipynb").read_text("utf-8"))


def altered(source: str, change: str) -> str:
    """Return a cell's solution as an attempt has it."""
    if " => " in change:
        for line in change.strip("\n").splitlines():
            old, new = (part.replace("\\n", "\n") for part in (line + " ").split(" => ", 1))
            new = new.removesuffix(" ")
            assert old in source, f"{old!r} is not in the solution"
            source = source.replace(old, new)
        return source
    region = r"( *### BEGIN SOLUTION\n).*?( *### END SOLUTION)"
    return re.sub(
        region, lambda m: m[1] + change.strip("\n") + "\n" + m[2], source, flags=re.DOTALL
    )


def attempted(attempt: Attempt, language: str = "en") -> dict:
    """Return the teacher's notebook with an attempt in the place of the solution."""
    notebook = load(attempt.assignment, language)
    names = [cell["id"] for cell in notebook["cells"]]
    assert attempt.cells.keys() <= set(names), attempt
    for cell in notebook["cells"]:
        if cell["id"] in attempt.cells:
            cell["source"] = altered("".join(cell["source"]), attempt.cells[cell["id"]])
    return notebook
