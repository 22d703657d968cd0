"""What is tried, and how: by damage to what is whole, or by arguments that hypothesis makes up."""

from __future__ import annotations

import gc
import random
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

from kerasnb import backend as K

from .limits import Broken, Late, limited, on_purpose

_LONGEST = 1500  # characters of a case or a traceback in a report


class Found(Exception):
    """A case that is bad: what it was, and what came of it."""

    def __init__(self, case: Any, error: BaseException) -> None:
        trace = "".join(traceback.format_exception(error))
        super().__init__(f"{_short(case)}\n{trace[-_LONGEST:]}")
        self.error = error
        where = [
            f for f in traceback.extract_tb(error.__traceback__) if "/tests/" not in f.filename
        ]
        self.place = f"{Path(where[-1].filename).name}:{where[-1].name}" if where else ""


def _short(case: Any) -> str:
    text = repr(case)
    return text if len(text) < _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


def hold(
    case: Any, use: Callable[[Any], Any], python_says: tuple[type[Exception], ...] = ()
) -> bool:
    """Try one case; return whether it gave a result (and not one of our exceptions).

    Raises:
        Found: if it is bad.
    """
    try:
        with limited(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            use(case)
        return True
    except (Exception, Broken, Late) as error:
        if not on_purpose(error, python_says):
            raise Found(case, error) from error
        return False


class Target:
    """Something that is tried with one seed after the other.

    Args:
        folder: where its files may lie.

    Attributes:
        cases: how many have been tried.
        results: how many of them gave a result.
    """

    python_says: tuple[type[Exception], ...] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases = self.results = 0
        self.prepare()

    def prepare(self) -> None:
        """Make what is needed before."""

    def run(self, seed: int) -> None:
        """Try what a seed stands for.

        Raises:
            Found: if something is bad.
        """
        raise NotImplementedError

    def use(self, case: Any) -> Any:
        """Give a case to kerasnb."""
        raise NotImplementedError

    def _hold(self, case: Any) -> None:
        self.cases += 1
        try:
            self.results += hold(case, self.use, self.python_says)
        finally:
            K.clear_session()


class Damage(Target):
    """Each seed is one case: something whole, damaged."""

    def make(self, chosen: random.Random) -> Any:
        """Return a case."""
        raise NotImplementedError

    def run(self, seed: int) -> None:
        try:
            case = self.make(random.Random(seed))
        except RecursionError:  # nested deeper than Python can make it
            return
        self._hold(case)


class MadeUp(Target):
    """Each seed is some cases that hypothesis draws; of a bad one it looks for the smallest."""

    python_says = (TypeError,)
    strategy: st.SearchStrategy[Any]
    at_once = 25

    def run(self, seed: int) -> None:
        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=self.at_once,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
            suppress_health_check=list(hypothesis.HealthCheck),
            verbosity=hypothesis.Verbosity.quiet,
        )
        @hypothesis.given(self.strategy)
        def attempt(case: Any) -> None:
            self._hold(case)

        attempt()
        gc.collect()
