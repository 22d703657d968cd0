"""Cases of cropping, padding and enlarging."""

import numpy as np

from tests.layers.contract import Case


def between(x, factor, axis):
    """Return x with `factor` entries on the line from each entry to the next."""
    x = np.moveaxis(x, axis, 0)
    places = np.arange(factor * len(x)) / factor
    below = places.astype(int)
    above = np.minimum(below + 1, len(x) - 1)
    part = (places - below).reshape(-1, *(1,) * (x.ndim - 1))
    return np.moveaxis(x[below] * (1 - part) + x[above] * part, 0, axis)


def bilinear(rows, cols):
    return lambda inputs, weights: between(between(inputs[0], rows, 1), cols, 2)


HALF_PIXELS = "tf_keras samples at half-pixel centres, Keras 2.3.1 at source = target / factor"

CASES = {
    "Cropping1D": [
        Case((5, 2)),
        Case((5, 2), {"cropping": (0, 3)}),
        Case((5, 2), {"cropping": 2}),
    ],
    "Cropping2D": [
        Case((4, 5, 2)),
        Case((4, 5, 2), {"cropping": ((1, 0), (2, 1))}),
        Case((4, 5, 2), {"cropping": (1, 2)}),
        Case((4, 5, 2), {"cropping": 1}),
    ],
    "Cropping3D": [
        Case((3, 4, 3, 2)),
        Case((3, 4, 3, 2), {"cropping": ((1, 0), (0, 2), (0, 0))}),
        Case((3, 4, 3, 2), {"cropping": (0, 1, 1)}),
    ],
    "ZeroPadding1D": [Case((3, 2)), Case((3, 2), {"padding": (0, 2)})],
    "ZeroPadding2D": [
        Case((2, 3, 2)),
        Case((2, 3, 2), {"padding": ((0, 1), (2, 0))}),
        Case((2, 3, 2), {"padding": (2, 1)}),
    ],
    "ZeroPadding3D": [
        Case((2, 3, 2, 1)),
        Case((2, 3, 2, 2), {"padding": ((0, 1), (2, 0), (0, 0))}),
    ],
    "UpSampling1D": [Case((3, 2)), Case((3, 2), {"size": 3})],
    "UpSampling2D": [
        Case((2, 3, 2)),
        Case((2, 3, 2), {"size": (3, 1)}),
        Case((3, 4, 2), {"interpolation": "bilinear"}, differs=HALF_PIXELS, want=bilinear(2, 2)),
        Case((3, 4, 2), {"size": (3, 2), "interpolation": "bilinear"}, differs=HALF_PIXELS,
             want=bilinear(3, 2)),
    ],
    "UpSampling3D": [Case((2, 2, 3, 1)), Case((2, 1, 3, 2), {"size": (1, 3, 2)})],
}  # fmt: skip
