"""Boston housing: what houses cost in 506 districts in 1970, and thirteen numbers about each."""

from __future__ import annotations

import numpy as np

from .editions import find, say
from .reading import Arrays, read_npz

FEATURE_NAMES = (
    "CRIM",  # crimes per inhabitant
    "ZN",  # percentage of land for large lots
    "INDUS",  # percentage of land for business other than shops
    "CHAS",  # 1 if the Charles River bounds it
    "NOX",  # nitrogen oxides, parts per ten million
    "RM",  # rooms per dwelling
    "AGE",  # percentage of homes built before 1940
    "DIS",  # distance to five places of work
    "RAD",  # access to highways
    "TAX",  # property tax per 10,000 dollars
    "PTRATIO",  # pupils per teacher
    "B",  # 1000 (Bk - 0.63)^2, Bk being the share of Black residents: see load_data
    "LSTAT",  # percentage of "lower status" residents
)


def load_data(
    path: str = "boston_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
    edition: str | None = None,
    without_b: bool = False,
) -> Arrays:
    """Load the districts. The bundled edition is complete.

    Column B (number 11) was made from the share of Black residents, on the assumption that
    segregation changes what a house is worth. Do not build anything on it but the lesson that
    data carry their makers' assumptions.

    Args:
        path: name of the file in `~/.keras/datasets`.
        test_split: share of the districts for testing, at least 0 and below 1.
        seed: decides the order of the districts.
        edition: 'full', 'mini' or 'auto' (None: see `KERASNB_DATASETS`).
        without_b: leave column B out.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float64, shapes (n, 13), or (n, 12) without
        column B, and (n,): the median price in thousands of dollars.

    Raises:
        ValueError: if `test_split` is out of its range.

    See: Harrison and Rubinfeld, Hedonic prices and the demand for clean air, 1978; Carlisle,
        Racist data destruction?, 2019.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split is at least 0 and below 1; got {test_split}.")
    x, y = read_npz(find("boston_housing", edition, path).paths[0], "x", "y")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    for column in (*x.T, y):  # by columns: no second copy of all
        column[:] = column[order]
    if without_b:
        x = np.delete(x, FEATURE_NAMES.index("B"), axis=1)
    else:
        say(
            "Boston housing: its column B was made from the share of Black residents, under a "
            "racist assumption; load_data(without_b=True) leaves it out."
        )
    split = int(len(x) * (1 - test_split))
    return (x[:split], y[:split]), (x[split:], y[split:])
