"""Cases of the poolings."""

import itertools

import numpy as np

from tests.layers.contract import Case

NO_DOUBLE = "TensorFlow pools volumes in float32 only"


def pooled(how, size, strides, same=False):
    """Return what pools volumes in NumPy, a window after the other; padding counts as missing."""

    def work(inputs, weights):
        x = inputs[0]
        places, around = [], [(0, 0)]
        for n, k, s in zip(x.shape[1:4], size, strides, strict=True):
            places.append(-(-n // s) if same else (n - k) // s + 1)
            missing = max((places[-1] - 1) * s + k - n, 0)
            around.append((missing // 2, missing - missing // 2))
        x = np.pad(x, [*around, (0, 0)], constant_values=np.nan)
        y = np.empty((len(x), *places, x.shape[-1]))
        for place in itertools.product(*map(range, places)):
            cut = [slice(p * s, p * s + k) for p, s, k in zip(place, strides, size, strict=True)]
            y[(slice(None), *place)] = how(x[(slice(None), *cut)], axis=(1, 2, 3))
        return y

    return work


def sequences():
    return [
        Case((6, 2)),
        Case((7, 2), {"pool_size": 3, "strides": 2}),
        Case((7, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
    ]


def images():
    return [
        Case((4, 6, 2)),
        Case((5, 6, 2), {"pool_size": (2, 3), "strides": (1, 2)}),
        Case((5, 6, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
        Case((5, 4, 1), {"pool_size": 2, "strides": 3, "padding": "same"}),
    ]


def volumes(how):
    uneven = {"pool_size": (2, 3, 2), "strides": 2, "padding": "same"}
    return [
        Case((4, 2, 4, 2), differs=NO_DOUBLE, want=pooled(how, (2, 2, 2), (2, 2, 2))),
        Case(
            (3, 4, 3, 2),
            uneven,
            differs=NO_DOUBLE,
            want=pooled(how, (2, 3, 2), (2, 2, 2), same=True),
        ),
    ]


CASES = {
    "MaxPooling1D": sequences(),
    "MaxPooling2D": images(),
    "MaxPooling3D": volumes(np.nanmax),
    "AveragePooling1D": sequences(),
    "AveragePooling2D": images(),
    "AveragePooling3D": volumes(np.nanmean),
    "GlobalMaxPooling1D": [Case((5, 3))],
    "GlobalMaxPooling2D": [Case((3, 4, 2))],
    "GlobalMaxPooling3D": [Case((2, 3, 2, 2))],
    "GlobalAveragePooling1D": [Case((5, 3), mask="stopped")],
    "GlobalAveragePooling2D": [Case((3, 4, 2))],
    "GlobalAveragePooling3D": [Case((2, 3, 2, 2))],
}
