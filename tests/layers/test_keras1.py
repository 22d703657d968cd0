"""The spellings of Keras 1: each is taken, with one warning that shows the new one."""

import inspect
import warnings

import numpy as np
import pytest

from kerasnb import layers
from kerasnb.layers import BatchNormalization, Conv2D, Dense, Embedding, Input
from kerasnb.legacy import interfaces

SPELLED = [
    (lambda: layers.Dense(output_dim=3, init="uniform", W_regularizer="l2", bias=False),
     "Dense(units=3, kernel_initializer='uniform', kernel_regularizer='l2', use_bias=False)"),
    (lambda: layers.Convolution2D(64, 3, 3, border_mode="same"),
     "Conv2D(64, (3, 3), padding='same')"),
    (lambda: layers.Convolution2D(8, 3, nb_col=2), "Conv2D(8, (3, 2))"),
    (lambda: layers.Conv2D(nb_filter=8, nb_row=3, nb_col=2, subsample=(2, 2), dim_ordering="th"),
     "Conv2D(kernel_size=(3, 2), filters=8, strides=(2, 2), data_format='channels_first')"),
    (lambda: layers.Convolution3D(4, 1, 2, 3), "Conv3D(4, (1, 2, 3))"),
    (lambda: layers.Conv1D(nb_filter=4, filter_length=3, input_dim=2, input_length=9),
     "Conv1D(filters=4, kernel_size=3, input_shape=(9, 2))"),
    (lambda: layers.Deconvolution2D(3, 3, 3, output_shape=(None, 9, 9, 3)),
     "Conv2DTranspose(3, (3, 3))"),
    (lambda: layers.SeparableConv2D(3, 3, 3, init="ones"),
     "SeparableConv2D(3, (3, 3), depthwise_initializer='ones', pointwise_initializer='ones')"),
    (lambda: layers.MaxPooling1D(pool_length=3, stride=2, border_mode="same"),
     "MaxPooling1D(pool_size=3, strides=2, padding='same')"),
    (lambda: layers.AveragePooling2D(dim_ordering="default"), "AveragePooling2D(data_format=None)"),
    (lambda: layers.GlobalMaxPooling2D(dim_ordering="tf"),
     "GlobalMaxPooling2D(data_format='channels_last')"),
    (lambda: layers.UpSampling1D(length=3), "UpSampling1D(size=3)"),
    (lambda: layers.ZeroPadding2D(padding={"top_pad": 1, "right_pad": 2}),
     "ZeroPadding2D(padding=((1, 0), (0, 2)))"),
    (lambda: layers.Dropout(p=0.5), "Dropout(rate=0.5)"),
    (lambda: layers.GaussianNoise(sigma=0.5), "GaussianNoise(stddev=0.5)"),
    (lambda: layers.PReLU(init="ones"), "PReLU(alpha_initializer='ones')"),
    (lambda: layers.BatchNormalization(beta_init="ones", mode=0),
     "BatchNormalization(beta_initializer='ones')"),
    (lambda: layers.LSTM(output_dim=4, inner_init="ones", forget_bias_init="one",
                         consume_less="gpu"),
     "LSTM(units=4, recurrent_initializer='ones', unit_forget_bias=True, implementation=2)"),
    (lambda: layers.LSTM(4, inner_activation="tanh", dropout_W=0.1, dropout_U=0.2),
     "LSTM(4, recurrent_activation='tanh', dropout=0.1, recurrent_dropout=0.2)"),
    (lambda: layers.GRU(4, consume_less="cpu", b_regularizer="l2"),
     "GRU(4, implementation=1, bias_regularizer='l2')"),
    (lambda: layers.SimpleRNN(4, consume_less="mem", U_regularizer="l1"),
     "SimpleRNN(4, recurrent_regularizer='l1')"),
    (lambda: layers.ConvLSTM2D(nb_filter=4, nb_row=3, nb_col=2, border_mode="same"),
     "ConvLSTM2D(kernel_size=(3, 2), filters=4, padding='same')"),
    (lambda: layers.Embedding(5, 3, init="ones"), "Embedding(5, 3, embeddings_initializer='ones')"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SPELLED, ids=[new for _, new in SPELLED])
def test_spelling(old, new):
    with pytest.warns(UserWarning, match="Keras 1") as seen:
        made = old()
    assert len(seen) == 1 and f"`{new}`" in str(seen[0].message)
    assert seen[0].filename == __file__
    same = eval(new, {**vars(layers)})
    config, want = made.get_config(), same.get_config()
    assert {**config, "name": ""} == {**want, "name": ""}


def test_new_spellings_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Conv2D(8, (3, 3), (2, 2), "same")
        Conv2D(8, 3)
        Conv2D(8, 3, strides=3)
        Dense(3, "relu")


def test_every_new_name_is_an_argument():
    for name, spelling in interfaces.SPELLINGS.items():
        if not hasattr(layers, name):
            continue
        known = set(inspect.signature(getattr(layers, name)).parameters)
        # one table serves layers with and without an argument for the order of axes
        assert set(spelling.names.values()) - known <= {"data_format"}, name


class TestMistakes:
    def test_both_names(self):
        with pytest.raises(TypeError, match="Dense: got both 'units' and 'output_dim'"):
            Dense(units=3, output_dim=3)

    def test_sizes_one_by_one_beside_new_names(self):
        with pytest.raises(ValueError, match=r"Conv2D\(8, 3, 3\).*kernel_size=\(3, 3\)"):
            Conv2D(8, 3, 3, padding="same")

    def test_what_no_longer_exists(self):
        with pytest.raises(TypeError, match="mode=1 and mode=2 no longer exist"):
            BatchNormalization(mode=1)
        with pytest.warns(UserWarning) as seen:
            Embedding(5, 3, dropout=0.2)
        assert "SpatialDropout1D" in str(seen[0].message)


class TestInterfaces:
    def test_decorators_of_constructors(self):
        class Mine(layers.Layer):
            @interfaces.legacy_dense_support
            def __init__(self, units, kernel_initializer="ones", **kwargs):
                self.given = (units, kernel_initializer)
                super().__init__(**kwargs)

        with pytest.warns(UserWarning, match="`Dense"):
            assert Mine(output_dim=3, init="zeros").given == (3, "zeros")
        with pytest.raises(AttributeError, match="legacy_nothing_support"):
            interfaces.legacy_nothing_support  # noqa: B018

    def test_get_updates(self):
        class Optimizer:
            @interfaces.legacy_get_updates_support
            def get_updates(self, loss, params):
                return loss, params

        ours = Optimizer()
        for updates in (
            ours.get_updates("loss", ["w"]),
            ours.get_updates(["w"], {}, "loss"),
            ours.get_updates(["w"], "loss"),
            ours.get_updates(params=["w"], loss="loss"),
            ours.get_updates(loss="loss", params=["w"], constraints=[]),
        ):
            assert updates == ("loss", ["w"])


def test_atrous_convolution():
    with pytest.warns(UserWarning, match=r"use Conv2D\(..., dilation_rate=\(2, 2\)\)"):
        layer = layers.AtrousConvolution2D(4, (3, 3), atrous_rate=(2, 2))
    assert type(layer) is Conv2D and layer.dilation_rate == (2, 2)
    with pytest.warns(UserWarning, match="AtrousConvolution1D.*dilation_rate=3"):
        assert layers.AtrousConvolution1D(4, 2, atrous_rate=3).dilation_rate == (3,)


def test_retired_layers_are_reached_by_their_old_path():
    from kerasnb.legacy.layers import Highway, MaxoutDense

    assert (Highway, MaxoutDense) == (layers.Highway, layers.MaxoutDense)
    layer = MaxoutDense(2, input_dim=3, weights=[np.ones((4, 3, 2)), np.zeros((4, 2))])
    layer(Input((3,)))
    np.testing.assert_array_equal(layer.get_weights()[0], np.ones((4, 3, 2)))
