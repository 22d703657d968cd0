"""The big models of the functional API's guide: shared, branching and nested, built and trained.

Each function builds one in a size that is given; the tests build it small and train it on data
whose labels follow from the inputs, so that the loss has to fall.
"""

import subprocess
import sys

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import backend as K
from kerasnb.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    TimeDistributed,
    add,
    concatenate,
)
from kerasnb.models import Model, Sequential


@pytest.fixture(autouse=True)
def seeded():
    K.clear_session()
    K.set_random_seed(7)
    np.random.seed(7)


def falls(model, x, y, epochs=12, batch_size=16):
    """Train, and return the history once the loss has fallen by a tenth at least."""
    history = model.fit(x, y, epochs=epochs, batch_size=batch_size, verbose=0).history
    assert np.all(np.isfinite(history["loss"]))
    assert history["loss"][-1] < 0.9 * history["loss"][0], history["loss"]
    return history


def two_tweets(steps, features, units):
    """Were two texts written by the same person? One LSTM reads both."""
    first, second = Input((steps, features)), Input((steps, features))
    reader = LSTM(units)
    both = concatenate([reader(first), reader(second)], axis=-1)
    return reader, Model([first, second], Dense(1, activation="sigmoid")(both))


def test_a_shared_lstm_reads_two_tweets():
    reader, model = two_tweets(6, 5, 8)
    assert [len(w.shape) for w in reader.get_weights()] == [2, 2, 1]
    assert len(model.trainable_weights) == 5  # the reader's three count once
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 64, 6, 5)).astype("f4")
    falls(model, [a, b], (a.mean((1, 2)) > b.mean((1, 2))).astype("f4"), epochs=30)
    with pytest.raises(AttributeError, match="multiple inbound nodes.*get_output_at"):
        _ = reader.output
    assert reader.get_input_at(0) is model.inputs[0]
    assert reader.get_input_at(1) is model.inputs[1]


def headline_model(words, length, units):
    """How often will a headline be shared? An output early on helps the LSTM along."""
    headline = Input((length,), dtype="int32", name="main_input")
    read = LSTM(units)(Embedding(words, 16, input_length=length)(headline))
    early = Dense(1, activation="sigmoid", name="aux_output")(read)
    hour = Input((5,), name="aux_input")
    x = concatenate([read, hour])
    for _ in range(3):
        x = Dense(16, activation="relu")(x)
    late = Dense(1, activation="sigmoid", name="main_output")(x)
    return Model(inputs=[headline, hour], outputs=[late, early])


@pytest.mark.parametrize("by_name", [False, True])
def test_two_inputs_and_an_auxiliary_output(by_name):
    model = headline_model(50, 7, 8)
    rng = np.random.default_rng(1)
    words, hours = rng.integers(1, 50, (64, 7)), rng.standard_normal((64, 5))
    shared = (words.mean(1) > 25).astype("f4")
    if by_name:
        loss = dict.fromkeys(["main_output", "aux_output"], "binary_crossentropy")
        model.compile("rmsprop", loss, loss_weights={"main_output": 1.0, "aux_output": 0.2})
        x = {"main_input": words, "aux_input": hours}
        y = {"main_output": shared, "aux_output": shared}
    else:
        model.compile("rmsprop", "binary_crossentropy", loss_weights=[1.0, 0.2])
        x, y = [words, hours], [shared, shared]
    history = falls(model, x, y, epochs=25)
    total = np.array(history["main_output_loss"]) + 0.2 * np.array(history["aux_output_loss"])
    np.testing.assert_allclose(history["loss"], total, rtol=1e-4)
    assert [p.shape for p in model.predict(x)] == [(64, 1), (64, 1)]


def inception(image, filters):
    """Three towers over one image, side by side in the channels."""
    narrow = Conv2D(filters, (1, 1), padding="same", activation="relu")(image)
    narrow = Conv2D(filters, (3, 3), padding="same", activation="relu")(narrow)
    wide = Conv2D(filters, (1, 1), padding="same", activation="relu")(image)
    wide = Conv2D(filters, (5, 5), padding="same", activation="relu")(wide)
    pooled = MaxPooling2D((3, 3), strides=(1, 1), padding="same")(image)
    pooled = Conv2D(filters, (1, 1), padding="same", activation="relu")(pooled)
    return [narrow, wide, pooled]


def bright_quarter(rng, count, size):
    """Images with one bright quarter, and its number as one-hot rows."""
    y = rng.integers(0, 4, count)
    x = rng.uniform(0, 0.5, (count, size, size, 3)).astype("f4")
    half = size // 2
    for image, quarter in zip(x, y, strict=True):
        top, left = divmod(int(quarter), 2)
        image[top * half : (top + 1) * half, left * half : (left + 1) * half] += 1
    return x, keras.utils.to_categorical(y, 4)


@pytest.mark.parametrize("axis", [-1, 1])
def test_inception_block(axis):
    image = Input((8, 8, 3))
    block = concatenate(inception(image, 4), axis=axis)
    assert K.int_shape(block) == ((None, 8, 8, 12) if axis == -1 else (None, 24, 8, 4))
    model = Model(image, Dense(4, activation="softmax")(Flatten()(block)))
    model.compile("adam", "categorical_crossentropy")
    falls(model, *bright_quarter(np.random.default_rng(2), 64, 8))


def test_residual_blocks():
    image = Input((8, 8, 3))
    x = image
    for _ in range(2):
        y = BatchNormalization()(Conv2D(3, (3, 3), padding="same")(x))
        x = Activation("relu")(add([x, y]))
    assert K.int_shape(x) == (None, 8, 8, 3)
    model = Model(image, Dense(4, activation="softmax")(GlobalAveragePooling2D()(x)))
    model.compile("adam", "categorical_crossentropy")
    rng = np.random.default_rng(3)
    x, y = bright_quarter(rng, 64, 8)
    x *= 1 + np.argmax(y, 1)[:, None, None, None]
    falls(model, x, y, epochs=25)


def test_a_vision_model_is_shared_by_two_digits():
    digit = Input((9, 9, 1))
    x = MaxPooling2D((2, 2))(Conv2D(4, (3, 3))(Conv2D(4, (3, 3))(digit)))
    vision = Model(digit, Flatten()(x))
    a, b = Input((9, 9, 1)), Input((9, 9, 1))
    output = Dense(1, activation="sigmoid")(concatenate([vision(a), vision(b)]))
    model = Model([a, b], output)
    assert model.count_params() == vision.count_params() + 2 * 16 + 1
    model.compile("adam", "binary_crossentropy")
    rng = np.random.default_rng(4)
    first, second = rng.standard_normal((2, 64, 9, 9, 1)).astype("f4")
    same = (first.mean((1, 2, 3)) > second.mean((1, 2, 3))).astype("f4")
    before = [w.copy() for w in vision.get_weights()]
    falls(model, [first, second], same, epochs=30)
    assert all(np.any(a != b) for a, b in zip(before, vision.get_weights(), strict=True))


def vision_encoder(size, filters):
    """Images to vectors: pairs of convolutions with more and more filters."""
    model = Sequential()
    kwargs = {"input_shape": (size, size, 3)}
    for count in filters:
        model.add(Conv2D(count, (3, 3), activation="relu", padding="same", **kwargs))
        model.add(Conv2D(count, (3, 3), activation="relu"))
        model.add(MaxPooling2D((2, 2)))
        kwargs = {}
    model.add(Flatten())
    return model


def question_answering(size, filters, words, length, units, answers):
    """The answer, a single word, to a question about a picture."""
    vision = vision_encoder(size, filters)
    image = Input((size, size, 3))
    question = Input((length,), dtype="int32")
    asked = LSTM(units)(Embedding(words, units, input_length=length)(question))
    merged = concatenate([asked, vision(image)])
    answer = Dense(answers, activation="softmax")(merged)
    return vision, question, asked, Model([image, question], answer)


def video_answering(frames, size, vision, question, asked, length, units, answers):
    """The same about a film: the vision model looks at every frame."""
    video = Input((frames, size, size, 3))
    seen = LSTM(units)(TimeDistributed(vision)(video))
    encoder = Model(question, asked)
    other_question = Input((length,), dtype="int32")
    merged = concatenate([seen, encoder(other_question)])
    answer = Dense(answers, activation="softmax")(merged)
    return Model([video, other_question], answer)


def test_visual_and_video_question_answering():
    vision, question, asked, model = question_answering(12, [4], 20, 5, 8, 4)
    model.compile("adam", "categorical_crossentropy")
    rng = np.random.default_rng(5)
    images, answers = bright_quarter(rng, 48, 12)
    words = rng.integers(1, 20, (48, 5))
    falls(model, [images, words], answers)

    film = video_answering(3, 12, vision, question, asked, 5, 8, 4)
    inner = film.get_layer(vision.name) if vision in film.layers else film.layers[1].layer
    assert inner is vision  # the weights are the very same
    film.compile("adam", "categorical_crossentropy")
    videos = np.stack([images] * 3, 1)
    falls(film, [videos, words], answers, epochs=15)


FULL_SIZE = """
import sys, time, tracemalloc
start = time.perf_counter()
from tests.programs.test_functional import question_answering
built = time.perf_counter()
tracemalloc.start()
_, _, _, model = question_answering(224, [64, 128, 256], 10000, 100, 256, 1000)
print(model.count_params(), tracemalloc.get_traced_memory()[1] // 2**20)
print(f"import {built - start:.2f} s, build {time.perf_counter() - built:.2f} s", file=sys.stderr)
"""


def test_the_full_size_model_takes_no_memory_until_it_is_trained():
    """About 175 million weights, 700 MB in float32: made when they are first needed."""
    run = subprocess.run(
        [sys.executable, "-c", FULL_SIZE], capture_output=True, text=True, check=True
    )
    params, megabytes = map(int, run.stdout.split())
    assert params > 150_000_000
    assert megabytes < 300, run.stderr
