"""Calls of array functions that an op makes at every run, written down when a plan is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any


class Calls:
    """Calls of array functions, written down once and made at every run."""

    def __init__(self, xp: Any, dtype: Any) -> None:
        self.xp = xp
        self.dtype = dtype
        self.list: list[Callable[[], Any]] = []
        self._numbers: dict[float, Any] = {}

    def __call__(self, function: Any, *args: Any, **kwargs: Any) -> None:
        self.list.append(partial(function, *args, **kwargs))

    def number(self, value: float) -> Any:
        """Return a number in the type of the arrays: Python's would slow small calls down."""
        if value not in self._numbers:
            self._numbers[value] = self.xp.full((), value, self.dtype)
        return self._numbers[value]

    def work(self, *shape: int) -> Any:
        """Return memory that lasts as long as the calls."""
        return self.xp.empty(shape, self.dtype)

    def works(self, number: int, *shape: int) -> list[Any]:
        """Return several arrays of such memory."""
        return [self.work(*shape) for _ in range(number)]

    def run(self) -> None:
        """Make the calls."""
        for call in self.list:
            call()
