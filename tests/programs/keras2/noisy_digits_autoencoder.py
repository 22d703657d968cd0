"""Noise away from digits with a convolutional autoencoder; what it sees inside; TensorBoard."""

import os

import numpy as np
from keras import backend as K
from keras.callbacks import TensorBoard
from keras.datasets import mnist
from keras.layers import Conv2D, Input, MaxPooling2D, UpSampling2D
from keras.models import Model
from keras.optimizers import Adam

np.random.seed(0)
(x, _), (x_test, _) = mnist.load_data()
x, x_test = x[:600, ..., None] / 255, x_test[:100, ..., None] / 255


def noisy(images):
    return np.clip(images + 0.4 * np.random.normal(size=images.shape), 0, 1)


image = Input(shape=(28, 28, 1))
h = Conv2D(8, (3, 3), activation="relu", padding="same")(image)
h = MaxPooling2D((2, 2), padding="same")(h)
code = Conv2D(8, (3, 3), activation="relu", padding="same", name="code")(h)
h = UpSampling2D((2, 2))(code)
clean = Conv2D(1, (3, 3), activation="sigmoid", padding="same")(h)
autoencoder = Model(image, clean)
autoencoder.compile(optimizer=Adam(lr=0.01), loss="binary_crossentropy")
autoencoder.fit(
    noisy(x),
    x,
    epochs=8,
    batch_size=50,
    validation_data=(noisy(x_test), x_test),
    callbacks=[TensorBoard(log_dir="logs")],
    verbose=0,
)
assert any(name.startswith("events.out.tfevents") for name in os.listdir("logs"))

spoilt = noisy(x_test)
better = autoencoder.predict(spoilt)
assert np.mean((better - x_test) ** 2) < 0.5 * np.mean((spoilt - x_test) ** 2)
look = K.function([autoencoder.input], [autoencoder.get_layer("code").output])
assert look([spoilt[:2]])[0].shape == (2, 14, 14, 8)
encoder = Model(inputs=autoencoder.input, outputs=autoencoder.get_layer("code").output)
np.testing.assert_allclose(encoder.predict(spoilt[:2]), look([spoilt[:2]])[0], rtol=1e-5)
