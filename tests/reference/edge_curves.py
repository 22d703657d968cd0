"""Learning curves of tf_keras with callbacks: `python -m tests.reference.edge_curves`, from the root.

It needs an environment with tensorflow-cpu and tf_keras, and writes `edge_curves.json`. A quarter
of the labels are random, so that models learn by heart in the end, what is validated becomes worse,
and those callbacks that change the training have something to do. Only what 2.3.1 and tf_keras compute by the same
formulas is in it: tf_keras's moving variances are others, so there is no batch normalization.
"""

import json
import os
from pathlib import Path

import numpy as np

from .training import first_weights, optimizers_of

PATH = Path(__file__).parent / "edge_curves.json"
EPOCHS = 60


def mlp(keras):
    """Two hidden layers; SGD with momentum."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(32, activation="relu", input_shape=(12,)),
            layers.Dense(24, activation="tanh"),
            layers.Dense(4, activation="softmax"),
        ]
    )
    return compiled(keras, model, optimizers_of(keras).SGD(learning_rate=0.01, momentum=0.9))


def cnn(keras):
    """Two convolutions and pooling; Adam."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Conv2D(8, 3, activation="relu", padding="same", input_shape=(8, 8, 2)),
            layers.MaxPooling2D(2),
            layers.Conv2D(12, 3, strides=2),
            layers.ELU(),
            layers.Flatten(),
            layers.Dense(16, activation="tanh"),
            layers.Dense(4, activation="softmax"),
        ]
    )
    return compiled(keras, model, optimizers_of(keras).Adam(learning_rate=0.006))


def compiled(keras, model, optimizer):
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy", "mae"])
    first_weights(model)
    return model


MODELS = {"mlp": mlp, "cnn": cnn}


def data(name):
    """Return training and validation data; their numbers are no multiple of a batch's."""
    random = np.random.RandomState(5)
    found = []
    for n in (70, 30):
        x = random.standard_normal((n, *((12,) if name == "mlp" else (8, 8, 2))))
        rule = x[:, :4] if name == "mlp" else x[:, :2, :2, 0].reshape(n, 4)
        guess = random.randint(0, 4, size=n)
        label = np.where(random.random_sample(n) < 0.75, rule.argmax(axis=1), guess)
        found.append((x, np.eye(4)[label]))
    return found


def steering(keras):
    """Return the callbacks that change a training."""
    make = keras.callbacks
    return [
        make.LearningRateScheduler(lambda epoch, lr: lr * (0.97 if epoch else 1.0)),
        make.ReduceLROnPlateau(factor=0.5, patience=2, min_delta=1e-3, cooldown=1),
        make.EarlyStopping(min_delta=1e-3, patience=7, restore_best_weights=True),
        make.TerminateOnNaN(),
    ]


def train(keras, name, others=()):
    """Return the model, its history, and its results for the validation data."""
    model = MODELS[name](keras)
    training, validation = data(name)
    history = model.fit(
        *training, batch_size=16, epochs=EPOCHS, shuffle=False, verbose=0,
        validation_data=validation, callbacks=[*steering(keras), *others],
    )  # fmt: skip
    return model, history, model.evaluate(*validation, batch_size=16, verbose=0)


def main():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow as tf
    import tf_keras as keras

    fixture = {"made_with": {"tf_keras": keras.__version__, "tensorflow": tf.__version__}}
    for name in MODELS:
        _, history, results = train(keras, name)
        curves = {k: [float(f"{v:.7g}") for v in values] for k, values in history.history.items()}
        fixture[name] = {"curves": curves, "results": [float(f"{v:.7g}") for v in results]}
    PATH.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    print(f"{PATH.name}: {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
