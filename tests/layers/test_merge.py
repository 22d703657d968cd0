"""Merge layers: functions, masks, and what cannot be merged."""

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import layers
from kerasnb.layers import Add, Concatenate, Dot, Embedding, Input, Masking, Subtract
from kerasnb.models import Model

RANDOM = np.random.RandomState(0)
A, B = RANDOM.standard_normal((2, 5, 3, 4)).astype("float32")


def merged(layer_or_function, *arrays, **settings):
    """Return the value of a merge of arrays."""
    xs = [Input(a.shape[1:]) for a in arrays]
    return K.function(xs, [layer_or_function(xs, **settings)])(list(arrays))[0]


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("add", A + B),
        ("subtract", A - B),
        ("multiply", A * B),
        ("average", (A + B) / 2),
        ("maximum", np.maximum(A, B)),
        ("minimum", np.minimum(A, B)),
        ("concatenate", np.concatenate([A, B], axis=-1)),
    ],
)
def test_functions(name, want):
    np.testing.assert_allclose(merged(getattr(layers, name), A, B), want, rtol=1e-6)
    made = getattr(layers, name)([Input((2,)), Input((2,))], name="mine")
    assert made._keras_history[0].name == "mine"


def test_functions_with_arguments():
    np.testing.assert_array_equal(
        merged(layers.concatenate, A, B, axis=1), np.concatenate([A, B], axis=1)
    )
    want = np.einsum("nij,nkj->nik", A, B)
    np.testing.assert_allclose(merged(layers.dot, A, B, axes=2), want, rtol=1e-5, atol=1e-5)
    lengths = np.linalg.norm(A, axis=2)[:, :, None] * np.linalg.norm(B, axis=2)[:, None]
    cosines = merged(layers.dot, A, B, axes=-1, normalize=True)
    np.testing.assert_allclose(cosines, want / lengths, rtol=1e-5, atol=1e-6)


def test_inputs_of_fewer_axes_are_repeated():
    want = A + B[:, :1, :]
    np.testing.assert_array_equal(merged(Add(), A, B[:, 0]), want)


def test_a_list_of_three():
    np.testing.assert_allclose(merged(Add(), A, B, A), A + B + A, rtol=1e-6)


class TestMasks:
    words = np.array([[1, 2, 0], [3, 0, 0]], "float32")

    def masks(self, merge, *makers):
        x = Input((3,))
        y = merge([make(x) for make in makers])
        return K.function([x], [y._keras_mask])([self.words])[0]

    def test_one_input_without_a_mask_keeps_all_its_steps(self):
        masked, plain = Embedding(4, 2, mask_zero=True), Embedding(4, 2)
        got = self.masks(Concatenate(axis=1), plain, masked)
        np.testing.assert_array_equal(got, np.hstack([self.words >= 0, self.words > 0]))
        np.testing.assert_array_equal(self.masks(Add(), plain, masked), self.words > 0)
        np.testing.assert_array_equal(self.masks(Concatenate(), plain, masked), self.words > 0)

    def test_no_mask(self):
        plain = Embedding(4, 2)
        x = Input((3,))
        for merge in (Add(), Concatenate(axis=1)):
            assert merge([plain(x), plain(x)])._keras_mask is None

    def test_by_hand(self):
        a, b = Input((3, 2)), Input((3, 2))
        with pytest.raises(ValueError, match="add_1.*a list of masks, one for each input"):
            Add().compute_mask([a, b], [K.ones((1, 3))])

    def test_a_dot_stops_them(self):
        x = Input((3, 2))
        masked = Masking()(x)
        assert Dot(axes=2)([masked, masked])._keras_mask is None


class TestMistakes:
    def test_one_input(self):
        for inputs in (Input((3,)), [Input((3,))]):
            with pytest.raises(ValueError, match=r"Add\) needs a list of at least 2 inputs; got 1"):
                Add()(inputs)

    def test_other_numbers_of_samples(self):
        a, b = Input(batch_shape=(4, 3)), Input(batch_shape=(5, 3))
        with pytest.raises(ValueError, match="equally many samples; got 4 and 5 samples"):
            Add()([a, b])

    def test_two_inputs_only(self):
        inputs = [Input((3,)) for _ in range(3)]
        with pytest.raises(ValueError, match="subtract_1.*exactly 2 inputs; got 3"):
            Subtract()(inputs)
        with pytest.raises(ValueError, match="dot_1.*exactly 2 inputs; got 3"):
            Dot(axes=1)(inputs)

    def test_dot(self):
        with pytest.raises(ValueError, match="axes to be an integer or two integers; got "):
            Dot(axes=(1, 2, 3))
        with pytest.raises(TypeError, match="axes to be an integer or two integers; got 1.5"):
            Dot(axes=1.5)
        with pytest.raises(ValueError, match="equal sizes along axis 1 .* got 3 and 4"):
            Dot(axes=1)([Input((3,)), Input((4,))])
        with pytest.raises(ValueError, match="other than that of the samples"):
            Dot(axes=0)([Input((3,)), Input((3,))])

    def test_concatenate(self):
        with pytest.raises(ValueError, match="concatenate_1.*that have axis 3"):
            Concatenate(axis=3)([Input((3,)), Input((3,))])
        with pytest.raises(ValueError, match="concatenate_2.*equal sizes on all axes but"):
            Concatenate()([Input((3,)), Input((3, 3))])

    def test_again_with_other_shapes(self):
        layer = Add()
        layer([Input((3,)), Input((3,))])
        assert K.int_shape(layer([Input((4,)), Input((4,))])) == (None, 4)
        with pytest.raises(ValueError, match=r"add_1.*\(3,\) and \(4,\)"):
            layer([Input((3,)), Input((4,))])


def test_a_merge_of_ones_own():
    class Geometric(layers.merge._Merge):
        def _merge_function(self, inputs):
            return K.sqrt(inputs[0] * inputs[1])

    a = Input((2,))
    model = Model(a, Geometric()([a, a]))
    np.testing.assert_allclose(model.predict(np.array([[4.0, 9.0]])), [[4.0, 9.0]])
