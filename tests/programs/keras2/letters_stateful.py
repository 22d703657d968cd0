"""One letter after the other: a stateful LSTM that continues a text, and says so as it learns."""

import numpy as np
from keras.callbacks import LambdaCallback
from keras.layers import LSTM, Dense
from keras.models import Sequential
from keras.utils import to_categorical

np.random.seed(0)
text = "round and round and round the ragged rock " * 30
letters = sorted(set(text))
place = {letter: i for i, letter in enumerate(letters)}
numbers = np.array([place[letter] for letter in text])
batch, steps = 4, 10
rows = len(numbers) // batch // steps * steps
streams = numbers[: rows * batch].reshape(batch, rows)
x = to_categorical(streams, len(letters))

model = Sequential()
model.add(
    LSTM(32, stateful=True, return_sequences=True, batch_input_shape=(batch, steps, len(letters)))
)
model.add(Dense(len(letters), activation="softmax"))
model.compile("rmsprop", "categorical_crossentropy")
losses = []
for _ in range(12):
    for start in range(0, rows - steps, steps):
        window = slice(start, start + steps)
        after = slice(start + 1, start + steps + 1)
        losses.append(model.train_on_batch(x[:, window], x[:, after]))
    model.reset_states()
assert np.mean(losses[-10:]) < 0.4 * losses[0]

# The same weights, one letter at a time.
writer = Sequential()
writer.add(LSTM(32, stateful=True, batch_input_shape=(1, 1, len(letters))))
writer.add(Dense(len(letters), activation="softmax"))
writer.set_weights(model.get_weights())


def read(letter):
    """Return the chances of the next letter."""
    one_hot = to_categorical(place[letter], len(letters))
    return writer.predict(one_hot.reshape(1, 1, -1))[0]


def continued(start, count):
    writer.reset_states()
    for letter in start[:-1]:
        read(letter)
    result = start
    for _ in range(count):
        result += letters[int(np.argmax(read(result[-1])))]
    return result


said = []
say = LambdaCallback(on_epoch_end=lambda epoch, logs: said.append(continued("the ", 12)))
one = np.zeros((1, 1, len(letters)))
writer.compile("sgd", "categorical_crossentropy")
writer.fit(one, one[:, 0], epochs=2, batch_size=1, callbacks=[say], verbose=0)
assert len(said) == 2
assert continued("round and ", 10).startswith("round and r")
