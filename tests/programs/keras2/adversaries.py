"""A generator and a critic that learn from each other: one model frozen inside of another."""

import numpy as np
from keras.layers import Dense, Input, LeakyReLU
from keras.models import Model, Sequential
from keras.optimizers import Adam

np.random.seed(0)


def real(count):
    """Points of a ring around (2, 1)."""
    angle = np.random.uniform(0, 2 * np.pi, count)
    return np.stack([2 + np.cos(angle), 1 + np.sin(angle)], 1)


critic = Sequential([Dense(32, input_dim=2), LeakyReLU(0.2), Dense(32), LeakyReLU(0.2)])
critic.add(Dense(1, activation="sigmoid"))
critic.compile(Adam(0.002, beta_1=0.5), "binary_crossentropy", metrics=["accuracy"])

generator = Sequential([Dense(32, activation="relu", input_dim=4), Dense(2)])
noise = Input(shape=(4,))
critic.trainable = False
both = Model(noise, critic(generator(noise)))
both.compile(Adam(0.002, beta_1=0.5), "binary_crossentropy")

half = 64
far = np.abs(generator.predict(np.random.randn(500, 4)).mean(0) - [2, 1]).max()
for _ in range(400):
    made = generator.predict(np.random.randn(half, 4))
    critic.train_on_batch(real(half), np.ones(half))
    critic.train_on_batch(made, np.zeros(half))
    before = critic.get_weights()
    both.train_on_batch(np.random.randn(half, 4), np.ones(half))
    for a, b in zip(before, critic.get_weights()):
        assert np.array_equal(a, b)  # frozen in the pair, though it learns by itself
near = np.abs(generator.predict(np.random.randn(500, 4)).mean(0) - [2, 1]).max()
assert near < 0.6 < far, (near, far)
