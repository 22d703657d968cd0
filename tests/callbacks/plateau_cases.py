"""Random results of epochs, and what ReduceLROnPlateau makes of the learning rate.

`python -m tests.callbacks.plateau_cases`, in an environment with tf_keras and from the repository's
root, writes what stands in plateau_cases.json.
"""

import json
from pathlib import Path

import numpy as np

CASES = {
    "as it is": {"patience": 2},
    "impatient": {"patience": 0, "factor": 0.5},
    "cooldown": {"patience": 1, "factor": 0.3, "cooldown": 3},
    "wide": {"patience": 2, "factor": 0.5, "min_delta": 0.2},
    "lowest": {"patience": 1, "factor": 0.1, "min_lr": 0.003},
    "growing": {"patience": 2, "factor": 0.5, "monitor": "val_acc"},
    "max": {"patience": 2, "factor": 0.5, "mode": "max", "cooldown": 1},
    "min": {"patience": 2, "factor": 0.5, "mode": "min", "monitor": "val_acc"},
}


def trace(keras, name):
    """Return learning rate, wait and cooldown after each of 30 epochs."""
    values = np.round(np.random.RandomState(len(name)).rand(30), 2).tolist()
    model = keras.models.Sequential([keras.layers.Dense(1, input_shape=(1,))])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    callback = keras.callbacks.ReduceLROnPlateau(**CASES[name])
    callback.set_model(model)
    callback.on_train_begin()
    seen = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {callback.monitor: value})
        rate = float(keras.backend.get_value(model.optimizer.lr))
        seen.append([rate, callback.wait, callback.cooldown_counter])
    return seen


if __name__ == "__main__":
    import tf_keras

    text = json.dumps({name: trace(tf_keras, name) for name in CASES}, indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n", "utf-8")
