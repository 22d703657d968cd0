"""Losses that hold gradients: a critic held to slope 1 (WGAN-GP), and losses of second order."""

from functools import partial

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import Conv2D, Dense, Flatten, Input, Lambda, Layer, LeakyReLU
from kerasnb.models import Model, Sequential
from kerasnb.optimizers import Adam


def wasserstein(y_true, y_pred):
    return K.mean(y_true * y_pred)


def slope(y_pred, samples):
    """Return the length of the critic's gradient at each sample."""
    (gradient,) = K.gradients(K.sum(y_pred), samples)
    return K.sqrt(K.sum(K.square(gradient), axis=list(range(1, K.ndim(gradient)))) + 1e-12)


def penalty(y_true, y_pred, samples):
    return K.mean(K.square(slope(y_pred, samples) - 1.0))


class Between(Layer):
    """A random point on the line from a real sample to a made one."""

    def call(self, inputs):
        real, made = inputs
        shape = (K.shape(real)[0], *(1,) * (K.ndim(real) - 1))
        share = K.random_uniform(shape)
        return share * real + (1 - share) * made

    def compute_output_shape(self, input_shape):
        return input_shape[0]


def critic_for(shape):
    layers = [Flatten(), Dense(16), LeakyReLU(0.2), Dense(1)]
    if len(shape) == 3:
        layers.insert(0, Conv2D(4, (3, 3), padding="same"))
        layers.insert(1, LeakyReLU(0.2))
    elif len(shape) == 1:
        layers[0] = Dense(16, activation="tanh")
    model = Sequential()
    for i, layer in enumerate(layers):
        if i == 0:
            config = {**layer.get_config(), "batch_input_shape": (None, *shape)}
            layer = type(layer).from_config(config)
        model.add(layer)
    return model


def trained_critic(shape, weight):
    """Train a critic with a weight of the penalty; return what it says, and its mean slope."""
    K.clear_session()
    K.set_random_seed(3)
    np.random.seed(3)
    critic = critic_for(shape)
    real, made = Input(shape), Input(shape)
    between = Between()([real, made])
    held = partial(penalty, samples=between)
    held.__name__ = "penalty"
    model = Model([real, made], [critic(real), critic(made), critic(between)])
    model.compile(
        Adam(3e-3, beta_1=0.5),
        loss=[wasserstein, wasserstein, held],
        loss_weights=[1, 1, weight],
    )
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((2, 64, *shape)).astype("f4") * 0.3
    x = [noise[0] + 0.5, noise[1] - 0.5]
    y = [-np.ones((64, 1)), np.ones((64, 1)), np.zeros((64, 1))]
    for _ in range(400):
        model.train_on_batch(x, y)
    points = K.placeholder((None, *shape))
    (lengths,) = K.function([points], [slope(critic(points), points)])([sum(x) / 2])
    return critic.predict(x[0]).mean() - critic.predict(x[1]).mean(), lengths.mean()


@pytest.mark.parametrize("shape", [(3,), (6, 6, 2)])
def test_a_critic_is_held_to_slope_one(shape):
    apart, length = trained_critic(shape, 10)
    assert apart > 0.5  # the critic tells real ones from made ones
    assert 0.6 < length < 1.6
    _, free = trained_critic(shape, 0)
    assert free > 3


def test_the_penalty_has_the_gradient_of_finite_differences():
    """By every weight of the critic, in float64."""
    K.clear_session()
    K.set_floatx("float64")
    try:
        critic = Sequential([Dense(5, activation="tanh", input_shape=(3,)), Dense(1)])
        x = K.placeholder((None, 3))
        value = penalty(None, critic(x), x)
        slopes = K.gradients(value, critic.trainable_weights)
        function = K.function([x], [value, *[g for g in slopes if g is not None]])
        rng = np.random.default_rng(1)
        data = rng.standard_normal((4, 3))
        critic.set_weights([rng.standard_normal(w.shape) for w in critic.get_weights()])
        _, *found = function([data])
        weights = critic.get_weights()
        assert [g is None for g in slopes] == [False, False, False, True]  # the last bias: no slope
        for i, got in enumerate(found):
            way = rng.standard_normal(got.shape)

            def at(step, i=i, way=way):
                moved = [w + step * way if j == i else w for j, w in enumerate(weights)]
                critic.set_weights(moved)
                return function([data])[0]

            want = (8 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 12e-4
            np.testing.assert_allclose((got * way).sum(), want, rtol=1e-7)
            critic.set_weights(weights)
    finally:
        K.set_floatx("float32")


def test_a_gradient_inside_a_lambda_is_trained_through():
    """The derivative of a network as a layer's output: learn f from f'."""
    K.clear_session()
    K.set_random_seed(5)
    x = Input((1,))
    f = Dense(1, use_bias=False)(Dense(16, activation="tanh")(x))  # f' shows no bias
    derivative = Lambda(lambda t: K.gradients(t[0], t[1])[0])([f, x])
    model = Model(x, derivative)
    model.compile(Adam(0.02), "mse")
    points = np.linspace(-2, 2, 64)[:, None]
    losses = [model.train_on_batch(points, np.cos(points)) for _ in range(300)]
    assert losses[-1] < 0.01 < losses[0]
    values = Model(x, f).predict(points)
    error = values - values.mean() - (np.sin(points) - np.sin(points).mean())
    assert np.abs(error).max() < 0.15
