"""Reviews with an LSTM; its embedding goes into another model by name."""

import numpy as np
from keras.datasets import imdb
from keras.layers import LSTM, Dense, Embedding, GlobalAveragePooling1D
from keras.models import Sequential
from keras.preprocessing import sequence

np.random.seed(0)
words, length = 2500, 40
(x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=words)
x_train = sequence.pad_sequences(x_train[:1500], maxlen=length)
x_test = sequence.pad_sequences(x_test[:500], maxlen=length)
y_train, y_test = y_train[:1500], y_test[:500]

model = Sequential()
model.add(Embedding(words, 16, mask_zero=True, name="words"))
model.add(LSTM(16, dropout=0.1))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=4, validation_data=(x_test, y_test), verbose=2)
assert model.evaluate(x_test, y_test, verbose=0)[1] > 0.6
model.save_weights("weights.h5")

bag = Sequential()
bag.add(Embedding(words, 16, input_length=length, trainable=False, name="words"))
bag.add(GlobalAveragePooling1D())
bag.add(Dense(1, activation="sigmoid", name="judge"))
bag.load_weights("weights.h5", by_name=True)
before = bag.layers[0].get_weights()[0].copy()
np.testing.assert_array_equal(before, model.get_layer("words").get_weights()[0])
bag.compile("adam", "binary_crossentropy", metrics=["accuracy"])
bag.fit(x_train, y_train, epochs=2, verbose=0)
np.testing.assert_array_equal(before, bag.layers[0].get_weights()[0])
