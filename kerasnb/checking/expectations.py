"""Small checks that can be put together: shapes, values, gradients, accuracies, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend as K
from ..notebook.language import say
from .failure import CheckFailed


def expect(condition: Any, message: str, hint: str = "") -> None:
    """Fail with `message`, whole sentences of the author's, unless `condition` holds."""
    if not condition:
        raise CheckFailed(message, hint)


def expect_shape(what: str, got: Any, shape: tuple[int | None, ...], hint: str = "") -> None:
    """Fail unless `got` has this shape.

    Args:
        what: what it is, as the learner writes it, such as "predict(x)".
        got: array or symbolic tensor.
        shape: sizes; None stands for any.
        hint: where to look; it should not be the answer.
    """
    try:
        found = tuple(K.int_shape(got)) if K.is_tensor(got) else np.shape(got)
    except ValueError:  # lists of several lengths
        found = ()
    fits = len(found) == len(shape) and all(
        wanted is None or size == wanted for size, wanted in zip(found, shape, strict=True)
    )
    if not fits:
        raise CheckFailed(say("check.shape", what=what, got=found, expected=shape), hint)


def expect_equal(what: str, got: Any, expected: Any, hint: str = "") -> None:
    """Fail unless `got` is `expected`: a number of things, a name, a list of them."""
    try:
        as_many = np.shape(got) == np.shape(expected)
    except ValueError:  # lists of several lengths
        as_many = True
    if got is not expected and not (as_many and np.all(np.asarray(got == expected))):
        raise CheckFailed(
            say("check.values", what=what, got=brief(got), expected=brief(expected)), hint
        )


def expect_values(
    what: str, got: Any, expected: Any, tolerance: float = 1e-5, hint: str = ""
) -> None:
    """Fail unless all values are near the expected ones, and the shapes the same.

    Args:
        what: what it is, as the learner writes it.
        got: numbers, however nested.
        expected: numbers.
        tolerance: how far each value may be off, of the expected value or of 1, whichever is more.
        hint: where to look.
    """
    right = np.asarray(expected)
    found = _numbers(what, got)
    expect_shape(what, found, right.shape, hint)
    off = np.abs(found - right) > tolerance * np.maximum(1, np.abs(right))
    off |= np.isnan(found) != np.isnan(right)
    if not off.any():
        return
    if right.size <= 6:
        text = say("check.values", what=what, got=brief(found), expected=brief(right))
    else:
        place = tuple(int(i) for i in np.argwhere(off)[0])
        text = say(
            "check.values_at",
            what=what,
            at=place if len(place) > 1 else place[0],
            got=brief(found[place]),
            expected=brief(right[place]),
            count=int(off.sum()),
            all=right.size,
        )
    raise CheckFailed(text, hint)


def expect_gradient(
    what: str,
    got: Any,
    function: Callable[[np.ndarray], Any],
    at: Any,
    tolerance: float = 1e-4,
    hint: str = "",
) -> None:
    """Fail unless `got` is the gradient of `function`, measured by central differences.

    Args:
        what: what it is, as the learner writes it.
        got: gradient to be checked, of the shape of `at`.
        function: gives a number for an array of the shape of `at`.
        at: where the gradient is taken.
        tolerance: how far each value may be off, of the slope or of 1, whichever is more.
        hint: where to look.
    """
    point = np.array(at, dtype="float64")
    found = _numbers(what, got)
    expect_shape(what, found, point.shape, hint)
    step = 1e-5
    for place in np.ndindex(point.shape):
        ends = []
        for sign in (1, -1):
            moved = point.copy()
            moved[place] += sign * step
            ends.append(float(function(moved)))
        slope = (ends[0] - ends[1]) / (2 * step)
        if not abs(found[place] - slope) <= tolerance * max(1.0, abs(slope)):
            where = place if len(place) > 1 else place[0] if place else ""
            text = say(
                "check.gradient",
                what=what,
                at=where,
                got=brief(found[place]),
                expected=brief(slope),
            )
            raise CheckFailed(text, hint)


def expect_accuracy(what: str, got: Any, at_least: float, hint: str = "") -> None:
    """Fail unless a share of right answers is high enough.

    Choose `at_least` below what the right solution reaches with the unluckiest of several seeds,
    and above what the wrong ones reach with the luckiest.

    Args:
        what: what was measured.
        got: share from 0 to 1, or (model, x, y) of a model compiled with the metric accuracy.
        at_least: the least it may be.
        hint: where to look.
    """
    if isinstance(got, tuple):
        model, x, y = got
        names = list(getattr(model, "metrics_names", ()))
        place = next((i for i, name in enumerate(names) if name in ("accuracy", "acc")), None)
        if place is None:
            raise CheckFailed(say("check.no_accuracy", what=what), hint)
        got = model.evaluate(x, y, verbose=0)[place]
    found = float(_numbers(what, got))
    if not found >= at_least:
        text = say("check.accuracy", what=what, got=f"{found:.1%}", least=f"{at_least:.1%}")
        raise CheckFailed(text, hint)


def expect_at_most(what: str, got: Any, most: float, hint: str = "") -> None:
    """Fail if a number (a loss, an error) is larger than `most`, or not a number at all."""
    found = float(_numbers(what, got))
    if not found <= most:
        raise CheckFailed(say("check.most", what=what, got=brief(found), most=brief(most)), hint)


def expect_raises(
    what: str, call: Callable[[], Any], kind: type[Exception], hint: str = ""
) -> None:
    """Fail unless `call()` raises an error of this kind."""
    try:
        got = call()
    except kind:
        return
    raise CheckFailed(say("check.no_error", what=what, kind=kind.__name__, got=brief(got)), hint)


def brief(value: Any) -> str:
    """Return a value in a few characters."""
    if isinstance(value, np.ndarray | np.generic | float):
        text = np.array2string(
            np.asarray(value), precision=5, suppress_small=True, threshold=12, separator=", "
        )
    else:
        text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


def _numbers(what: str, got: Any) -> np.ndarray:
    """Return `got` as an array, or say that it holds no numbers."""
    if K.is_tensor(got):
        raise CheckFailed(say("check.symbolic", what=what))
    try:
        if got is None:  # would be not-a-number
            raise TypeError
        return np.asarray(got, dtype="float64")
    except (TypeError, ValueError):
        message = say("check.no_numbers", what=what, got=brief(got), kind=type(got).__name__)
        raise CheckFailed(message) from None
