"""What was handed in: the notebooks in a folder, and which assignment each belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from .notebooks import Notebook, about, name_of, read

_LARGEST = 20 * 2**20  # bytes of a notebook


class Submission(NamedTuple):
    """A notebook that was handed in.

    Attributes:
        student: name of the folder or file that it came in.
        assignment: name of the assignment; "" if that cannot be told.
        path: where it lies.
        notebook: its content; None if it cannot be read.
        problem: why it cannot be graded, else "".
    """

    student: str
    assignment: str
    path: Path
    notebook: Notebook | None
    problem: str


def collect(folder: Path, known: Mapping[str, Notebook]) -> list[Submission]:
    """Return the submissions in a folder, in the order of students and assignments.

    A notebook may lie as STUDENT/ASSIGNMENT/NOTEBOOK.ipynb, as nbgrader collects them, as
    STUDENT/NOTEBOOK.ipynb, or as STUDENT.ipynb. Which assignment it is of, its graded cells tell;
    if it has none, its name.

    Args:
        folder: where the submissions are.
        known: the assignments by name.
    """
    found = []
    for path in sorted(folder.rglob("*.ipynb")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or len(parts) > 3:
            continue
        student = parts[0] if len(parts) > 1 else path.stem
        found.append(_submission(student, path, known, parts))
    return found


def _submission(
    student: str, path: Path, known: Mapping[str, Notebook], parts: tuple[str, ...]
) -> Submission:
    named = next((part for part in reversed(parts) if Path(part).stem in known), "")
    by_name = Path(named).stem
    try:
        if path.is_symlink():
            raise ValueError("it is a link, not a file")
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST // 2**20} MB")
        notebook = read(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return Submission(student, by_name, path, None, f"{type(error).__name__}: {error}")
    assignment = _by_cells(notebook, known) or by_name
    problem = "" if assignment else "no assignment has its cells or its name"
    return Submission(student, assignment, path, notebook, problem)


def _by_cells(notebook: Notebook, known: Mapping[str, Notebook]) -> str:
    """Return the assignment with most graded cells in a notebook; "" if there is none."""
    names = {name_of(cell) for cell in notebook["cells"]}
    counts = {
        assignment: sum(
            1 for cell in source["cells"] if about(cell).get("grade") and name_of(cell) in names
        )
        for assignment, source in known.items()
    }
    best = max(counts, key=lambda name: counts[name], default="")
    return best if best and counts[best] else ""
