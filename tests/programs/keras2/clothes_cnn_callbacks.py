"""Clothes with a small CNN: checkpoints, early stopping, logs, and going on from a file."""

import csv
import os

import numpy as np
from keras import backend as K
from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from keras.datasets import fashion_mnist
from keras.layers import BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential, load_model

np.random.seed(0)
(x, y), (x_test, y_test) = fashion_mnist.load_data()
x, y = x[:1500, ..., None] / 255, y[:1500]
x_test, y_test = x_test[:300, ..., None] / 255, y_test[:300]
if K.image_data_format() == "channels_first":
    x, x_test = x.transpose(0, 3, 1, 2), x_test.transpose(0, 3, 1, 2)

model = Sequential(
    [
        Conv2D(8, (3, 3), activation="relu", input_shape=x.shape[1:]),
        BatchNormalization(),
        MaxPooling2D((2, 2)),
        Conv2D(16, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
        Flatten(),
        Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["acc"])
callbacks = [
    ModelCheckpoint("best.{epoch:02d}.h5", monitor="val_acc", save_best_only=True),
    EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True),
    ReduceLROnPlateau(factor=0.5, patience=1),
    CSVLogger("log.csv"),
]
model.fit(x, y, epochs=4, batch_size=50, validation_split=0.2, callbacks=callbacks, verbose=2)
model.save("last.h5")

with open("log.csv") as file:
    rows = list(csv.DictReader(file))
assert {"epoch", "acc", "loss", "val_acc", "val_loss", "lr"} <= set(rows[0])
assert any(name.startswith("best.") for name in os.listdir("."))

again = load_model("last.h5")
np.testing.assert_allclose(again.predict(x_test), model.predict(x_test), rtol=1e-5, atol=1e-6)
one = model.train_on_batch(x[:50], y[:50])
two = again.train_on_batch(x[:50], y[:50])
np.testing.assert_allclose(one, two, rtol=1e-5)  # the optimizer's state came along
assert again.evaluate(x_test, y_test, verbose=0)[1] > 0.5
