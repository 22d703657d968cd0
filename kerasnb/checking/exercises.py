"""Exercises: checks under a number, and what they tell about the learner's own mistakes."""

from __future__ import annotations

import inspect
import linecache
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from ..notebook.language import language, say
from .failure import CheckFailed

Check = Callable[..., None]

EXERCISES: dict[str, Check] = {}
"""The checks of this session, by their numbers."""

_seed = 0


def exercise(number: int | str) -> Callable[[Check], Check]:
    """Make a function the check of an exercise.

    Its arguments are the learner's own functions and values, found by their names.

    Args:
        number: by which `check` finds it. A later check of the same number takes the place of an
            earlier one.
    """

    def keep(function: Check) -> Check:
        EXERCISES[str(number)] = function
        return function

    return keep


def check(*numbers: int | str) -> None:
    """Check exercises and say of each that it is right; without numbers, all that there are.

    Chance is seeded for each check, so that it comes out alike however often it runs, and goes on
    as it was afterwards. In a notebook without exercises of its own the numbers are those of the
    chapters. There it is said, not raised, that an answer is not right yet: the first answer in a
    chapter is meant to be changed, and "run all cells" goes on to the chapter's end.

    Raises:
        CheckFailed: at the first that is not right, with what was expected, what came, and a hint.
    """
    if not EXERCISES:
        _check_chapters(numbers)
        return
    for number in numbers or tuple(EXERCISES):
        function = EXERCISES.get(str(number))
        if function is None:
            raise CheckFailed(say("check.unknown", number=number, known=", ".join(EXERCISES)))
        failure = _seeded(function, function.__globals__)
        if failure is not None:
            raise failure
        print(say("check.right", number=number))


def _check_chapters(numbers: tuple[int | str, ...]) -> None:
    from .chapters import CHAPTERS

    space = sys.modules["__main__"].__dict__  # the notebook
    for number in numbers or tuple(n for n, found in CHAPTERS.items() if found.made_in(space)):
        if str(number) not in CHAPTERS:
            raise CheckFailed(say("check.unknown", number=number, known=", ".join(CHAPTERS)))
        found = CHAPTERS[str(number)]
        failure = _seeded(found.function, space)
        if failure is None:
            print(say("check.right", number=number))
        else:
            print(say("check.not_yet", number=number, message=failure.message))
            print(say("check.hint", hint=failure.hint or found.hints[language()]))


def _seeded(function: Check, space: dict[str, Any]) -> CheckFailed | None:
    """Run a check with chance of its own; return what is wrong, or None."""
    state = np.random.get_state()
    np.random.seed(1000 * _seed + 7)
    try:
        return _failure(function, space)
    finally:
        np.random.set_state(state)


def use_seed(seed: int) -> None:
    """Choose the chance of the checks that follow; 0 at first."""
    global _seed
    _seed = int(seed)


def _failure(function: Check, space: dict[str, Any]) -> CheckFailed | None:
    """Run a check of what is in `space`; return what is wrong, free of stacks, or None."""
    names = list(inspect.signature(function).parameters)
    for name in names:
        if name not in space:
            return CheckFailed(say("check.missing", name=name))
    try:
        function(**{name: space[name] for name in names})
    except CheckFailed as failure:
        return CheckFailed(failure.message, failure.hint)
    except NotImplementedError as error:
        if _line(error, space).startswith("raise NotImplementedError"):
            return CheckFailed(say("check.to_do"))
        return _raised(error, space)
    except Exception as error:
        return _raised(error, space)
    return None


def _raised(error: Exception, space: dict[str, Any]) -> CheckFailed:
    """Return what a learner is told of an error within an exercise: it, and the line it is from."""
    kind, line = type(error).__name__, _line(error, space)
    return CheckFailed(say("check.raised", kind=kind, message=error, line=line))


def _line(error: Exception, space: dict[str, Any]) -> str:
    """Return the innermost line of the notebook itself that an error went through."""
    for frame, number in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_globals is space:
            return linecache.getline(frame.f_code.co_filename, number).strip()
    return ""
