"""Cases of the layers of several inputs."""

import numpy as np

from tests.layers.contract import Case

PAIRS = [[(4,), (4,)], [(3, 4), (3, 4)]]
WITH_ONES = [(3, 4), (3, 1)]


def entrywise(*more):
    return [Case(pair, label=str(pair[0]), mask="passed") for pair in PAIRS] + list(more)


CASES = {
    "Add": entrywise(
        Case([(3, 4), (3, 4), (3, 4)], label="three", mask="passed"),
        Case(WITH_ONES, label="size 1", mask="passed"),
        Case([(4, 4), (4,)], label="fewer axes", mask="passed"),
    ),
    "Subtract": entrywise(),
    "Multiply": entrywise(Case([(3, 4), (3, 4), (3, 4)], label="three", mask="passed")),
    "Average": entrywise(Case([(3, 4), (3, 4), (3, 4)], label="three", mask="passed")),
    "Maximum": entrywise(Case(WITH_ONES, label="size 1", mask="passed")),
    "Minimum": entrywise(Case([(3, 4), (3, 4), (3, 4)], label="three", mask="passed")),
    "Concatenate": [
        Case([(3, 2), (3, 4)], mask="passed"),
        Case([(2, 4), (3, 4), (1, 4)], {"axis": 1},
             mask=lambda masks, inputs: np.concatenate(masks, axis=1)),
        Case([(3, 2, 4), (3, 2, 1)], {"axis": 3}, mask="passed"),
        Case([(3, 2, 4), (3, 5, 4)], {"axis": -2}, mask="passed"),
    ],
    "Dot": [
        Case([(4,), (4,)], {"axes": 1}, mask="stopped"),
        Case([(4,), (4,)], {"axes": -1, "normalize": True}, mask="stopped"),
        Case([(3, 4), (4, 2)], {"axes": (2, 1)}, mask="stopped"),
        Case([(3, 4), (5, 4)], {"axes": 2, "normalize": True}, mask="stopped"),
        Case([(3, 4), (4,)], {"axes": (2, 1)}, mask="stopped"),
        Case([(4, 3), (4, 2)], {"axes": (-2, -2)}, mask="stopped"),
    ],
}  # fmt: skip
