"""What is timed: eight models (`keras_models.py`, `torch_models.py`) and data for them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Workload:
    """The sizes of a model and its data, and what we want to reach.

    Args:
        inputs: shape of a sample.
        classes: number of classes; 1 for a yes or no.
        batch: samples in a batch.
        steps: batches in an epoch; an epoch takes some tenths of a second.
        weights: number of weights that are trained, the same in every peer.
        goal: our time for a step over the fastest peer's.
        words: number of words if the samples are words, else 0.
    """

    inputs: tuple[int, ...]
    classes: int
    batch: int
    steps: int
    weights: int
    goal: float
    words: int = 0

    def data(self, batches: int) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets, one-hot or 0 and 1, for some batches."""
        generator = np.random.default_rng(0)
        samples = batches * self.batch
        if self.words:
            x = generator.integers(0, self.words, (samples, *self.inputs), dtype="int32")
        else:
            x = generator.random((samples, *self.inputs), dtype="float32")
        labels = generator.integers(0, max(2, self.classes), samples)
        if self.classes == 1:
            return x, labels.astype("float32")[:, np.newaxis]
        return x, np.eye(self.classes, dtype="float32")[labels]


WORKLOADS = {
    "mlp": Workload((784,), classes=10, batch=128, steps=60, weights=669706, goal=0.9),
    "mlp_small": Workload((20,), classes=10, batch=128, steps=500, weights=6154, goal=0.5),
    "mnist_cnn": Workload((28, 28, 1), classes=10, batch=128, steps=6, weights=1199882, goal=0.55),
    "vgg_like": Workload((100, 100, 3), classes=10, batch=32, steps=2, weights=7998250, goal=0.6),
    "imdb_lstm": Workload(
        (80,), classes=1, batch=32, steps=15, weights=2691713, goal=0.75, words=20000
    ),
    "stacked_lstm": Workload((8, 16), classes=10, batch=64, steps=200, weights=23242, goal=0.7),
    "conv1d": Workload((128, 100), classes=1, batch=16, steps=80, weights=105729, goal=0.9),
    "resnet": Workload((32, 32, 16), classes=10, batch=64, steps=12, weights=9578, goal=0.7),
}
EMPTY = Workload((1,), classes=1, batch=32, steps=500, weights=2, goal=1)  # see extras.py
