"""Kill processes while they save: `python -m tests.saving.kills FOLDER COUNT`.

Each process saves two models to one path, one after the other, until it is killed. Whatever the
moment, the file must be one of the two, whole.
"""

import collections
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from kerasnb.layers import Dense
from kerasnb.models import Sequential, load_model


def model_full_of(value):
    """Return a model all of whose weights have one value."""
    model = Sequential([Dense(300, input_shape=(300,)), Dense(300)])
    model.set_weights([np.full(w.shape, value, w.dtype) for w in model.get_weights()])
    return model


def save_for_ever(models, path):
    while True:
        for model in models:
            model.save(path)


def leftovers(folder):
    return list(folder.glob(".*.kerasnb-tmp"))


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    path = folder / "model.h5"
    models = [model_full_of(1.0), model_full_of(2.0)]
    begin = time.perf_counter()
    models[0].save(path)
    once = time.perf_counter() - begin
    generator = random.Random(count)
    results = collections.Counter()
    for _ in range(count):
        child = os.fork()
        if child == 0:
            save_for_ever(models, path)
        time.sleep(generator.uniform(0, 4 * once))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        results["killed while saving"] += bool(leftovers(folder))
        values = np.unique(
            np.concatenate([w.ravel() for w in load_model(path, compile=False).get_weights()])
        )
        results[f"whole file of {values.tolist()}"] += 1
    models[0].save(path)
    results["files at the end"] = len(list(folder.iterdir()))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
