"""Cases of the convolutions without shared weights."""

import numpy as np

from tests.layers.contract import Case


def channel_by_channel(size, channels):
    """Return what orders weights for channels first.

    A window is read channel by channel there, and the numbers of a bias as (filters, places).
    """

    def turned(weights):
        kernel = weights[0]
        parts = kernel.reshape(len(kernel), size, channels, -1)
        biases = [np.moveaxis(b, -1, 0).reshape(b.shape) for b in weights[1:]]
        return [np.swapaxes(parts, 1, 2).reshape(kernel.shape), *biases]

    return turned


CASES = {
    "LocallyConnected1D": [
        Case((5, 2), {"filters": 3, "kernel_size": 2}, open=(), first=channel_by_channel(2, 2)),
        Case((6, 2), {"filters": 2, "kernel_size": 3, "strides": 2, "activation": "tanh"}, open=(),
             first=channel_by_channel(3, 2)),
        Case((4, 3), {"filters": 2, "kernel_size": 1, "use_bias": False}, open=()),
    ],
    "LocallyConnected2D": [
        Case((4, 3, 2), {"filters": 2, "kernel_size": 2}, open=(), first=channel_by_channel(4, 2)),
        Case((4, 5, 2), {"filters": 2, "kernel_size": (2, 3), "strides": (2, 1)}, open=(),
             first=channel_by_channel(6, 2)),
    ],
}  # fmt: skip
