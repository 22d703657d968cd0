"""Cases of the layers that Keras 2 keeps from Keras 1."""

import numpy as np

from tests.layers.contract import Case

GONE = "tf_keras has dropped the layer"


def maxout(inputs, weights):
    kernel, *bias = weights
    return (np.einsum("ni,fio->nfo", inputs[0], kernel) + sum(bias)).max(axis=1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def highway(inputs, weights):
    x, (kernel, carry, *biases) = inputs[0], weights
    bias, carry_bias = biases or (0, 0)
    gate = sigmoid(x @ carry + carry_bias)
    return gate * np.tanh(x @ kernel + bias) + (1 - gate) * x


CASES = {
    "MaxoutDense": [
        Case((4,), {"output_dim": 3}, open=(), differs=GONE, want=maxout),
        Case((4,), {"output_dim": 2, "nb_feature": 2, "bias": False, "W_regularizer": "l2"},
             open=(), differs=GONE, want=maxout),
    ],
    "Highway": [
        Case((4,), {"activation": "tanh"}, open=(), differs=GONE, want=highway),
        Case((3,), {"activation": "tanh", "bias": False, "init": "uniform"}, open=(),
             differs=GONE, want=highway),
    ],
}  # fmt: skip
