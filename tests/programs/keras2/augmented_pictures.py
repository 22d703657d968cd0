"""Pictures from arrays and from folders, changed at random on their way into the model."""

import os

import numpy as np
from keras.layers import Activation, Conv2D, Dense, GlobalMaxPooling2D
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator, array_to_img

random = np.random.RandomState(0)


def picture(kind):
    """A picture with bars that lie (0) or stand (1)."""
    image = random.rand(16, 16, 3) * 100
    for at in random.choice(16, 4, replace=False):
        image[(at, slice(None)) if kind == 0 else (slice(None), at)] += 120
    return image


np.random.seed(0)
y = np.arange(128) % 2
x = np.array([picture(kind) for kind in y])
for i in range(32):
    folder = os.path.join("pictures", ["lying", "standing"][i % 2])
    os.makedirs(folder, exist_ok=True)
    array_to_img(x[i]).save(os.path.join(folder, "%d.png" % i))

model = Sequential()
model.add(Conv2D(8, (5, 5), input_shape=(16, 16, 3)))
model.add(Activation("relu"))
model.add(GlobalMaxPooling2D())
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])

changed = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True, width_shift_range=0.1)
flow = changed.flow(x, y, batch_size=16, seed=1)
history = model.fit_generator(flow, steps_per_epoch=8, epochs=15, verbose=0, workers=2)
assert history.history["loss"][-1] < history.history["loss"][0]

plain = ImageDataGenerator(rescale=1 / 255)
files = plain.flow_from_directory("pictures", (16, 16), batch_size=8, class_mode="binary")
assert files.class_indices == {"lying": 0, "standing": 1}
loss, accuracy = model.evaluate_generator(files, steps=4)
assert accuracy > 0.7, accuracy
assert model.predict_generator(files, steps=4).shape == (32, 1)
