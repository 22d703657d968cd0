"""Errors of K say which function, what it got and what it needs."""

import re

import numpy as np
import pytest

from kerasnb import backend as K

X2, X3, X4 = (K.placeholder(s) for s in ((None, 3), (2, 3, 4), (2, 5, 5, 3)))
INT = K.placeholder((2,), dtype="int32")


def kernel(*shape):
    return K.placeholder(shape)


WRONG = {
    "sum (reduce_sum): got axis 2 for a tensor with 2 axes; needs -2 to 1": lambda: K.sum(X2, 2),
    "max (reduce_max): got axis -3": lambda: K.max(X2, -3),
    "mean (reduce_mean): got axis 5": lambda: K.mean(X2, [0, 5]),
    "std (reduce_mean): got axis 3": lambda: K.std(X2, 3),
    "logsumexp (reduce_max): got axis 3": lambda: K.logsumexp(X2, 3),
    "argmax: got axis 2": lambda: K.argmax(X2, 2),
    "cumsum: got axis 4": lambda: K.cumsum(X2, 4),
    "softmax: got axis 4": lambda: K.softmax(X2, 4),
    "dot: got shapes (2, 3, 4) and (2, 3, 4); the sizes of axis 2 and axis 1, 4 and 3, must be equal": (
        lambda: K.dot(X3, X3)
    ),
    "dot: got shapes () and (None, 3); needs at least one axis each": (
        lambda: K.dot(K.placeholder(()), X2)
    ),
    "batch_dot: got shapes (None, 3) and (3,); needs at least two axes each": (
        lambda: K.batch_dot(X2, K.placeholder((3,)))
    ),
    "batch_dot: got axes (0, 0); the axis of samples is kept": lambda: K.batch_dot(X3, X3, 0),
    "batch_dot: got axes (5, 5) for shapes": lambda: K.batch_dot(X3, X3, 5),
    "batch_dot: got axes (1, 2, 3) for shapes": lambda: K.batch_dot(X3, X3, (1, 2, 3)),
    "needs equal numbers of samples": lambda: K.batch_dot(kernel(3, 2), kernel(4, 2)),
    "concatenate: got shapes (None, 3), (2, 3, 4); needs equal sizes on all axes but -1": (
        lambda: K.concatenate([X2, X3])
    ),
    "stack: got shapes (None, 3), (2, 3, 4); needs equal shapes": lambda: K.stack([X2, X3]),
    "reshape: got shape (2, 3, 4), which has another number of entries than (5, 5)": (
        lambda: K.reshape(X3, (5, 5))
    ),
    "reshape: got shape (-1, -1); at most one size may be -1": lambda: K.reshape(X3, (-1, -1)),
    "permute_dimensions (transpose): got axes (0, 1), needs each of the 3 axes once": (
        lambda: K.permute_dimensions(X3, (0, 1))
    ),
    "squeeze: axis 1 of shape (2, 3, 4) has size 3, not 1": lambda: K.squeeze(X3, 1),
    "expand_dims: got axis 6": lambda: K.expand_dims(X3, 6),
    "reverse: got axis 4": lambda: K.reverse(X3, 4),
    "repeat_elements (repeat): got axis 5": lambda: K.repeat_elements(X3, 2, 5),
    "repeat: got shape (2, 3, 4); needs two axes": lambda: K.repeat(X3, 2),
    "tile: got 3 numbers for shape (None, 3); needs 2": lambda: K.tile(X2, (1, 2, 3)),
    "slice: got start (0, 0) and size (1, 1) for shape (2, 3, 4); needs 3 numbers each": (
        lambda: K.slice(X3, (0, 0), (1, 1))
    ),
    "slice: got start 0 and size 9 for axis 1, of size 3": lambda: K.slice(X3, [0] * 3, [1, 9, 1]),
    "slice: got start -1": lambda: K.slice(X3, [0, -1, 0], [1, 1, 1]),
    "temporal_padding: got shape (2, 5, 5, 3); needs three axes": lambda: K.temporal_padding(X4),
    "temporal_padding: got padding (1, 2, 3); needs a pair": (
        lambda: K.temporal_padding(X3, (1, 2, 3))
    ),
    "spatial_2d_padding: got shape (2, 3, 4)": lambda: K.spatial_2d_padding(X3),
    "spatial_3d_padding: got shape (2, 5, 5, 3)": lambda: K.spatial_3d_padding(X4),
    "resize_images: got shape (2, 3, 4) and factors (2, 2); needs 4 axes": (
        lambda: K.resize_images(X3, 2, 2, "channels_last")
    ),
    "resize_images: got interpolation 'cubic'": (
        lambda: K.resize_images(X4, 2, 2, "channels_last", "cubic")
    ),
    "resize_volumes: got shape": lambda: K.resize_volumes(X4, 1, 1, 1, "channels_last"),
    "data_format: got 'nope'; needs 'channels_last' or 'channels_first'": (
        lambda: K.pool2d(X4, (2, 2), data_format="nope")
    ),
    "conv2d (conv): got an input of shape (2, 3, 4)": lambda: K.conv2d(X3, X4),
    "with 3 channels, but the kernel of shape (3, 3, 2, 4) takes 2": (
        lambda: K.conv2d(X4, kernel(3, 3, 2, 4))
    ),
    "padding: got 'full'; needs 'valid' or 'same'": (
        lambda: K.conv2d(X4, kernel(3, 3, 3, 4), padding="full")
    ),
    "conv2d: got strides (2, 2) and dilation_rate (2, 2); one of them must be 1": (
        lambda: K.conv2d(X4, kernel(3, 3, 3, 4), strides=2, dilation_rate=2)
    ),
    "conv2d (conv): got size 5 along axis 1, but the window covers 7": (
        lambda: K.conv2d(X4, kernel(7, 7, 3, 4))
    ),
    "the convolution of an input of shape (2, 9, 9, 2) has shape (2, 7, 7, 3)": (
        lambda: K.conv2d_transpose(X4, kernel(3, 3, 2, 3), (2, 9, 9, 2))
    ),
    "pool2d (max_pool): got size (2, 2, 2); needs 2 numbers": lambda: K.pool2d(X4, (2, 2, 2)),
    "pool_mode: got 'sum'; needs 'max' or 'avg'": lambda: K.pool2d(X4, (2, 2), pool_mode="sum"),
    "bias_add: got a bias of shape (5, 3)": lambda: K.bias_add(X4, kernel(5, 3)),
    "switch: got a condition with 3 axes for tensors with 2": lambda: K.switch(X3, X2, X2),
    "categorical_crossentropy: got axis 3": lambda: K.categorical_crossentropy(X2, X2, axis=3),
    "sparse_categorical_crossentropy: got axis 5": (
        lambda: K.sparse_categorical_crossentropy(INT, X2, axis=5)
    ),
    "dropout: got rate 1.5; needs a number from 0 to 1": lambda: K.dropout(X2, 1.5),
    "map_fn: got": lambda: K.map_fn(lambda e: e, K.placeholder(())),
    "foldl: got 2 tensors from fn; needs 1": lambda: K.foldl(lambda a, e: (a, e), X2),
    "foldl (scan): got a state of shape (3,) and type float32 that becomes () and float32": (
        lambda: K.foldl(lambda a, e: K.sum(a), X2)
    ),
    "ctc_batch_cost (ctc_loss): got logits (2, 3, 4)": (
        lambda: K.ctc_batch_cost(kernel(5, 3), X3, INT, INT)
    ),
    "ctc_decode (ctc_beam): got top_paths 3 and beam_width 1": (
        lambda: K.ctc_decode(X3, INT, greedy=False, beam_width=1, top_paths=3)
    ),
    "update: got a value of shape (None, 3)": lambda: K.update(K.zeros((2,)), X2),
    "has shape (2,); got a value of shape (3,)": lambda: K.set_value(K.zeros((2,)), np.zeros(3)),
    "its shape must be known": lambda: K.variable(X2),
    "variable: got 'a'; needs numbers": lambda: K.variable("a"),
    "constant: got [[1, 2], [3]]; needs numbers, all rows of one length": (
        lambda: K.constant([[1, 2], [3]])
    ),
    "placeholder: needs a shape or the number of axes": lambda: K.placeholder(),
    "count_params: got": lambda: K.count_params(X2),
    "Placeholder:0 is a placeholder and was given no value": lambda: K.eval(X2),
    "random_uniform: got shape (None, 2); needs known sizes": lambda: K.random_uniform((None, 2)),
    "zeros: got shape (None, 2); needs known sizes": lambda: K.zeros((None, 2)),
    "is_keras_tensor: got 3 of type int; needs a symbolic tensor": lambda: K.is_keras_tensor(3),
    "set_floatx: got 'float8'; needs one of float16, float32, float64": (
        lambda: K.set_floatx("float8")
    ),
    "set_learning_phase: got 2; needs 0 or 1": lambda: K.set_learning_phase(2),
    "function: got 0 input arrays, needs 1": lambda: K.function([X2], [X2])([]),
    "needs shape (None, 3); got (1, 4)": lambda: K.function([X2], [X2])([np.zeros((1, 4))]),
    "which is not among the inputs": lambda: K.function([X2], [X3])([np.zeros((1, 3))]),
    "function: unknown arguments options; there are no sessions": (
        lambda: K.function([X2], [X2], options=3)
    ),
    "add: got shapes (None, 3) and (4,), which cannot be combined": (
        lambda: X2 + K.placeholder((4,))
    ),
}
WRONG_TYPES = {
    "gather (take): indices have the type float32; needs integers": lambda: K.gather(X2, X2),
    "in_top_k: targets have the type float32; needs integers": lambda: K.in_top_k(X2, X2, 1),
    "set_value: got <Tensor": lambda: K.set_value(X2, 1),
    "update: got <Tensor": lambda: K.update(X2, X2),
    "gradients: got 3; needs symbolic tensors": lambda: K.gradients(3, [X2]),
    "function: outputs: got 3; needs symbolic tensors": lambda: K.function([X2], [3]),
    "function: got inputs <Tensor": lambda: K.function(X2, [X2]),
    "function: got the update 3": lambda: K.function([X2], [X2], updates=[3]),
    "Use K.switch to choose, or K.eval to compute it": lambda: 1 if X2 > 1 else 0,
    "its length is not known. K.shape(x)[0] is": lambda: len(X2),
    "so np.exp cannot read it. Compute with K's functions": lambda: np.exp(X2),
    "so NumPy cannot read it": lambda: np.asarray(X2),
    "so float() cannot read it": lambda: float(X2),
    "so int() cannot read it": lambda: int(X2),
    "got the index 'a'; needs integers, slices": lambda: X2["a"],
    "got the index True; needs integers, slices": lambda: X2[True],
    "how many entries it picks is known only when it is computed": lambda: X2[X2 > 0],
    "the indices have the type float32; needs integers": lambda: X3[K.constant([1.0])],
    "needs a variable (K.variable)": lambda: K.update_add(X2, 1),
}
WRONG_PLACES = {
    "got 3 indices for a tensor with 2 axes": lambda: X2[0, 0, 0],
    "got 4 indices for a tensor with 3 axes": lambda: X3[0, [0], 0, 0],
    "got index 5 for an axis of size 2": lambda: X3[5],
    "got index 7 for axis 1, of size 3": lambda: X3[:, [0, 7]],
    "got index -4 for axis 1, of size 3": lambda: X3[:, [0, -4]],
    "take: got index 5, but axis 0 has size 2": lambda: K.eval(
        K.gather(K.zeros((2, 3)), K.variable([5], "int32"))
    ),
}


@pytest.mark.parametrize("kind, said, wrong", [
    (kind, said, wrong)
    for kind, table in [(ValueError, WRONG), (TypeError, WRONG_TYPES), (IndexError, WRONG_PLACES)]
    for said, wrong in table.items()
])  # fmt: skip
def test_errors(kind, said, wrong):
    with pytest.raises(kind, match=re.escape(said)):
        wrong()


SAMPLES = {
    "sample 1: got input_length 5; needs 0 to 4 steps": ([[0], [0]], [4, 5], [1, 1]),
    "sample 0: got label_length 3; needs 0 to 2": ([[0, 1], [0, 1]], [4, 4], [3, 1]),
    "sample 1: got labels [2]; needs 0 to 1 (class 2 is the blank)": (
        [[0], [2]], [4, 4], [1, 1]
    ),
    "sample 0: 2 labels need 3 steps (a blank between equal ones); got input_length 2": (
        [[1, 1], [0, 1]], [2, 2], [2, 2]
    ),
}  # fmt: skip


@pytest.mark.parametrize("said, sample", SAMPLES.items())
def test_impossible_samples_of_ctc(said, sample):
    labels, frames, counts = (np.array(a, "int32") for a in sample)
    cost = K.ctc_batch_cost(labels, K.variable(np.full((2, 4, 3), 1 / 3)), frames, counts)
    with pytest.raises(ValueError, match=re.escape(said)):
        K.eval(cost)
