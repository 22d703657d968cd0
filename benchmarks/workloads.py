"""The models that are timed, written as a Keras user writes them, and their data.

The same function builds the model of kerasnb and of tf_keras; `torch_models.py` has the same
models as a PyTorch user writes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Workload:
    """A model and the size of its data."""

    model: Callable[[Any], Any]  # Keras module -> compiled model
    input_shape: tuple[int, ...]
    classes: int
    batch: int
    steps: int  # batches in an epoch
    goal: float  # time over the fastest peer's that we want to reach

    def data(self, batches: int) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs in [0, 1) and one-hot targets for some batches."""
        generator = np.random.default_rng(0)
        samples = batches * self.batch
        x = generator.random((samples, *self.input_shape), dtype="float32")
        labels = generator.integers(0, self.classes, samples)
        return x, np.eye(self.classes, dtype="float32")[labels]


def mlp(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(512, activation="relu", input_shape=(784,)),
            layers.Dropout(0.2),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.RMSprop(),
        metrics=["accuracy"],
    )
    return model


def mlp_small(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(64, activation="relu", input_dim=20),
            layers.Dropout(0.5),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    sgd = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
    model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
    return model


def mnist_cnn(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu", input_shape=(28, 28, 1)),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.Adadelta(),
        metrics=["accuracy"],
    )
    return model


WORKLOADS = {
    "mlp": Workload(mlp, (784,), classes=10, batch=128, steps=80, goal=0.9),
    "mlp_small": Workload(mlp_small, (20,), classes=10, batch=128, steps=500, goal=0.5),
    "mnist_cnn": Workload(mnist_cnn, (28, 28, 1), classes=10, batch=128, steps=10, goal=0.55),
}
