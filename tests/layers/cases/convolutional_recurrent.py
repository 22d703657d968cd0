"""Cases of recurrent layers over images."""

import importlib

import numpy as np

from tests.layers.contract import Case

SHAPE = (3, 5, 4, 2)  # time steps, rows, columns, channels
BASE = {"filters": 2, "kernel_size": (3, 2), "recurrent_activation": "hard_sigmoid"}


def case(settings, mask="stopped", **more):
    settings = {**BASE, **settings}
    label = " ".join(f"{k}={v}" for k, v in settings.items() if k not in BASE) or "plain"
    return Case(SHAPE, settings, label, open=(0, 1, 2), mask=mask, channels=2, **more)


def in_rnn(layers, cell):
    """Put a cell into the layer that applies it; `keras.layers` does not offer ConvRNN2D."""
    module = importlib.import_module(f"{layers.__name__}.convolutional_recurrent")
    return module.ConvRNN2D(cell)


def correlated(x, kernel, padding):
    """Correlation of images (samples, rows, cols, channels) with a kernel."""
    x = np.pad(x, [(0, 0), *padding, (0, 0)])
    rows, cols = kernel.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(x, (rows, cols), axis=(1, 2))
    return np.einsum("nijcab,abcf->nijf", windows, kernel)


def plain(inputs, weights):
    """The last output of ConvLSTM2D, one equation at a time."""
    kernel, recurrent, bias = weights
    h = c = 0 * correlated(inputs[0][:, 0], kernel, [(0, 0), (0, 0)])[..., : recurrent.shape[2]]
    for t in range(inputs[0].shape[1]):
        z = correlated(inputs[0][:, t], kernel, [(0, 0), (0, 0)]) + bias
        z = z + correlated(h, recurrent, [(1, 1), (0, 1)])
        i, f, new, o = np.split(z, 4, axis=-1)
        i, f, o = (np.clip(gate / 5 + 0.5, 0, 1) for gate in (i, f, o))
        c = f * c + i * np.tanh(new)
        h = o * np.tanh(c)
    return h


CELL = {"differs": "tf_keras hides the layer that takes such a cell", "around": in_rnn}
CASES = {
    "ConvLSTM2D": [
        case({}),
        case({"return_sequences": True, "padding": "same"}, mask="passed"),
        case({"return_sequences": True, "go_backwards": True, "strides": 2}, mask="passed"),
        case({"padding": "same", "dilation_rate": (1, 2), "use_bias": False}),
        case({"dropout": 0.3, "recurrent_dropout": 0.3}, random=True),
    ],
    "ConvLSTM2DCell": [case({}, want=plain, **CELL)],
    "ConvRNN2D": [
        Case(
            SHAPE,
            lambda layers: {"cell": layers.ConvLSTM2DCell(**BASE), "go_backwards": True},
            "backwards",
            open=(0, 1, 2),
            mask="stopped",
            differs=CELL["differs"],
            want=lambda inputs, weights: plain([inputs[0][:, ::-1]], weights),
        )
    ],
}
