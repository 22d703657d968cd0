"""Checks of a learner's work: each says what was expected of what, what came, and a hint.

    from kerasnb.checking import exercise, expect_shape, expect_values

    @exercise(1)
    def check_double(double):  # the learner's `double`, by its name
        expect_shape("double(x)", double(x), (3,))
        expect_values("double(x)", double(x), 2 * x, hint="twice, not squared")

    kerasnb.check(1)  # or, in a notebook: %kerasnb check 1

Nothing of this is imported by `import kerasnb`.
"""

from __future__ import annotations

from .exercises import EXERCISES, check, exercise, use_seed
from .expectations import (
    expect,
    expect_accuracy,
    expect_at_most,
    expect_equal,
    expect_gradient,
    expect_raises,
    expect_shape,
    expect_values,
)
from .failure import CheckFailed
from .models import expect_changed, expect_model, expect_unchanged

__all__ = [
    "EXERCISES",
    "CheckFailed",
    "check",
    "exercise",
    "expect",
    "expect_accuracy",
    "expect_at_most",
    "expect_changed",
    "expect_equal",
    "expect_gradient",
    "expect_model",
    "expect_raises",
    "expect_shape",
    "expect_unchanged",
    "expect_values",
    "use_seed",
]
