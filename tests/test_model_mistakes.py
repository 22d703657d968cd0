"""Mistakes of building a model, and what is read then (the list's form is in mistakes.py)."""

import warnings

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    Add,
    BatchNormalization,
    Bidirectional,
    Concatenate,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    Dense,
    Dot,
    Embedding,
    Flatten,
    Input,
    Lambda,
    Layer,
    MaxPooling2D,
    Multiply,
    Permute,
    PReLU,
    RepeatVector,
    Reshape,
    Softmax,
    TimeDistributed,
    UpSampling2D,
    concatenate,
    deserialize,
)
from kerasnb.models import Model, Sequential, clone_model, model_from_json
from tests.mistakes import Mistakes, check

MISTAKES = mistake = Mistakes()


# Inputs of the wrong rank or size.


@mistake(ValueError, "conv2d_1", "ndim=4", "ndim=3")
def image_without_channels():
    Conv2D(4, 3)(Input((28, 28)))  # <-


@mistake(ValueError, "conv1d_1", "ndim=3", "ndim=2")
def sequence_without_features():
    Conv1D(4, 3)(Input((28,)))  # <-


@mistake(ValueError, "lstm_1", "ndim=3", "ndim=2")
def words_into_an_lstm():
    LSTM(8)(Input((20,)))  # <-


@mistake(ValueError, "lstm_2", "ndim=3", "ndim=2", "return_sequences=True")
def stacked_lstm_without_sequences():
    model = Sequential([LSTM(32, input_shape=(10, 64))])
    model.add(LSTM(16))  # <-


@mistake(ValueError, "repeat_vector_1", "ndim=2", "ndim=3")
def repeating_a_sequence():
    RepeatVector(3)(Input((4, 5)))  # <-


@mistake(ValueError, "dense_1", "known size", "(None, 3, None)")
def dense_on_an_unknown_size():
    Dense(4)(Input((3, None)))  # <-


@mistake(ValueError, "conv2d_1", "(None, 8, 8, None)")
def convolution_of_unknown_channels():
    Conv2D(4, 3)(Input((8, 8, None)))  # <-


@mistake(ValueError, "flatten_1", "sizes are all known", "(None, None, 3)", "input_shape")
def flattening_of_unknown_sizes():
    Flatten()(Input((None, 3)))  # <-


@mistake(ValueError, "p_re_lu_1", "known size", "(None, None, 4)", "shared_axes")
def one_slope_for_each_of_unknown_places():
    PReLU()(Input((None, 4)))  # <-


@mistake(ValueError, "max_pooling2d_1", "5", "3")
def pooling_window_larger_than_the_image():
    MaxPooling2D(5)(Input((3, 3, 1)))  # <-


@mistake(ValueError, "cropping2d_1", "(None, 4, 4, 1)", "(2, 2)")
def cropping_everything():
    Cropping2D(2)(Input((4, 4, 1)))  # <-


@mistake(ValueError, "batch_normalization_1", "axis 3", "(None, 8, 8)")
def normalization_of_an_axis_that_is_not_there():
    BatchNormalization(axis=3)(Input((8, 8)))  # <-


@mistake(ValueError, "embedding_1", "10", "12")
def embedding_of_another_length():
    Embedding(100, 8, input_length=10)(Input((12,)))  # <-


# Merging.


@mistake(ValueError, "multiply_1", "(3,)", "(4,)")
def product_of_different_shapes():
    Multiply()([Input((3,)), Input((4,))])  # <-


@mistake(ValueError, "add_1", "at least 2")
def sum_of_one():
    Add()([Input((3,))])  # <-


@mistake(ValueError, "add_1", "list")
def sum_of_no_list():
    Add()(Input((3,)))  # <-


@mistake(ValueError, "concatenate_1", "at least 2")
def concatenation_of_one():
    concatenate([Input((3,))])  # <-


@mistake(ValueError, "concatenate_1", "(None, 4, 3)", "(None, 3)")
def concatenation_of_different_ranks():
    Concatenate()([Input((4, 3)), Input((3,))])  # <-


@mistake(ValueError, "dot_1", "3", "4")
def dot_product_of_different_lengths():
    Dot(axes=1)([Input((3,)), Input((4,))])  # <-


# Masks.


@mistake(TypeError, "conv1d_1", "Conv1D", "mask")
def mask_into_a_convolution():
    x = Embedding(20, 4, mask_zero=True)(Input((6,)))
    Conv1D(4, 3)(x)  # <-


@mistake(TypeError, "flatten_1", "Flatten", "mask")
def mask_into_flatten():
    x = Embedding(20, 4, mask_zero=True)(Input((6,)))
    Flatten()(x)  # <-


# Graphs.


@mistake(ValueError, "disconnected", "input_2")
def input_that_was_forgotten():
    a, b = Input((3,)), Input((3,))
    Model(a, concatenate([a, b]))  # <-


@mistake(TypeError, "dense_1", "Input")
def model_that_begins_in_the_middle():
    x = Dense(4)(Input((3,)))
    Model(x, Dense(2)(x))  # <-


@mistake(ValueError, "once")
def input_given_twice():
    a = Input((3,))
    Model([a, a], Dense(2)(a))  # <-


@mistake(ValueError, "outputs", "tensor")
def layer_as_an_output():
    a = Input((3,))
    layer = Dense(2)
    layer(a)
    Model(a, layer)  # <-


@mistake(TypeError, "inputs", "outputs")
def model_without_outputs():
    Model(Input((3,)))  # <-


@mistake(ValueError, "hidden", "2 times", "unique")
def two_layers_of_the_same_name():
    a = Input((3,))
    b = Dense(3, name="hidden")(a)
    Model(a, Dense(3, name="hidden")(b))  # <-


@mistake(ValueError, "No such layer: output", "dense_1", "dense_2")
def unknown_layer():
    model = Sequential([Dense(3, input_shape=(2,)), Dense(1)])
    model.get_layer("output")  # <-


@mistake(ValueError, "sequential_1", "2", "2 layers", "index")
def layer_number_out_of_range():
    model = Sequential([Dense(3, input_shape=(2,)), Dense(1)])
    model.get_layer(index=2)  # <-


@mistake(AttributeError, "dense_1", "never been called")
def output_of_a_layer_without_calls():
    _ = Dense(3).output  # <-


@mistake(AttributeError, "dense_1", "multiple inbound nodes", "get_output_at(node_index)")
def output_of_a_shared_layer():
    layer = Dense(3)
    layer(Input((2,)))
    layer(Input((2,)))
    _ = layer.output  # <-


@mistake(TypeError, "sequential_1", "lstm_1", "3", "functional API")
def layer_of_several_outputs_in_a_sequential():
    Sequential([LSTM(4, return_state=True, input_shape=(5, 3))])  # <-


@mistake(TypeError, "sequential_1", "no layer")
def pop_of_an_empty_model():
    Sequential().pop()  # <-


@mistake(ValueError, "model_1", "2", "1")
def model_called_on_too_few_inputs():
    a, b = Input((3,)), Input((3,))
    model = Model([a, b], concatenate([a, b]))
    model(Input((3,)))  # <-


@mistake(ValueError, "model_1", "4", "2")
def too_few_weights_for_a_model():
    a = Input((3,))
    model = Model(a, Dense(2)(Dense(2)(a)))
    model.set_weights(model.get_weights()[:2])  # <-


# Arguments.


@mistake(ValueError, "(784,)", "784")
def size_in_place_of_a_shape():
    Input(784)  # <-


@mistake(ValueError, "dense_1", "(784,)", "784")
def size_in_place_of_an_input_shape():
    Dense(4, input_shape=784)  # <-


@mistake(ValueError, "dense_1", "units", "-3")
def negative_number_of_units():
    Dense(-3)  # <-


@mistake(ValueError, "reshape_1", "-1", "(-1, -1)")
def two_sizes_to_be_found():
    Reshape((-1, -1))(Input((4,)))  # <-


@mistake(ValueError, "permute_1", "(0, 1)")
def axes_counted_from_zero():
    Permute((0, 1))  # <-


@mistake(ValueError, "initializer", "glorot")
def unknown_initializer():
    Dense(4, kernel_initializer="glorot")  # <-


@mistake(ValueError, "regularizer", "L3")
def unknown_regularizer():
    Dense(4, kernel_regularizer="L3")  # <-


@mistake(ValueError, "constraint", "positive")
def unknown_constraint():
    Dense(4, kernel_constraint="positive")  # <-


@mistake(ValueError, "interpolation", "cubic", "bilinear")
def unknown_interpolation():
    UpSampling2D(interpolation="cubic")  # <-


@mistake(ValueError, "conv2d_1", "strides", "dilation_rate")
def strides_and_dilation():
    Conv2D(4, 3, strides=2, dilation_rate=2)(Input((9, 9, 1)))  # <-


@mistake(ValueError, "output_padding", "(2, 2)")
def output_padding_as_large_as_the_stride():
    Conv2DTranspose(4, 3, strides=2, output_padding=2)(Input((9, 9, 1)))  # <-


@mistake(ValueError, "layer", "Dence")
def unknown_class_in_a_config():
    deserialize({"class_name": "Dence", "config": {"units": 3}})  # <-


@mistake(ValueError, "clone_model", "Model")
def clone_of_a_layer():
    clone_model(Dense(3))  # <-


@mistake(ValueError, "merge_mode", "average")
def unknown_way_to_merge():
    Bidirectional(LSTM(4), merge_mode="average")  # <-


@mistake(ValueError, "state_size")
def cell_without_a_state_size():
    RNN(Dense(3))  # <-


@mistake(ValueError, "gru_1", "batch", "stateful")
def states_without_a_batch_size():
    GRU(4, stateful=True, input_shape=(5, 3))(Input((5, 3)))  # <-


# Layers of one's own, and tensors.


class Forgetful(Layer):
    def call(self, inputs):
        self.seen = inputs


@mistake(TypeError, "forgetful_1", "call", "None")
def layer_that_returns_nothing():
    Forgetful()(Input((3,)))  # <-


class OwnModel(Model):
    def __init__(self):
        self.inner = Dense(3)  # <-
        super().__init__()


@mistake(RuntimeError, "OwnModel", "super().__init__()", "inner")
def model_that_begins_with_its_layers():
    OwnModel()  # <-


@mistake(TypeError, "K.switch")
def tensor_in_an_if():
    x = Input((3,))
    if K.sum(x) > 0:  # <-
        raise AssertionError


@mistake(TypeError, "lambda_1", "output_shape", "3")
def output_shape_that_is_no_shape():
    Lambda(lambda x: x, output_shape=3)  # <-


@mistake(ValueError, "softmax", "1D")
def softmax_of_one_axis():
    Softmax()(K.placeholder((4,)))  # <-


@mistake(TypeError, "time_distributed", "Layer")
def time_distribution_of_a_function():
    TimeDistributed(K.tanh)  # <-


@mistake(ValueError, "activation", "softmx")
def unknown_activation_in_a_layer():
    Activation("softmx")  # <-


@mistake(ValueError, "JSON", "line 1 column 2")
def text_that_is_no_json():
    model_from_json("{units: 3}")  # <-


@pytest.mark.parametrize(("program", "error", "says"), MISTAKES)
def test_mistake(program, error, says):
    check(program, error, says)


# Traps that raise no error.


def test_trainable_after_compile_is_said():
    """The change does not count, and a warning says so once it matters."""
    model = Sequential([Dense(3, input_shape=(2,)), Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()[0]
    with pytest.warns(UserWarning, match=r"trainable.*after `compile`.*[Cc]ompile"):
        model.train_on_batch(np.ones((4, 2)), np.ones(4))
    assert np.any(model.layers[0].get_weights()[0] != before)
    model.compile("sgd", "mse")
    before = model.layers[0].get_weights()[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.train_on_batch(np.ones((4, 2)), np.ones(4))
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], before)


def test_a_frozen_model_freezes_its_layers_and_lets_go_again():
    inner = Sequential([Dense(3, input_shape=(2,))])
    model = Sequential([inner, Dense(1)])
    inner.trainable = False
    assert [w.name.split("/")[0] for w in model.trainable_weights] == ["dense_2"] * 2 or len(
        model.trainable_weights
    ) == 2
    assert len(model.non_trainable_weights) == 2
    inner.trainable = True
    assert len(model.trainable_weights) == 4
