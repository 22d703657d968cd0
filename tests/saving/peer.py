"""Read and write files with tf_keras, in an environment of its own: `python -m tests.saving.peer`.

`FOLDER` holds models of kerasnb, `*.h5`. For each of them stands afterwards in FOLDER:

* `NAME.npz`: inputs, what tf_keras predicts for them, targets, and the losses of three steps that
  it trains from there on (if the model was compiled); or `error`;
* `NAME.tf`: the model as tf_keras saves it (HDF5, before those steps), `NAME.tfw`: its weights.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np


def data(model, samples=4, seed=1):
    """Return random inputs and targets that fit a model, as lists."""
    random = np.random.RandomState(seed)
    words = type(model.layers[0]).__name__ == "Embedding"

    def inputs(x):
        shape = (samples, *(n or 4 for n in tuple(x.shape)[1:]))
        return random.randint(0, 9, shape) if words else random.rand(*shape).astype("float32")

    x = [inputs(tensor) for tensor in model.inputs]
    y = [random.rand(*np.shape(p)).astype("float32") for p in listed(model.predict_on_batch(x))]
    return x, y


def listed(arrays):
    """Return one array as a list of it."""
    return list(arrays) if isinstance(arrays, list | tuple) else [arrays]


def losses(model, x, y, steps=3):
    """Return the losses of some steps of training, with the states at zero before it."""
    model.reset_states()
    x, y = (a[0] if isinstance(a, list) and len(a) == 1 else a for a in (x, y))
    return [float(np.ravel(model.train_on_batch(x, y))[0]) for _ in range(steps)]


def main():
    import tf_keras

    for path in sorted(Path(sys.argv[1]).glob("*.h5")):
        try:
            results = both_ways(path, tf_keras.models.load_model(path))
        except Exception as error:  # the next ones may do better
            results = {"error": np.array(f"{type(error).__name__}: {error}")}
        tf_keras.backend.clear_session()
        np.savez(path.with_suffix(".npz"), **results)


def both_ways(path, model):
    """Return what a model computes, and save it beside its file."""
    x, y = data(model)
    results = {f"x{i}": a for i, a in enumerate(x)} | {f"y{i}": a for i, a in enumerate(y)}
    model.reset_states()
    for i, p in enumerate(listed(model.predict_on_batch(x))):
        results[f"p{i}"] = p
    for form, save in (("tf", model.save), ("tfw", model.save_weights)):
        temporary = path.with_suffix(".saved.h5")
        save(temporary)
        temporary.rename(path.with_suffix(f".{form}"))
    if model.optimizer is not None:
        results["losses"] = losses(model, x, y)
    return results


if __name__ == "__main__":
    main()
