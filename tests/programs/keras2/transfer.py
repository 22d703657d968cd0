"""A new head on a known body: freeze, train, thaw, fine-tune."""

import numpy as np
from keras.applications import MobileNet
from keras.applications.mobilenet import preprocess_input
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
from keras.optimizers import SGD

random = np.random.RandomState(0)
np.random.seed(0)
y = np.arange(24) % 2
x = random.randint(0, 120, (24, 32, 32, 3)).astype("float32")
x[y == 1, :16] += 120
x = preprocess_input(x)

body = MobileNet(weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.25)
head = Dense(8, activation="relu")(GlobalAveragePooling2D()(body.output))
model = Model(inputs=body.input, outputs=Dense(2, activation="softmax")(head))
for layer in body.layers:
    layer.trainable = False
model.compile("rmsprop", "sparse_categorical_crossentropy")
frozen = [w.copy() for w in body.get_weights()]
model.fit(x, y, epochs=2, batch_size=8, verbose=0)
for before, now in zip(frozen, body.get_weights()):
    np.testing.assert_array_equal(before, now)

for layer in body.layers[-6:]:
    layer.trainable = True
model.compile(SGD(lr=1e-3, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=2, batch_size=8, verbose=0)
moved = [np.any(a != b) for a, b in zip(frozen, body.get_weights())]
assert any(moved) and not all(moved)
assert len(model.trainable_weights) < len(model.weights)
