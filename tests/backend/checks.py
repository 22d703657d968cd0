"""What is checked of every function of K, from one description: a case of the ops' kind."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.graph import checks

FLOATS = ("float32", "float64")


@dataclass
class Case(checks.Case):
    """A function of K with inputs to try it on.

    Attributes:
        samples: inputs whose first axis is that of the samples: the case is tried with one sample
            and with none, too.
    """

    dtypes: tuple[str, ...] = FLOATS
    samples: tuple[int, ...] = ()


def with_samples(case: Case, count: int) -> Case:
    """Return the case with so many samples."""

    def arrays(rng):
        given = case.arrays(rng)
        return [a[:count] if i in case.samples else a for i, a in enumerate(given)]

    made = replace(case, arrays=arrays)
    made.name = case.name
    return made
