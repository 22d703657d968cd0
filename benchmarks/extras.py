"""What is timed beside steps of training, on one core: seconds of the wall's clock for each.

`measure(package)` does all that the package can: PyTorch has no tokenizer, Keras 3 has left some
of Keras 2 out. An extra is a function of the trainer that returns seconds.
"""

import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from .trainers import trainer
from .workloads import EMPTY, WORKLOADS

SECONDS = 1.0  # that an extra is repeated for, at least twice


def repeated(function):
    """Return the median time of a call after the first."""
    function()
    times = []
    while len(times) < 2 or sum(times) < SECONDS:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times)


def built(peer, name, workload, batches=1):
    """Build a model; return data for it as the peer wants them."""
    peer.build(name, workload.batch)
    return peer.prepare(*workload.data(batches))


def predict_one(name, peer):
    data = built(peer, name, WORKLOADS[name])
    return repeated(partial(peer.predict, data[0][:1]))


def train_on_batch(name, peer):
    data = built(peer, name, WORKLOADS[name])
    return repeated(partial(peer.train_on_batch, data))


def empty_fit(peer):
    data = built(peer, "empty", EMPTY, EMPTY.steps)
    peer.fit(data, epochs=2)
    return median(wall for wall, _ in peer.fit(data, epochs=5)) / EMPTY.steps


def build_resnet50(peer):
    """Build it, with the values of all weights."""
    return repeated(lambda: peer.package.applications.ResNet50(weights=None).get_weights())


def save_weights(peer):
    return files(peer)[0]


def load_weights(peer):
    return files(peer)[1]


def files(peer):
    """Return what saving and loading 100 MB of weights take."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "all.weights.h5")
        if hasattr(peer.package, "save"):
            model = peer.package.nn.Linear(5000, 5000)
            save = partial(peer.package.save, model.state_dict(), path)
            load = lambda: model.load_state_dict(peer.package.load(path))  # noqa: E731
        else:
            layers = peer.package.layers
            model = peer.package.models.Sequential([layers.Dense(5000, input_shape=(5000,))])
            save, load = partial(model.save_weights, path), partial(model.load_weights, path)
        return repeated(save), repeated(load)


def tokenize(peer):
    """Count the words of 10,000 texts, then turn the texts into numbers."""
    generator = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(20000)])
    texts = [
        " ".join(words[np.minimum(generator.zipf(1.3, count), len(words)) - 1]) + ".\n"
        for count in generator.integers(20, 100, 10000)
    ]

    def run():
        tokenizer = peer.package.preprocessing.text.Tokenizer(num_words=5000)
        tokenizer.fit_on_texts(texts)
        return tokenizer.texts_to_sequences(texts)

    return repeated(run)


def augment(peer):
    """Turn, shift, zoom and flip 1,000 images of 32 x 32 pixels."""
    images = np.random.default_rng(0).random((1000, 32, 32, 3), dtype="float32")
    flow = peer.package.preprocessing.image.ImageDataGenerator(
        rotation_range=15,
        width_shift_range=0.1,
        height_shift_range=0.1,
        zoom_range=0.1,
        horizontal_flip=True,
    ).flow(images, batch_size=50)
    return repeated(lambda: [next(flow) for _ in range(20)])


def pad(peer):
    """Make an array of 25,000 reviews of 50 to 500 words."""
    generator = np.random.default_rng(0)
    reviews = [generator.integers(1, 20000, n).tolist() for n in generator.integers(50, 500, 25000)]
    sequence = peer.package.preprocessing.sequence
    return repeated(partial(sequence.pad_sequences, reviews, maxlen=400))


EXTRAS = {
    "predict of one sample, mlp": partial(predict_one, "mlp"),
    "predict of one sample, mnist_cnn": partial(predict_one, "mnist_cnn"),
    "train_on_batch, mlp_small": partial(train_on_batch, "mlp_small"),
    "train_on_batch, mnist_cnn": partial(train_on_batch, "mnist_cnn"),
    "fit of an empty model, a batch": empty_fit,
    "building ResNet50": build_resnet50,
    "saving 100 MB of weights": save_weights,
    "loading 100 MB of weights": load_weights,
    "tokenizing 10,000 texts": tokenize,
    "augmenting 1,000 images": augment,
    "pad_sequences of 25,000 reviews": pad,
}


def measure(package):
    """Return the version of the package, and the seconds of all that it can do."""
    peer = trainer(package)
    figures = {"version": peer.version}
    for name, extra in EXTRAS.items():
        try:
            figures[name] = extra(peer)
        except AttributeError as error:
            if getattr(error.obj, "__name__", "").partition(".")[0] != package:
                raise
    return figures
