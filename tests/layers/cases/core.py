"""Cases of the core layers."""

import numpy as np

from tests.layers.contract import Case


def squared(x):
    return x * x + 1.0


def product(xs):
    return xs[0] * xs[1]


def relu(inputs, weights):
    x, (kernel, bias) = inputs[0], weights
    return np.maximum(x @ kernel + bias, 0)


CASES = {
    "Dense": [
        Case((4,), {"units": 3}, open=(), mask="passed"),
        Case((4,), {"units": 3, "activation": "relu"}, open=(), mask="passed", want=relu),
        Case((5, 4), {"units": 2, "use_bias": False}, open=(0,), mask="passed"),
        Case((2, 3, 4), {"units": 3, "activation": "softmax"}, open=(0, 1), mask="passed"),
        Case(
            (4,),
            {
                "units": 3,
                "kernel_regularizer": "l2",
                "activity_regularizer": "l1",
                "kernel_constraint": "max_norm",
            },
            open=(),
            mask="passed",
        ),
    ],
    "Activation": [
        Case((4,), {"activation": name}, mask="passed")
        for name in ("relu", "tanh", "sigmoid", "hard_sigmoid", "selu", "exponential", "linear")
    ]
    + [
        Case((3, 4), {"activation": name}, mask="passed")
        for name in ("softmax", "softplus", "softsign", "elu")
    ],
    "Dropout": [
        Case((6,), {"rate": 0.4, "seed": 3}, mask="passed", random=True),
        Case((3, 4), {"rate": 0.5, "noise_shape": (None, 1, 4)}, mask="passed", random=True),
        Case((4,), {"rate": 0.0}, mask="passed"),
    ],
    "SpatialDropout1D": [Case((5, 4), {"rate": 0.3}, mask="passed", random=True)],
    "SpatialDropout2D": [Case((3, 4, 2), {"rate": 0.3}, mask="passed", random=True)],
    "SpatialDropout3D": [Case((2, 3, 2, 2), {"rate": 0.3}, mask="passed", random=True)],
    "Flatten": [
        Case((3, 4), open=()),
        Case((2, 3, 2), open=()),
    ],
    "Reshape": [
        Case((6,), {"target_shape": (3, 2)}),
        Case((3, 4), {"target_shape": (-1, 2)}),
        Case((2, 6), {"target_shape": (12,)}),
        Case((2, 6), {"target_shape": (2, 3, -1)}),
    ],
    "Permute": [
        Case((3, 4), {"dims": (2, 1)}),
        Case((2, 3, 4), {"dims": (3, 1, 2)}),
    ],
    "RepeatVector": [Case((4,), {"n": 3})],
    "Lambda": [
        Case((4,), {"function": squared}, "of one input", mask="stopped"),
        Case([(4,), (4,)], {"function": product}, "of two inputs", mask="stopped"),
        Case((3, 4), {"function": lambda x: x[:, 1:], "output_shape": (2, 4)}, "with a shape",
             mask="stopped"),
        Case((4,), {"function": lambda x, factor: factor * x, "arguments": {"factor": 3.0}},
             "with an argument", mask="stopped"),
        Case((3, 4), {"function": squared, "mask": lambda x, m: m}, "with a mask", mask="passed"),
    ],
    "ActivityRegularization": [Case((3, 4), {"l1": 0.1, "l2": 0.2}, mask="passed")],
    "Masking": [
        Case((3, 4), {"mask_value": 0.0}, mask=lambda m, x: (x[0] != 0).any(axis=-1)),
        Case((3, 2, 2), {"mask_value": 1.5}, mask=lambda m, x: (x[0] != 1.5).any(axis=-1)),
    ],
}  # fmt: skip
