"""Cases of the layers named after cuDNN."""

import numpy as np

from tests.graph.cases.rnn import gru, lstm
from tests.layers.contract import Case


def driven(x, kernel):
    return np.einsum("ntd,dk->tnk", x, kernel)


def read(kernel, gates):
    """The kernel as cuDNN reads it: each gate's numbers in a row are (units, inputs)."""
    parts = np.split(kernel, gates, axis=1)
    return np.hstack([part.ravel().reshape(part.shape[::-1]).T for part in parts])


def cudnn_lstm(inputs, weights):
    *kernels, bias = weights
    kernel, recurrent = (read(w, 4) for w in kernels)
    z = driven(inputs[0], kernel) + bias.reshape(2, -1).sum(0)
    zeros = np.zeros((len(inputs[0]), len(recurrent)))
    return lstm(z, recurrent, zeros, zeros)[0].swapaxes(0, 1)


def cudnn_gru(inputs, weights):
    *kernels, bias = weights
    kernel, recurrent = (read(w, 3) for w in kernels)
    units = len(recurrent)
    first, second = bias.reshape(2, -1)
    z = driven(inputs[0], kernel) + first
    z[:, :, : 2 * units] += second[: 2 * units]
    zeros = np.zeros((len(inputs[0]), units))
    return gru(z, recurrent, zeros, second[2 * units :], reset_after=True)[0].swapaxes(0, 1)


GPU = "it runs on NVIDIA's GPUs only"
SETTINGS = {"units": 2, "return_sequences": True}
CASES = {
    "CuDNNLSTM": [Case((4, 3), SETTINGS, open=(0,), differs=GPU, want=cudnn_lstm)],
    "CuDNNGRU": [Case((4, 3), SETTINGS, open=(0,), differs=GPU, want=cudnn_gru)],
}
