"""Do two pictures show the same digit? Two towers with one set of weights, and a loss of one's own."""

import random

import numpy as np
from keras import backend as K
from keras.datasets import mnist
from keras.layers import Dense, Dropout, Flatten, Input, Lambda
from keras.models import Model, load_model
from keras.optimizers import RMSprop

np.random.seed(0)
random.seed(0)


def distance(vectors):
    a, b = vectors
    return K.sqrt(K.maximum(K.sum(K.square(a - b), axis=1, keepdims=True), K.epsilon()))


def distance_shape(shapes):
    return (shapes[0][0], 1)


def contrastive_loss(y_true, y_pred):
    """Pull pairs together, push others apart up to a margin of 1."""
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * K.square(K.maximum(1 - y_pred, 0)))


def accuracy(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))


def pairs(x, y, count):
    by_digit = [np.where(y == digit)[0] for digit in range(10)]
    made, same = [], []
    for _ in range(count):
        a, b = random.sample(range(10), 2)
        i, j = random.sample(list(by_digit[a]), 2)
        made += [[x[i], x[j]], [x[i], x[random.choice(list(by_digit[b]))]]]
        same += [1.0, 0.0]
    made = np.array(made)
    return [made[:, 0], made[:, 1]], np.array(same)


(x_train, y_train), (x_test, y_test) = mnist.load_data()
x, same = pairs(x_train / 255, y_train, 1500)
x_new, same_new = pairs(x_test / 255, y_test, 200)

one = Input(shape=(28, 28))
h = Dropout(0.1)(Dense(64, activation="relu")(Flatten()(one)))
tower = Model(one, Dense(32, activation="relu")(h))
left, right = Input(shape=(28, 28)), Input(shape=(28, 28))
apart = Lambda(distance, output_shape=distance_shape)([tower(left), tower(right)])
model = Model([left, right], apart)
model.compile(loss=contrastive_loss, optimizer=RMSprop(), metrics=[accuracy])
model.fit(x, same, batch_size=64, epochs=5, validation_data=(x_new, same_new), verbose=2)
assert model.evaluate(x_new, same_new, verbose=0)[1] > 0.8

tower.save("tower.h5")  # the Lambda is not in it
again = load_model("tower.h5", custom_objects={"contrastive_loss": contrastive_loss})
np.testing.assert_allclose(again.predict(x_new[0]), tower.predict(x_new[0]), rtol=1e-5, atol=1e-6)
