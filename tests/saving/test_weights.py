"""Weights: in order, by name, of other versions of Keras, and what is said when they do not fit."""

import h5py
import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import layers
from kerasnb.engine.saving import preprocess_weights_for_loading
from kerasnb.layers import BatchNormalization, Conv1D, Conv2D, Conv2DTranspose, Conv3D, Dense
from kerasnb.models import Sequential, load_model
from kerasnb.utils.conv_utils import convert_kernel

from .models import MODELS, inputs_of, shaken


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def dense(*sizes, names=None):
    """A stack of Dense layers: `dense(2, 3, 4)` has layers d0 (2 to 3) and d1 (3 to 4)."""
    names = names or [f"d{i}" for i in range(len(sizes) - 1)]
    model = Sequential(name="s")
    for name, size, before in zip(names, sizes[1:], sizes[:-1], strict=True):
        model.add(Dense(size, input_shape=(before,), name=name))
    return shaken(model)


def assert_unchanged(model, action):
    before = model.get_weights()
    action()
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class TestInOrder:
    def test_names_do_not_matter(self, tmp_path):
        model, other = dense(2, 3, 4), dense(2, 3, 4, names=["x", "y"])
        model.save_weights(tmp_path / "w.h5")
        other.load_weights(tmp_path / "w.h5")
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_a_whole_model_has_weights_too(self, tmp_path):
        model, other = dense(2, 3, 4), shaken(dense(2, 3, 4), seed=9)
        model.save(tmp_path / "m.h5")
        other.load_weights(tmp_path / "m.h5")
        np.testing.assert_array_equal(model.get_weights()[2], other.get_weights()[2])

    def test_number_of_layers(self, tmp_path):
        dense(2, 3, 4).save_weights(tmp_path / "w.h5")
        model = dense(2, 3)
        message = (
            r"weight file containing 2 layers into a model with 1 layers\. The file has d0, d1; "
            r"the model has d0\. With by_name=True"
        )

        def load():
            with pytest.raises(ValueError, match=message):
                model.load_weights(tmp_path / "w.h5")

        assert_unchanged(model, load)

    def test_shapes(self, tmp_path):
        """The first layer fits, the second does not: none is changed."""
        dense(2, 3, 4).save_weights(tmp_path / "w.h5")
        model = dense(2, 3, 5, names=["a", "b"])
        message = (
            r'Layer "b" \(#1, in the file \'d1\'\): weight \'b/kernel:0\' has shape \(3, 5\); '
            r"the saved weight has shape \(3, 4\)"
        )

        def load():
            with pytest.raises(ValueError, match=message):
                model.load_weights(tmp_path / "w.h5")

        assert_unchanged(model, load)

    def test_number_of_weights(self, tmp_path):
        dense(2, 3).save_weights(tmp_path / "w.h5")
        model = Sequential([Dense(3, use_bias=False, input_shape=(2,), name="plain")])
        with pytest.raises(
            ValueError,
            match=r'Layer "plain" .* needs 1 weights: plain/kernel:0 \(2, 3\); the file has 2, of '
            r"shapes \(2, 3\), \(3,\)",
        ):
            model.load_weights(tmp_path / "w.h5")

    def test_weights_that_were_frozen_when_they_were_saved(self, tmp_path):
        """They stand last in a model within a model; their names say which they are."""

        def nested():
            inner = Sequential([Dense(3, input_shape=(3,), name=f"e{i}") for i in range(3)])
            return Sequential([inner])

        model = shaken(nested())
        model.layers[0].layers[0].trainable = False
        model.save_weights(tmp_path / "w.h5")
        K.clear_session()
        other = nested()
        other.load_weights(tmp_path / "w.h5")
        x = inputs_of(model)
        np.testing.assert_array_equal(model.predict(x), other.predict(x))


class TestByName:
    def test_some_layers(self, tmp_path):
        model, other = dense(2, 3, 4), dense(2, 3, 5, names=["d0", "top"])
        shaken(other, seed=9)
        model.save_weights(tmp_path / "w.h5")
        top = other.get_weights()[2:]
        other.load_weights(tmp_path / "w.h5", by_name=True)
        np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
        np.testing.assert_array_equal(other.get_weights()[2], top[0])

    def test_what_does_not_fit(self, tmp_path):
        model, other = dense(2, 3, 4), shaken(dense(2, 3, 5), seed=9)
        model.save_weights(tmp_path / "w.h5")

        def load():
            with pytest.raises(ValueError, match=r"'d1/kernel:0' has shape \(3, 5\)"):
                other.load_weights(tmp_path / "w.h5", by_name=True)

        assert_unchanged(other, load)
        with pytest.warns(UserWarning, match="Skipping loading of weights for layer d1"):
            other.load_weights(tmp_path / "w.h5", by_name=True, skip_mismatch=True)
        np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])

    def test_no_name_fits(self, tmp_path):
        dense(2, 3).save_weights(tmp_path / "w.h5")
        model = dense(2, 3, names=["other"])

        def load():
            with pytest.warns(UserWarning, match="nothing was loaded.*layers other; .* has d0"):
                model.load_weights(tmp_path / "w.h5", by_name=True)

        assert_unchanged(model, load)


class TestNoFile:
    @pytest.mark.parametrize("method", ["load_model", "load_weights"])
    @pytest.mark.parametrize(
        ("start", "message"),
        [
            (None, "There is no file"),
            (b"", "is no HDF5 file: it is empty"),
            (b"PK\x03\x04...", r"is no HDF5 file: it looks like a zip archive; Keras 3's \.keras"),
            (b"\x80\x04\x95", "looks like a pickle"),
            (b"<!doctype html>", "looks like a web page"),
            (b"just text", r"is no HDF5 file\."),
            (b"\x89HDF\r\n\x1a\nand then nothing", "is no HDF5 file, or a damaged one"),
        ],
    )
    def test_file(self, method, start, message, tmp_path):
        path = tmp_path / "model.h5"
        if start is not None:
            path.write_bytes(start)
        load = load_model if method == "load_model" else dense(2, 3).load_weights
        with pytest.raises(OSError, match=message) as caught:
            load(path)
        assert "model.h5" in str(caught.value)
        assert isinstance(caught.value, FileNotFoundError) == (start is None)

    def test_folder(self, tmp_path):
        with pytest.raises(OSError, match="is a folder.*SavedModel"):
            load_model(tmp_path)

    def test_weights_only(self, tmp_path):
        dense(2, 3).save_weights(tmp_path / "w.h5")
        with pytest.raises(
            ValueError, match=r"No model found in config file: .*w\.h5 holds weights only.*load_w"
        ):
            load_model(tmp_path / "w.h5")

    def test_another_kind_of_hdf5(self, tmp_path):
        with h5py.File(tmp_path / "data.h5", "w") as file:
            file["x"] = [1, 2]
        with pytest.raises(ValueError, match="holds no model of Keras"):
            load_model(tmp_path / "data.h5")
        with pytest.raises(ValueError, match="has no list 'layer_names': is it a Keras file"):
            dense(2, 3).load_weights(tmp_path / "data.h5")


def built(layer, *shape):
    layer.build((None, *shape))
    return layer


def numbers(*shape):
    return np.arange(float(np.prod(shape))).reshape(shape)


class TestOtherVersions:
    def test_kernels_of_keras_1(self):
        def check(layer, saved, axes):
            bias = numbers(2)
            kernel, same = preprocess_weights_for_loading(layer, [saved, bias], "1", "tensorflow")
            np.testing.assert_array_equal(kernel, saved.transpose(axes))
            assert same is bias
            assert kernel.shape == layer.kernel.shape

        first = {"data_format": "channels_first"}
        check(built(Conv2D(2, (3, 4), **first), 5, 9, 9), numbers(2, 5, 3, 4), (2, 3, 1, 0))
        check(
            built(Conv2DTranspose(2, (3, 4)), 9, 9, 5),
            numbers(3, 4, 5, 2),
            (0, 1, 3, 2),
        )
        check(
            built(Conv2DTranspose(2, (3, 4), **first), 5, 9, 9),
            numbers(2, 5, 3, 4),
            (2, 3, 0, 1),
        )
        check(
            built(Conv3D(2, (3, 4, 6), **first), 5, 9, 9, 9),
            numbers(2, 5, 3, 4, 6),
            (2, 3, 4, 1, 0),
        )

    def test_one_axis(self):
        layer = built(Conv1D(2, 3), 9, 5)
        new, old = numbers(3, 1, 5, 2), numbers(2, 5, 3, 1)
        for saved, needed in ((new, new[:, 0]), (old, old.transpose(2, 3, 1, 0)[:, 0])):
            kernel, _ = preprocess_weights_for_loading(layer, [saved, numbers(2)], "1")
            np.testing.assert_array_equal(kernel, needed)

    def test_theano(self):
        layer, saved = built(Conv2D(2, 3), 9, 9, 5), numbers(3, 3, 5, 2)
        for backend, needed in (("theano", convert_kernel(saved)), ("tensorflow", saved)):
            kernel, _ = preprocess_weights_for_loading(layer, [saved, numbers(2)], "2.3.1", backend)
            np.testing.assert_array_equal(kernel, needed)

    def test_old_order_of_axes(self):
        layer, saved = built(Conv2D(2, (3, 4)), 9, 9, 5), numbers(5, 2, 4, 3)
        kernel, _ = preprocess_weights_for_loading(layer, [saved, numbers(2)], "2.0")
        np.testing.assert_array_equal(kernel, saved.transpose(3, 2, 0, 1))

    def test_reshape(self):
        layer, saved = built(Conv2D(2, (3, 4)), 9, 9, 5), numbers(12, 10)
        kernel, _ = preprocess_weights_for_loading(layer, [saved, numbers(2)], "2", reshape=True)
        np.testing.assert_array_equal(kernel, saved.reshape(3, 4, 5, 2))
        with pytest.raises(ValueError, match=r"equal size to be reshaped; needs \(3, 4, 5, 2\)"):
            preprocess_weights_for_loading(layer, [saved[1:], numbers(2)], "2", reshape=True)

    def test_within_models(self):
        inner = Sequential(
            [
                Conv2D(2, 3, input_shape=(9, 9, 5)),
                BatchNormalization(),
                Conv2D(4, 1),
            ]
        )
        inner.layers[2].trainable = False
        values = [numbers(*w.shape) for w in inner.weights]
        got = preprocess_weights_for_loading(inner, values, "2.3.1", "theano")
        np.testing.assert_array_equal(got[0], convert_kernel(values[0]))
        assert [w.shape for w in got] == [w.shape for w in values]
        for a, b in zip(got[1:], values[1:], strict=True):
            np.testing.assert_array_equal(a, b)  # a kernel of size 1 turned is itself

    def test_other_layers_are_left_alone(self):
        values = [numbers(2, 3), numbers(3)]
        got = preprocess_weights_for_loading(built(Dense(3), 2), values, "1", "theano")
        assert all(a is b for a, b in zip(got, values, strict=True))
        assert preprocess_weights_for_loading(layers.Flatten(), []) == []


def test_a_model_of_theano(tmp_path):
    model = shaken(MODELS["pictures"]())
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        file["model_weights"].attrs["backend"] = "theano"
        names = file["model_weights/conv2d_1/conv2d_1"]
        names["kernel:0"][...] = convert_kernel(names["kernel:0"][()])
    x = inputs_of(model)
    np.testing.assert_array_equal(
        load_model(tmp_path / "m.h5", compile=False).predict(x), model.predict(x)
    )


class TestRecurrent:
    """Conversions, checked by what the layers compute."""

    x = np.random.RandomState(5).rand(4, 6, 3).astype("float32")

    def run(self, layer, weights):
        model = Sequential([layer])
        model.build((None, 6, 3))
        model.set_weights(weights)
        return model.predict(self.x)

    def weights(self, gates, bias):
        random = np.random.RandomState(4)
        shapes = [(3, gates * 2), (2, gates * 2), bias]
        return [random.rand(*s).astype("float32") - 0.5 for s in shapes]

    @pytest.mark.parametrize(
        ("theirs", "ours", "bias"),
        [
            (lambda: layers.CuDNNLSTM(2), lambda: layers.LSTM(2, **SIGMOID), (16,)),
            (lambda: layers.CuDNNGRU(2), lambda: layers.GRU(2, reset_after=True, **SIGMOID), (12,)),
        ],
    )
    def test_cudnn(self, theirs, ours, bias):
        """A layer of CuDNN and an equal one of ours read each other's weights."""
        saved = self.weights(4 if bias == (16,) else 3, bias)
        converted = preprocess_weights_for_loading(built(ours(), 6, 3), saved)
        assert [w.shape for w in converted] != [w.shape for w in saved]
        np.testing.assert_allclose(
            self.run(ours(), converted), self.run(theirs(), saved), rtol=1e-5, atol=1e-6
        )
        back = preprocess_weights_for_loading(built(theirs(), 6, 3), converted)
        np.testing.assert_allclose(
            self.run(theirs(), back), self.run(theirs(), saved), rtol=1e-5, atol=1e-6
        )

    def test_both_ways_at_once(self):
        saved = 2 * self.weights(4, (16,))
        layer = built(layers.Bidirectional(layers.LSTM(2, **SIGMOID)), 6, 3)
        converted = preprocess_weights_for_loading(layer, saved)
        assert [w.shape for w in converted] == [w.shape for w in layer.weights]
        one = preprocess_weights_for_loading(built(layers.LSTM(2), 6, 3), saved[:3])
        for a, b in zip(converted, one + one, strict=True):
            np.testing.assert_array_equal(a, b)

    @pytest.mark.parametrize("bias", [(12,), (2, 6)])
    def test_units_that_compute_something_else(self, bias):
        with pytest.raises(ValueError, match="compute different things"):
            preprocess_weights_for_loading(built(layers.GRU(2), 6, 3), self.weights(3, bias))

    @pytest.mark.parametrize(("kind", "order"), [("LSTM", "icfo"), ("GRU", "zrh")])
    def test_keras_1(self, kind, order):
        """Kernel, recurrent kernel and bias of each gate stood apart."""
        layer = built(getattr(layers, kind)(2), 6, 3)
        whole = self.weights(len(order), (len(order) * 2,))
        now = "ifco" if kind == "LSTM" else order
        parts = [np.split(w, len(order), axis=-1) for w in whole]
        saved = [parts[i][now.index(gate)] for gate in order for i in range(3)]
        for a, b in zip(preprocess_weights_for_loading(layer, saved, "1"), whole, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_images_of_keras_1(self):
        """In channels first, its kernels were (filters, channels, rows, columns)."""
        layer = built(layers.ConvLSTM2D(2, (3, 2), data_format="channels_first"), 6, 1, 7, 7)
        whole = [numbers(*w.shape) for w in layer.weights]
        parts = [np.split(w, 4, axis=-1) for w in whole]
        parts = [[p.transpose(3, 2, 0, 1) if p.ndim == 4 else p for p in ps] for ps in parts]
        saved = [parts[i]["ifco".index(gate)] for gate in "icfo" for i in range(3)]
        got = preprocess_weights_for_loading(layer, saved, "1")
        for a, b in zip(got, whole, strict=True):
            np.testing.assert_array_equal(a, b)


SIGMOID = {"recurrent_activation": "sigmoid"}
