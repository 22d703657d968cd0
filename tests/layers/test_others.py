"""Embeddings, poolings, resizing and convolutions: what the contract does not ask of each."""

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import layers
from kerasnb.layers import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    DepthwiseConv2D,
    Embedding,
    GlobalAveragePooling1D,
    Input,
    LocallyConnected1D,
    LocallyConnected2D,
    Masking,
    MaxPooling2D,
    PReLU,
    ReLU,
    SeparableConv2D,
    UpSampling2D,
    ZeroPadding2D,
)
from kerasnb.models import Sequential


def value(x, y, array):
    return K.function([x], [y])([array])[0]


class TestEmbedding:
    def test_as_first_layer_the_input_has_one_axis(self):
        assert Sequential([Embedding(5, 2)]).input_shape == (None, None)
        assert Sequential([Embedding(5, 2, input_length=4)]).input_shape == (None, 4)
        assert Sequential([Embedding(5, 2, input_length=(4, 3))]).output_shape == (None, 4, 3, 2)

    def test_rows_of_the_table(self):
        layer = Embedding(4, 2, weights=[np.arange(8.0).reshape(4, 2)])
        model = Sequential([layer])
        got = model.predict(np.array([[0, 3], [2, 2]]))
        np.testing.assert_array_equal(got, [[[0, 1], [6, 7]], [[4, 5], [4, 5]]])

    def test_a_word_that_comes_twice_counts_twice(self):
        model = Sequential([Embedding(3, 1, input_length=2, weights=[np.zeros((3, 1))])])
        model.compile(loss="mse", optimizer="sgd")
        model.train_on_batch(np.array([[1, 1]]), np.ones((1, 2, 1)))
        np.testing.assert_allclose(model.get_weights()[0], [[0], [0.02], [0]], rtol=1e-6)

    def test_input_length_that_is_another(self):
        with pytest.raises(ValueError, match=r"embedding_1.*needs \(samples, 4\).*shape \(None, 5"):
            Embedding(3, 2, input_length=4).compute_output_shape((None, 5))

    @pytest.mark.parametrize("sizes", [(0, 2), (3, -1), (2.5, 2)])
    def test_sizes(self, sizes):
        with pytest.raises(ValueError, match="to be a positive integer"):
            Embedding(*sizes)


class TestPooling:
    def test_average_over_the_steps_that_a_mask_keeps(self):
        x = Input((4, 2))
        y = GlobalAveragePooling1D()(Masking()(x))
        array = np.random.RandomState(0).standard_normal((3, 4, 2)).astype("float32")
        array[0, 2:], array[1, :3] = 0, 0
        want = [array[0, :2].mean(axis=0), array[1, 3], array[2].mean(axis=0)]
        np.testing.assert_allclose(value(x, y, array), want, rtol=1e-5)

    def test_average_at_the_border_counts_what_is_there(self):
        x = Input((3, 1))
        y = layers.AveragePooling1D(2, strides=2, padding="same")(x)
        array = np.array([[[1], [3], [5]]], "float32")
        np.testing.assert_array_equal(value(x, y, array), [[[2], [5]]])

    def test_mistakes(self):
        with pytest.raises(ValueError, match="max_pooling2d_1.*strides of at least 1"):
            MaxPooling2D(2, strides=0)
        with pytest.raises(ValueError, match="max_pooling2d_2.*needs ndim=4, got ndim=3"):
            MaxPooling2D()(Input((4, 4)))
        with pytest.raises(
            ValueError, match=r"as large as its window, \(3, 3\).*\(None, 2, 5, 1\)"
        ):
            MaxPooling2D(3)(Input((2, 5, 1)))

    def test_other_names(self):
        for rank in (1, 2, 3):
            for short, long in (("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling")):
                for scope in ("", "Global"):
                    name = f"{scope}{short}{rank}D"
                    assert getattr(layers, name) is getattr(layers, f"{scope}{long}{rank}D")


class TestResizing:
    def test_mistakes(self):
        with pytest.raises(ValueError, match="`cropping` must be an integer or have 2 elements"):
            Cropping2D((1, 2, 3))
        with pytest.raises(ValueError, match="must not be negative; got -1"):
            ZeroPadding2D(-1)
        with pytest.raises(ValueError, match="up_sampling2d_1.*interpolation.*'cubic'"):
            UpSampling2D(interpolation="cubic")
        with pytest.raises(ValueError, match=r"cropping2d_\d.*to cut off; got \(None, 2, 9, 1\)"):
            Cropping2D(1)(Input((2, 9, 1)))


class TestConvolution:
    def test_the_image_data_format_counts_where_none_is_given(self):
        K.set_image_data_format("channels_first")
        try:
            for layer in (Conv2D(3, 2), MaxPooling2D(), UpSampling2D(), LocallyConnected2D(3, 2)):
                assert layer.data_format == "channels_first"
            assert K.int_shape(Conv2D(3, 2)(Input((1, 5, 4)))) == (None, 3, 4, 3)
            assert Conv1D(3, 2).data_format == "channels_last"
        finally:
            K.set_image_data_format("channels_last")

    def test_kinds_of_convolutions(self):
        assert isinstance(Conv2DTranspose(1, 2), Conv2D)
        assert isinstance(DepthwiseConv2D(2), Conv2D)
        assert layers.Convolution2D is Conv2D and layers.Deconvolution2D is Conv2DTranspose
        assert layers.convolutional.MaxPooling2D is MaxPooling2D

    def test_shapes_of_weights(self):
        def shapes(layer, *sample):
            layer(Input(sample))
            return [tuple(w.shape) for w in layer.weights]

        assert shapes(Conv2D(5, (2, 3)), 8, 8, 4) == [(2, 3, 4, 5), (5,)]
        assert shapes(Conv2DTranspose(5, (2, 3)), 8, 8, 4) == [(2, 3, 5, 4), (5,)]
        assert shapes(DepthwiseConv2D(3, depth_multiplier=2), 8, 8, 4) == [(3, 3, 4, 2), (8,)]
        assert shapes(SeparableConv2D(5, 3, depth_multiplier=2), 8, 8, 4) == [
            (3, 3, 4, 2),
            (1, 1, 8, 5),
            (5,),
        ]
        assert shapes(LocallyConnected1D(5, 3), 8, 4) == [(6, 12, 5), (6, 5)]
        assert shapes(LocallyConnected2D(5, 3), 8, 7, 4) == [(30, 36, 5), (6, 5, 5)]

    def test_names_of_weights(self):
        layer = SeparableConv2D(5, 3)
        layer(Input((8, 8, 4)))
        assert [w.name.split("/")[-1].split(":")[0] for w in layer.weights] == [
            "depthwise_kernel",
            "pointwise_kernel",
            "bias",
        ]

    def test_causal_outputs_see_no_later_input(self):
        x = Input((6, 1))
        y = Conv1D(2, 3, padding="causal", dilation_rate=2)(x)
        before = np.random.RandomState(1).standard_normal((1, 6, 1)).astype("float32")
        after = before.copy()
        after[:, 4:] += 1
        a, b = value(x, y, before), value(x, y, after)
        np.testing.assert_array_equal(a[:, :4], b[:, :4])
        assert (a[:, 4:] != b[:, 4:]).all()

    @pytest.mark.parametrize(
        ("make", "says"),
        [
            (lambda: Conv2D(0, 3), "filters to be a positive integer; got 0"),
            (lambda: Conv2D(4, 0), "kernel_size of at least 1"),
            (lambda: Conv2D(4, 3, strides=2, dilation_rate=2), "strides or dilation_rate to be 1"),
            (lambda: Conv2D(4, 3, padding="causal"), "padding to be 'valid' or 'same'"),
            (lambda: Conv2D(4, 3, data_format="channels"), "data_format"),
            (lambda: LocallyConnected1D(4, 3, padding="same"), "padding to be 'valid'; got 'same'"),
            (lambda: Conv2DTranspose(4, 3, strides=2, output_padding=2), "greater than output_pad"),
            (lambda: Conv2DTranspose(4, 2, strides=2, padding="same", output_padding=0)(
                Input((3, 3, 1))), "output_padding with which a convolution leads back"),
            (lambda: Conv2D(4, 3)(Input((5, 5, None))), "a known number of channels"),
            (lambda: LocallyConnected1D(4, 3)(Input((None, 2))), "known sizes and channels"),
        ],
    )  # fmt: skip
    def test_mistakes(self, make, says):
        with pytest.raises(ValueError, match=says):
            make()

    def test_channels_are_the_same_at_each_call(self):
        layer = Conv2D(4, 3)
        layer(Input((5, 5, 2)))
        assert K.int_shape(layer(Input((9, 9, 2)))) == (None, 7, 7, 4)
        with pytest.raises(ValueError, match="conv2d_1.*needs size 2 on axis 3, got size 3"):
            layer(Input((5, 5, 3)))


class TestActivations:
    def test_mistakes(self):
        with pytest.raises(ValueError, match="re_lu_1.*max_value not to be negative; got -1"):
            ReLU(max_value=-1.0)
        with pytest.raises(ValueError, match="p_re_lu_1.*`shared_axes`"):
            PReLU()(Input((None, 3)))

    def test_shared_axes(self):
        layer = PReLU(shared_axes=[1, 2])
        layer(Input((None, None, 3)))
        assert tuple(layer.alpha.shape) == (1, 1, 3)
