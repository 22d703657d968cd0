"""What came of grading: a table for the teacher, a page for each student."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from ..notebook.language import language, say
from .marks import Graded, Mark

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #ccc; padding: .4rem; text-align: left; vertical-align: top }
td.number { text-align: right; white-space: nowrap }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-size: .9rem }
.problem { border-left: 4px solid #b3261e; padding-left: 1rem }
"""


def write_csv(path: Path, graded: Iterable[Graded]) -> None:
    """Write one line for each submission: points, what is to be read, problems, single marks."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # -sig: spreadsheets see UTF-8
        table = csv.writer(file)
        table.writerow(["student", "assignment", "points", "of", "to_read", "problem", "marks"])
        for one in graded:
            marks = " ".join(f"{mark.name}={_points(mark)}" for mark in one.marks)
            row = [one.student, one.assignment, f"{one.points:g}", f"{one.most:g}"]
            table.writerow([*map(_safe, [*row, f"{one.to_read:g}", one.problem, marks])])


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: names are the students' choice."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _points(mark: Mark) -> str:
    return "?" if mark.points is None else f"{mark.points:g}"


def write_feedback(folder: Path, graded: Sequence[Graded]) -> list[Path]:
    """Write a page for each submission into FOLDER/STUDENT/; return where they are."""
    written = []
    for one in graded:
        name = one.assignment or "feedback"
        path = folder / one.student / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(one), "utf-8")
        written.append(path)
    return written


def page(one: Graded) -> str:
    """Return the page of a submission as HTML."""
    title = f"{one.assignment}: {one.student}"
    parts = [
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<meta charset="utf-8">',
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>",
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(say('grade.sum', points=f'{one.points:g}', most=f'{one.most:g}'))}",
    ]
    if one.to_read:
        parts[-1] += " " + escape(say("grade.sum_to_read", most=f"{one.to_read:g}"))
    if one.problem:
        parts.append(f'<p class="problem">{escape(one.problem)}')
    heads = "".join(f"<th>{escape(say(f'grade.{name}'))}" for name in ("cell", "points", "said"))
    parts.append(f"<table>\n<tr>{heads}")
    for mark in one.marks:
        said = mark.message or mark.text
        if mark.points is None:
            said = say("grade.read_by_teacher") + "\n" + said
        elif not said:
            said = say("grade.right")
        points = f"{_points(mark)} / {mark.most:g}"
        row = f'<td>{escape(mark.name)}<td class="number">{points}<td><pre>{escape(said)}</pre>'
        parts.append(f"<tr>{row}")
    parts.append("</table>")
    for heading, rows in (("grade.errors", one.errors), ("grade.printed", one.printed)):
        if rows:
            parts.append(f"<h2>{escape(say(heading))}</h2>\n<table>")
            parts += [f"<tr><td>{escape(a)}<td><pre>{escape(b)}</pre>" for a, b in rows]
            parts.append("</table>")
    return "\n".join(parts) + "\n</html>\n"
