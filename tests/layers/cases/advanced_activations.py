"""Cases of the activations with parameters."""

import numpy as np

from tests.layers.contract import Case


def leaky(inputs, weights):
    return np.where(inputs[0] < 0, 0.3 * inputs[0], inputs[0])


CASES = {
    "LeakyReLU": [
        Case((4,), mask="passed", differs="TensorFlow rounds alpha to float32", want=leaky),
        Case((3, 4), {"alpha": 0.125}, mask="passed"),
    ],
    "PReLU": [
        Case((4,), open=(), mask="passed"),
        Case((3, 2, 4), {"shared_axes": [1, 2]}, open=(0, 1), mask="passed"),
        Case((3, 4), {"alpha_initializer": "ones", "alpha_regularizer": "l1"}, open=(),
             mask="passed"),
    ],
    "ELU": [
        Case((4,), mask="passed"),
        Case((3, 4), {"alpha": 0.5}, mask="passed"),
    ],
    "ThresholdedReLU": [
        Case((8,), mask="passed"),
        Case((3, 4), {"theta": 0.3}, mask="passed"),
    ],
    "Softmax": [
        Case((4,), mask="passed"),
        Case((3, 4), {"axis": 1}, mask="passed"),
    ],
    "ReLU": [
        Case((8,), mask="passed"),
        Case((8,), {"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.1}, mask="passed"),
        Case((8,), {"negative_slope": 0.1, "threshold": 0.5}, mask="passed"),
    ],
}  # fmt: skip
