"""The exercises of the chapters: right answers pass, first and wrong ones get words and a hint."""

import json
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import kerasnb
from kerasnb import checking
from kerasnb.checking.chapters import CHAPTERS
from kerasnb.notebook.language import set_language

FOLDER = Path(__file__).resolve().parents[1] / "notebooks" / "en"
IMPORTS = """
import numpy as np
from kerasnb import backend as K, utils
from kerasnb.callbacks import Callback
from kerasnb.layers import Conv2D, Dense, Flatten, Layer, MaxPooling2D
from kerasnb.models import Model, Sequential
from kerasnb.preprocessing.image import ImageDataGenerator
from kerasnb.preprocessing.sequence import pad_sequences
from kerasnb.preprocessing.text import Tokenizer
from kerasnb.wrappers.scikit_learn import KerasClassifier
"""
# What an exercise uses of its chapter.
AROUND = {
    7: """
x_test = np.random.normal(size=(3, 8, 8, 1))
sneaker = 1
model = Sequential([Conv2D(4, 3, padding="same", input_shape=(8, 8, 1)), MaxPooling2D(2), Flatten()])
model.add(Dense(10, activation="softmax", bias_initializer="random_normal"))
kernel, bias = model.layers[-1].get_weights()
last_maps = Model(model.input, model.layers[1].output)
def activation_map(picture, label):
    return (last_maps.predict(picture[None])[0] * kernel.reshape(4, 4, 4, 10)[..., label]).sum(-1)
""",
    16: """
texts = ["the film is good", "the music is good and the film is long", "the film is bad, bad, bad"]
""",
    18: """
word_index = {word: i + 1 for i, word in enumerate("this was a good bad film".split())}
words = {i: word for word, i in word_index.items()}
""",
    24: """
def build(units=8, activation="tanh"):
    model = Sequential([Dense(units, activation=activation, input_shape=(2,))])
    model.add(Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model
x, y = np.random.normal(size=(8, 2)), np.array(["left", "right"] * 4)
""",
    25: "ten = np.arange(10).reshape(10, 1)",
}
# What else a learner would write, and what is wrong.
WRONG = {
    1: ["dense_weights = lambda inputs, units: inputs * units + 1"],
    2: ["trained_on = lambda samples, split: int(np.ceil(samples * (1 - split)))"],
    3: [
        "count_steps = lambda samples, batch_size, epochs, split: epochs * -(-samples // batch_size)"
    ],
    4: ["count_weights = lambda width, units, times: width * units + units + units + 1"],
    5: [
        "endings['price'] = (1, 'linear', 'mse')",
        "endings['price'] = (1, 'relu', 'mse')",
        "endings |= {'price': (1, 'linear', 'mse'), 'spam': (1, 'softmax', 'binary_crossentropy')}",
        "del endings['spam']",
    ],
    6: ["class Centre(Layer):\n    def call(self, x):\n        return x - K.mean(x, axis=-1)"],
    7: ["missing = bias.sum()", "missing = bias[6]", "missing = 'bias'"],
    8: ["my_shape, my_weights = (32, 300), 305", "my_shape, my_weights = (300,), 145"],
    9: [
        "my_count = lambda d, u: 4 * (d * u + u * u)",
        "my_count = lambda d, u: 3 * u * (d + u + 1)",
    ],
    10: ["my_cosine = lambda p, q: (p * q).sum(1) / np.linalg.norm(p, axis=1)"],
    11: ["my_answer = 4.0", "my_answer = None"],
    12: [
        "recall = lambda y, p: K.mean(K.equal(y, K.round(p)))",
        "recall = lambda y, p: K.sum(K.round(p) * y) / K.sum(K.round(p))",
    ],
    13: [
        "hard_tanh = K.tanh",
        "hard_tanh = lambda x: K.stop_gradient(K.clip(x, -1.0, 1.0))",
    ],
    14: [
        "zero_mean = lambda w: w - K.mean(w, axis=1, keepdims=True)",
        "zero_mean = lambda w: 0 * w",
    ],
    15: [
        """
class StopAt(Callback):
    def __init__(self, accuracy):
        super().__init__()
        self.accuracy = accuracy

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = logs["val_accuracy"] >= self.accuracy
"""
    ],
    16: [
        """
tokenizer = Tokenizer(num_words=8, oov_token="?")
tokenizer.fit_on_texts(texts)
prepare = lambda new: pad_sequences(tokenizer.texts_to_sequences(new), maxlen=5, padding="post")
""",
        """
tokenizer = Tokenizer(oov_token="?")
tokenizer.fit_on_texts(texts)
def prepare(new):
    numbers = tokenizer.texts_to_sequences(new)
    return pad_sequences(numbers, maxlen=5, padding="post", truncating="post")
""",
    ],
    17: ["scans = ImageDataGenerator(rescale=1 / 255)"],
    18: ["read = lambda numbers: ' '.join(words[n - 3] for n in numbers if n > 3)"],
    19: [
        "def freeze(body, model):\n    model.compile('adam', 'sparse_categorical_crossentropy')",
        """
def freeze(body, model):
    model.compile("adam", "sparse_categorical_crossentropy")
    body.layers[2].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
""",
    ],
    20: ["distance = lambda a, b: K.sum(K.square(a - b), axis=1, keepdims=True)"],
    21: [
        """
class Scale(Layer):
    def build(self, input_shape):
        self.factor = self.add_weight("factor", (3,), initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        return inputs * self.factor
"""
    ],
    22: [
        """
def halve(model):
    model.set_weights([w / 2 if w.ndim > 1 else w for w in model.get_weights()])
"""
    ],
    23: ["best_epoch = lambda history: int(np.argmin(history.history['val_loss']))"],
    24: ["mine.set_params(units=5, epochs=5)"],
    25: [
        """
class Pairs(utils.Sequence):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        return ten[index : index + 1], ten[index : index + 1]
"""
    ],
    26: ["cube_gradient = lambda y, dy, x: dy * K.square(x)"],
}


@pytest.fixture(autouse=True, params=["en", "zh"])
def chosen(request):
    set_language(request.param)
    yield request.param
    set_language(None)


def sources(number):
    (path,) = FOLDER.glob(f"{number:02}-*.ipynb")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


def answer(number):
    (code,) = re.findall(r"```python\n(.*?)```", sources(number)["answer"], re.DOTALL)
    return code


@pytest.fixture
def said(monkeypatch, capsys):
    """Return a function: what the check of a chapter says of a learner's code."""

    def said(number, code):
        notebook = types.ModuleType("__main__")
        monkeypatch.setitem(sys.modules, "__main__", notebook)
        np.random.seed(number)
        exec(IMPORTS + AROUND.get(number, ""), notebook.__dict__)
        exec(code, notebook.__dict__)
        capsys.readouterr()
        kerasnb.check(number)
        return capsys.readouterr().out

    return said


def test_every_chapter_has_an_exercise_in_both_languages():
    numbers = sorted(int(path.name[:2]) for path in FOLDER.glob("*.ipynb"))
    assert sorted(map(int, CHAPTERS)) == sorted(WRONG) == numbers
    for number in numbers:
        assert sources(number)["check"] == f"%kerasnb check {number}"
        assert CHAPTERS[str(number)].hints.keys() == {"en", "zh"}


@pytest.mark.parametrize("number", sorted(WRONG))
def test_the_answer_is_right_and_the_first_attempt_is_not(number, said, chosen):
    right = {"en": f"Exercise {number}: right.", "zh": f"练习 {number}：正确。"}[chosen]
    assert said(number, answer(number)) == right + "\n"
    not_yet = said(number, sources(number)["try"])
    hint = CHAPTERS[str(number)].hints[chosen]
    begin = {"en": f"Exercise {number}, not yet: ", "zh": f"练习 {number}，还不对："}[chosen]
    assert not_yet.startswith(begin) and not_yet.rstrip().endswith(hint)
    for line in answer(number).splitlines():  # what is to be written is not in the hint
        assert line.strip() not in hint or len(line.strip()) < 3


@pytest.mark.parametrize(
    "number, code", [(number, code) for number, codes in WRONG.items() for code in codes]
)
def test_wrong_answers_are_told(number, code, said, chosen):
    first = sources(number)["try"]
    told = said(number, f"{first}\n{code}")
    assert CHAPTERS[str(number)].hints[chosen] in told
    assert len(told.splitlines()) >= 2 and "Traceback" not in told


def test_what_is_missing_and_what_stops_is_told_without_an_error(said, chosen):
    assert "`dense_weights`" in said(1, "")
    told = said(1, "def dense_weights(inputs, units):\n    return inputs[0]")
    assert "TypeError" in told and CHAPTERS["1"].hints[chosen] in told


def test_a_number_that_no_chapter_has_is_told(said):
    with pytest.raises(checking.CheckFailed, match=r"27.*1, 2, 3"):
        said(27, "")


def test_without_a_number_what_is_there_is_checked(monkeypatch, capsys, chosen):
    notebook = types.ModuleType("__main__")
    notebook.my_answer = 5
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    kerasnb.check()
    assert "11" in capsys.readouterr().out.splitlines()[0]
