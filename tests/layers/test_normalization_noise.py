"""Batch normalization's moving averages, and the statistics of noise."""

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import (
    AlphaDropout,
    BatchNormalization,
    Dense,
    GaussianDropout,
    GaussianNoise,
    Input,
    Lambda,
    add,
)
from kerasnb.models import Model, Sequential


class TestBatchNormalization:
    @pytest.mark.parametrize(
        ("shape", "axis"),
        [((6,), -1), ((3, 4), -1), ((3, 4), 1), ((3, 4, 2), 3), ((3, 4, 2), 1), ((3, 4, 2), -2)],
    )
    def test_moving_averages(self, shape, axis):
        layer = BatchNormalization(axis=axis, momentum=0.9, epsilon=0.01, input_shape=shape)
        model = Sequential([layer])
        model.compile("sgd", "mse")
        x = 2 + 3 * np.random.RandomState(1).standard_normal((16, *shape))
        others = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
        n = np.prod([x.shape[i] for i in others])
        mean, variance = np.zeros(x.shape[axis]), np.ones(x.shape[axis])
        for _ in range(2):
            model.train_on_batch(x, x)
            mean = 0.9 * mean + 0.1 * x.mean(axis=others)
            # as in Keras 2.3.1; tf_keras averages the variance as it is
            variance = 0.9 * variance + 0.1 * x.var(axis=others) * n / (n - 1.01)
        got_mean, got_variance = layer.get_weights()[2:]
        np.testing.assert_allclose(got_mean, mean, rtol=1e-5)
        np.testing.assert_allclose(got_variance, variance, rtol=1e-5)

    def test_training_normalizes_by_the_batch_testing_by_the_averages(self):
        x = Input((4,))
        layer = BatchNormalization(epsilon=1e-5)
        f = K.function([x, K.learning_phase()], [layer(x)])
        array = (5 + np.random.RandomState(2).standard_normal((50, 4))).astype("float32")
        trained, tested = f([array, 1])[0], f([array, 0])[0]
        np.testing.assert_allclose(trained.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(trained.std(axis=0), 1, rtol=1e-4)
        np.testing.assert_allclose(tested, array, rtol=1e-4)

    def test_training_can_be_ruled_out(self):
        x = Input((4,))
        layer = BatchNormalization()
        y = layer(x, training=False)
        assert not layer.updates
        array = np.ones((2, 4), "float32")
        (got,) = K.function([x, K.learning_phase()], [y])([array, 1])
        np.testing.assert_allclose(got, array / np.sqrt(1.001), rtol=1e-6)

    def test_while_not_trainable_the_averages_rest(self):
        layer = BatchNormalization(input_shape=(3,))
        layer.trainable = False
        model = Sequential([layer, Dense(1)])
        model.compile("sgd", "mse")
        before = layer.get_weights()
        model.train_on_batch(np.ones((4, 3)), np.ones((4, 1)))
        for a, b in zip(before, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_weights_in_order(self):
        layer = BatchNormalization()
        layer(Input((3,)))
        names = [w.name.split("/")[-1].split(":")[0] for w in layer.weights]
        assert names == ["gamma", "beta", "moving_mean", "moving_variance"]

    def test_shared_layer_averages_over_both_calls(self):
        layer = BatchNormalization(momentum=0.5)
        a, b = Input((2,)), Input((2,))
        model = Model([a, b], [layer(a), layer(b)])
        assert len(model.updates) == 4

    def test_mistakes(self):
        with pytest.raises(ValueError, match="batch_normalization_1.*axis 2.*got input shape"):
            BatchNormalization(axis=2)(Input((3,)))


def noisy(layer, array, phase=1):
    x = Input(array.shape[1:])
    return K.function([x, K.learning_phase()], [layer(x)])([array, phase])[0]


class TestNoise:
    ones = np.ones((200, 100), "float32")

    def test_gaussian_noise(self):
        noise = noisy(GaussianNoise(0.5), self.ones) - 1
        assert abs(noise.mean()) < 0.02 and abs(noise.std() - 0.5) < 0.02

    def test_gaussian_dropout(self):
        factors = noisy(GaussianDropout(0.2), self.ones)
        assert abs(factors.mean() - 1) < 0.02
        assert abs(factors.std() - np.sqrt(0.2 / 0.8)) < 0.02

    @pytest.mark.parametrize("rate", [0.1, 0.5])
    def test_alpha_dropout_keeps_mean_and_variance(self, rate):
        x = np.random.RandomState(3).standard_normal((400, 100)).astype("float32")
        y = noisy(AlphaDropout(rate, seed=4), x)
        assert abs(y.mean()) < 0.02 and abs(y.std() - 1) < 0.02
        most = np.unique(y.round(5), return_counts=True)[1].max()  # all that is dropped is equal
        assert abs(most / y.size - rate) < 0.02

    def test_alpha_dropout_with_a_noise_shape(self):
        y = noisy(AlphaDropout(0.5, noise_shape=(None, 1)), self.ones)
        np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
        assert len(np.unique(y)) == 2

    @pytest.mark.parametrize("layer", [GaussianNoise(0.5), GaussianDropout(0.3), AlphaDropout(0.3)])
    def test_at_test_time_nothing_happens(self, layer):
        np.testing.assert_array_equal(noisy(layer, self.ones, phase=0), self.ones)

    @pytest.mark.parametrize("rate", [0.0, 1.0, -1.0])
    def test_rates_that_drop_nothing(self, rate):
        for layer in (GaussianDropout(rate), AlphaDropout(rate)):
            np.testing.assert_array_equal(noisy(layer, self.ones), self.ones)


def test_each_call_of_a_shared_normalization_moves_the_averages():
    """One after the other, as far as its momentum says."""
    x = Input((2,))
    norm = BatchNormalization(momentum=0.5)
    model = Model(x, add([norm(x), norm(Lambda(lambda t: 4.0 * t)(x))]))
    model.compile("sgd", "mse")
    data = np.array([[1.0, 2.0], [3.0, 6.0]])
    model.train_on_batch(data, np.zeros((2, 2)))
    mean = data.mean(0)
    np.testing.assert_allclose(norm.get_weights()[2], 0.25 * mean + 0.5 * 4 * mean, rtol=1e-6)
