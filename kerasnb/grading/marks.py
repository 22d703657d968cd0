"""Marks: what a submission gets for each graded cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..notebook.language import say
from .collect import Submission
from .notebooks import Notebook, to_run
from .process import Limits, run


class Mark(NamedTuple):
    """A graded cell.

    Attributes:
        name: its grade_id.
        points: what it got; None for a text, which a teacher reads.
        most: what it is worth.
        message: what was wrong.
        text: a text to be read.
    """

    name: str
    points: float | None
    most: float
    message: str = ""
    text: str = ""


class Graded(NamedTuple):
    """A graded submission.

    Attributes:
        student, assignment: whose and which it is.
        marks: of its graded cells.
        errors: (cell, message) of other cells that failed.
        printed: what cells printed, by their names.
        problem: what kept it from being graded to its end, else "".
        seconds: how long its cells took.
    """

    student: str
    assignment: str
    marks: tuple[Mark, ...]
    errors: tuple[tuple[str, str], ...] = ()
    printed: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """Points that were given; texts do not count yet."""
        return sum(mark.points or 0.0 for mark in self.marks)

    @property
    def most(self) -> float:
        """Points that could be had for code."""
        return sum(mark.most for mark in self.marks if mark.points is not None)

    @property
    def to_read(self) -> float:
        """Points that a teacher has still to give."""
        return sum(mark.most for mark in self.marks if mark.points is None)


def grade(
    submission: Submission,
    source: Notebook | None,
    limits: Limits,
    protected: Sequence[str],
    language: str,
) -> Graded:
    """Grade one submission in a process of its own.

    Args:
        submission: what was handed in.
        source: the teacher's notebook of the assignment.
        limits: what it may use.
        protected: folders that it must not read.
        language: of the messages.
    """
    student, assignment = submission.student, submission.assignment
    if source is None:
        return Graded(student, assignment, (), problem=submission.problem)
    if submission.notebook is None:
        nothing = to_run({"cells": []}, source)
        marks = tuple(
            Mark(cell.name, 0.0 if cell.code else None, cell.points)
            for cell in nothing
            if cell.points is not None
        )
        return Graded(student, assignment, marks, problem=submission.problem)
    cells = to_run(submission.notebook, source)
    outcome = run(cells, limits, protected, language)
    found, errors, printed = [], [], []
    for cell in cells:
        told: dict[str, Any] = outcome.told.get(cell.name, {})
        message = told.get("message") or ("" if told else say("grade.not_run"))
        if cell.points is not None and cell.code:
            # Nothing but a success that was told of counts.
            got = cell.points if told.get("ok") is True else 0.0
            found.append(Mark(cell.name, got, cell.points, "" if got else str(message)))
        elif cell.points is not None:
            found.append(Mark(cell.name, None, cell.points, text=cell.source))
        elif cell.code and told and not told.get("ok"):
            errors.append((cell.name, str(message)))
        if told.get("output"):
            printed.append((cell.name, str(told["output"])))
    problem = say(f"grade.ended_{outcome.ended}") if outcome.ended else ""
    if outcome.ended == "died" and outcome.last_words.strip():
        problem += " " + outcome.last_words.strip().splitlines()[-1]
    seconds = sum(float(told.get("seconds") or 0) for told in outcome.told.values())
    return Graded(
        student, assignment, tuple(found), tuple(errors), tuple(printed), problem, round(seconds, 1)
    )
