"""Digits with a multilayer perceptron, start to end."""

import numpy as np
from keras.datasets import mnist
from keras.layers import Dense, Dropout
from keras.models import Sequential
from keras.optimizers import RMSprop
from keras.utils import to_categorical

np.random.seed(0)
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(len(x_train), 784).astype("float32") / 255
x_test = x_test.reshape(len(x_test), 784).astype("float32") / 255

model = Sequential()
model.add(Dense(128, activation="relu", input_shape=(784,)))
model.add(Dropout(0.2))
model.add(Dense(10, activation="softmax"))
model.summary()
model.compile(loss="categorical_crossentropy", optimizer=RMSprop(), metrics=["accuracy"])
history = model.fit(
    x_train,
    to_categorical(y_train, 10),
    batch_size=128,
    epochs=3,
    verbose=1,
    validation_data=(x_test, to_categorical(y_test, 10)),
)
loss, accuracy = model.evaluate(x_test, to_categorical(y_test, 10), verbose=0)
assert accuracy > 0.9
assert history.history["val_acc"] == history.history["val_accuracy"]
assert abs(history.history["val_loss"][-1] - loss) < 1e-5
classes = model.predict_classes(x_test)
assert abs((classes == y_test).mean() - accuracy) < 1e-6
