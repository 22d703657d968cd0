"""Mistakes that beginners make, and what they read then (the list's form is in mistakes.py)."""

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import backend as K
from kerasnb.layers import (
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Reshape,
    add,
)
from kerasnb.models import Model, Sequential
from tests.mistakes import Mistakes, check

MISTAKES = mistake = Mistakes()


def classifier(loss="categorical_crossentropy"):
    """A model without a mistake: 20 numbers to three classes."""
    model = Sequential([Dense(8, activation="relu", input_shape=(20,)), Dense(3)])
    model.compile("sgd", loss)
    return model


# Data that does not fit the model.


@mistake(ValueError, "dense_1_input", "(20,)", "(30,)")
def wrong_input_shape():
    model = classifier()
    model.fit(np.zeros((8, 30)), np.zeros((8, 3)))  # <-


@mistake(ValueError, "dense_2", "(3,)", "(1,)")
def class_numbers_where_one_hot_is_needed():
    model = classifier("categorical_crossentropy")
    model.fit(np.zeros((8, 20)), np.zeros(8))  # <-


@mistake(ValueError, "dense_2", "(1,)", "(3,)")
def one_hot_where_class_numbers_are_needed():
    model = classifier("sparse_categorical_crossentropy")
    model.fit(np.zeros((8, 20)), np.zeros((8, 3)))  # <-


@mistake((ValueError, IndexError), "dense_2", "3", "0", "2")
def label_out_of_range():
    model = Sequential([Dense(8, input_shape=(20,)), Dense(3)])
    model.compile("sgd", "sparse_categorical_crossentropy")  # <-
    model.fit(np.zeros((8, 20)), np.array([0, 1, 2, 3, 0, 1, 2, 0]), verbose=0)


@mistake((ValueError, IndexError), "embedding_1", "100", "99")
def word_out_of_range():
    model = Sequential()
    model.add(Embedding(100, 8, input_length=4))  # <-
    model.add(Flatten())
    model.add(Dense(1))
    model.predict(np.array([[1, 2, 3, 100]]))


@mistake(ValueError, "samples", "8", "6")
def fewer_targets_than_inputs():
    model = classifier()
    model.fit(np.zeros((8, 20)), np.zeros((6, 3)))  # <-


@mistake(ValueError, "2", "1")
def one_array_for_two_inputs():
    a, b = Input((3,), name="left"), Input((3,), name="right")
    model = Model([a, b], Dense(1)(Concatenate()([a, b])))
    model.predict(np.zeros((8, 3)))  # <-


@mistake((ValueError, TypeError), "dense_1_input", "float32")
def words_as_data():
    model = classifier()
    model.fit(np.array([["a"] * 20] * 8), np.zeros((8, 3)))  # <-


@mistake((ValueError, TypeError), "dense_1_input", "object")
def rows_of_different_lengths():
    model = classifier()
    rows = np.array([[1.0] * 20, [1.0] * 19], dtype=object)
    model.fit(rows, np.zeros((2, 3)))  # <-


@mistake(ValueError, "add_1", "2", "3")
def lengths_that_differ_only_in_the_data():
    a, b = Input((None,)), Input((None,))
    total = add([a, b])  # <-
    model = Model([a, b], total)
    model.predict([np.zeros((4, 2)), np.zeros((4, 3))])


# Layers that do not fit one another.


@mistake(ValueError, "dense_1", "4 dimensions", "(8, 10)")
def forgotten_flatten():
    model = Sequential([Conv2D(4, 3, input_shape=(6, 6, 1)), Dense(10, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    model.fit(np.zeros((8, 6, 6, 1)), np.zeros((8, 10)))  # <-


@mistake(ValueError, "conv2d_1", "ndim=4", "ndim=3")
def images_without_channels():
    Sequential([Conv2D(4, 3, input_shape=(28, 28))])  # <-


@mistake(ValueError, "conv2d_2", "ndim=4", "ndim=2")
def convolution_after_flatten():
    model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), Flatten()])
    model.add(Conv2D(4, 3))  # <-


@mistake(ValueError, "conv2d_1", "7", "5")
def kernel_larger_than_image():
    Sequential([Conv2D(4, 7, input_shape=(5, 5, 1))])  # <-


@mistake(ValueError, "dense_1", "min_ndim=2", "ndim=1")
def no_batch_axis():
    Dense(3)(K.placeholder(shape=(5,)))  # <-


@mistake(ValueError, "reshape_1", "24", "25")
def reshape_to_another_size():
    Sequential([Dense(24, input_shape=(3,)), Reshape((5, 5))])  # <-


@mistake(ValueError, "add_1", "(3,)", "(4,)")
def sum_of_different_shapes():
    add([Input((3,)), Input((4,))])  # <-


@mistake(ValueError, "concatenate_1", "(None, 3, 5)", "(None, 4, 6)")
def concatenation_of_different_shapes():
    Concatenate(axis=1)([Input((3, 5)), Input((4, 6))])  # <-


@mistake(ValueError, "dense_1", "not a symbolic tensor")
def layer_called_with_numbers():
    Dense(3)(np.zeros((2, 4)))  # <-


@mistake(ValueError, "disconnected", "input_2")
def input_that_is_not_listed():
    a, b = Input((3,)), Input((3,))
    Model(a, add([a, b]))  # <-


@mistake(ValueError, "Keras `Layer`")
def output_that_no_layer_made():
    a = Input((3,))
    Model(a, 2 * a)  # <-


@mistake(ValueError, "hidden", "2 times", "unique")
def two_layers_of_one_name():
    Sequential([Dense(3, input_shape=(3,), name="hidden"), Dense(3, name="hidden")])  # <-


# Names and arguments.


@mistake(TypeError, "units")
def units_given_twice():
    Dense(32, units=784)  # <-


@mistake(TypeError, "input_size")
def unknown_argument():
    Dense(32, input_size=784)  # <-


@mistake(ValueError, "activation", "rellu")
def unknown_activation():
    Dense(32, activation="rellu")  # <-


@mistake(ValueError, "loss", "mean_square")
def unknown_loss():
    Sequential([Dense(3, input_shape=(20,))]).compile("sgd", "mean_square")  # <-


@mistake(ValueError, "optimizer", "adamm")
def unknown_optimizer():
    Sequential([Dense(3, input_shape=(20,))]).compile("adamm", "mse")  # <-


@mistake(ValueError, "metric", "accurracy")
def unknown_metric():
    model = Sequential([Dense(3, input_shape=(20,))])
    model.compile("sgd", "mse", metrics=["accurracy"])  # <-


@mistake(ValueError, "loss", "2", "1")
def too_many_losses():
    Sequential([Dense(3, input_shape=(20,))]).compile("sgd", ["mse", "mae"])  # <-


@mistake(ValueError, "padding", "full")
def unknown_padding():
    Conv2D(4, 3, padding="full")  # <-


@mistake(ValueError, "kernel_size", "2", "(3, 3, 3)")
def kernel_of_three_sizes():
    Conv2D(4, (3, 3, 3))  # <-


# Steps that are missing or in the wrong order.


@mistake(RuntimeError, "compile")
def fit_before_compile():
    model = Sequential([Dense(3, input_shape=(20,))])
    model.fit(np.zeros((8, 20)), np.zeros((8, 3)))  # <-


@mistake(ValueError, "sequential_1", "input_shape", "build")
def summary_before_the_input_is_known():
    model = Sequential([Dense(3), Dropout(0.5)])
    model.summary()  # <-


@mistake(TypeError, "Layer", "relu")
def function_where_a_layer_is_needed():
    Sequential([Dense(3, input_shape=(20,)), keras.activations.relu])  # <-


@mistake(TypeError, "Layer", "Dense")
def class_where_a_layer_is_needed():
    Sequential([Dense])  # <-


@mistake(ValueError, "dense_1", "(20, 8)", "(8, 20)")
def weights_the_wrong_way_round():
    model = classifier()
    kernel, bias = model.layers[0].get_weights()
    model.layers[0].set_weights([kernel.T, bias])  # <-


@mistake(ValueError, "dense_1", "2", "1")
def weights_without_bias():
    model = classifier()
    model.layers[0].set_weights(model.layers[0].get_weights()[:1])  # <-


@pytest.mark.parametrize(("program", "error", "says"), MISTAKES)
def test_mistake(program, error, says):
    check(program, error, says)
