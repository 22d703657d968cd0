"""Texts to topics: a Tokenizer, a bag of words, a model that travels as JSON."""

import numpy as np
from keras.layers import Activation, Dense, Dropout
from keras.models import Sequential, model_from_json
from keras.preprocessing.text import Tokenizer, tokenizer_from_json

topics = {
    "sea": "wave sand ship sail salt fish storm harbour tide".split(),
    "wood": "tree leaf moss bird root fern owl path shade".split(),
    "town": "tram street shop square lamp crowd bridge clock park".split(),
}
random = np.random.RandomState(0)
np.random.seed(0)
texts, labels = [], []
for number, (_, words) in enumerate(sorted(topics.items())):
    for _ in range(60):
        texts.append(" ".join(random.choice(words, 6)) + ", and THEN we went home!")
        labels.append(number)

tokenizer = Tokenizer(num_words=40)
tokenizer.fit_on_texts(texts)
x = tokenizer.texts_to_matrix(texts, mode="tfidf")
y = np.array(labels)
order = random.permutation(len(x))
x, y = x[order], y[order]

model = Sequential()
model.add(Dense(16, input_shape=(40,)))
model.add(Activation("relu"))
model.add(Dropout(0.5))
model.add(Dense(3))
model.add(Activation("softmax"))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=40, batch_size=16, validation_split=0.2, verbose=0)
assert model.evaluate(x, y, verbose=0)[1] > 0.95

copy = model_from_json(model.to_json())
copy.set_weights(model.get_weights())
other = tokenizer_from_json(tokenizer.to_json())
new = other.texts_to_matrix(["the owl in the tree", "fish and salt"], mode="tfidf")
names = sorted(topics)
assert [names[i] for i in copy.predict_classes(new)] == ["wood", "sea"]
