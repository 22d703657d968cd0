"""How far a learner is, as the working copies themselves tell: their files are read, none is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kerasnb.cli import chapters
from kerasnb.grading.notebooks import read, source_of, title_of
from kerasnb.notebook.language import CATALOGUES

# An exercise of a notebook: a chapter's, by its magic, or an assignment's, by its function.
_EXERCISE = re.compile(r"^(?:%kerasnb check |check\()(\d+)", re.M)
_RIGHT = re.compile(
    "|".join(
        "^" + re.escape(words["check.right"]).replace(r"\{number\}", r"(\d+)") + "$"
        for words in CATALOGUES.values()
    ),
    re.M,
)


class Progress(NamedTuple):
    """What has been done in a notebook, as it was saved last.

    Attributes:
        run: code cells that have been run.
        cells: code cells that there are.
        right: exercises whose check said so when it was last run.
        exercises: exercises that there are.
    """

    run: int
    cells: int
    right: int
    exercises: int

    @property
    def done(self) -> bool:
        """Whether all exercises are right; a cell left out does no harm."""
        return 0 < self.right == self.exercises


def of(path: Path) -> Progress | None:
    """Return what has been done in a notebook; None if it cannot be read."""
    try:
        cells = read(path.read_text("utf-8"))["cells"]
    except (OSError, ValueError, RecursionError):
        return None
    code = [cell for cell in cells if cell.get("cell_type") == "code" and source_of(cell).strip()]
    asked = {number for cell in code for number in _EXERCISE.findall(source_of(cell))}
    printed = "\n".join(text for cell in code for text in _printed(cell))
    right = {number for found in _RIGHT.findall(printed) for number in found if number}
    run = sum(bool(cell.get("execution_count") or cell.get("outputs")) for cell in code)
    return Progress(run, len(code), len(asked & right), len(asked))


def _printed(cell: dict[str, Any]) -> Iterator[str]:
    """Yield the texts that a cell has printed."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if isinstance(output, dict) and output.get("output_type") == "stream":
            yield source_of({"source": output.get("text")})


def listing(folder: Path, language: str) -> Iterator[str]:
    """Yield lines that tell of each chapter and assignment what has been done in a working copy.

    Args:
        folder: where the working copies are.
        language: "en" or "zh".
    """
    words, names = CATALOGUES[language], list(chapters.files(chapters.source()))
    for kind, place in [("chapters", language), ("assignments", f"assignments/{language}")]:
        yield words[f"progress.{kind}"]
        for name in names:
            if name.rpartition("/")[0] != place or not name.endswith(".ipynb"):
                continue
            known = of(folder / name)
            stem = Path(name).stem
            called = title_of(read((chapters.source() / name).read_text("utf-8")))
            yield f"  {stem:<40} {_figures(known)}  {called}"


def _figures(known: Progress | None) -> str:
    if known is None or not known.run:
        return f"{'-':>6} {'-':>4}"
    return f"{f'{known.run}/{known.cells}':>6} {f'{known.right}/{known.exercises}':>4}"
