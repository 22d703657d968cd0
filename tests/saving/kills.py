"""Kill processes while they write: `python -m tests.saving.kills WAY FOLDER COUNT`.

Each process writes to one path, again and again, until it is killed: models by `save`, models of a
training by ModelCheckpoint, or the state of a training by Resume. Whatever the moment, the file
must be one of those that were written, whole; and the next start removes what is left beside it.
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

from kerasnb import backend as K
from kerasnb.callbacks import LambdaCallback, ModelCheckpoint, Resume
from kerasnb.layers import Dense
from kerasnb.models import Sequential, load_model
from kerasnb.optimizers import SGD


def fill(model, value):
    """Give all weights of a model one value."""
    model.set_weights([np.full(w.shape, value, w.dtype) for w in model.get_weights()])


def new_model():
    model = Sequential([Dense(300, input_shape=(300,)), Dense(300)])
    model.compile(SGD(0.0, momentum=0.5), "mse")
    return model


def values_of(model):
    """Return the different values of all weights of a model."""
    return np.unique(np.concatenate([w.ravel() for w in model.get_weights()])).tolist()


def leftovers(folder):
    return list(folder.glob(".*.kerasnb-tmp"))


class Saving:
    """`save` writes two models by turns: full of 1 and full of 2."""

    def __init__(self, path):
        self.path = path
        self.models = [new_model(), new_model()]
        for value, model in enumerate(self.models, start=1):
            fill(model, value)
        self.once()

    def once(self):
        self.models[0].save(self.path)

    def write_for_ever(self):
        while True:
            for model in self.models:
                model.save(self.path)

    def is_whole(self):
        return values_of(load_model(self.path, compile=False)) in ([1.0], [2.0])

    def start(self):
        self.once()
        return len(leftovers(self.path.parent))


class Training:
    """A training by one step an epoch, that fills the model with the epoch's number, from 1."""

    def __init__(self, path):
        self.path = path
        self.model = new_model()
        self.once()

    def fit(self, epochs, *callbacks):
        x = np.zeros((1, 300))
        number = LambdaCallback(on_epoch_begin=lambda epoch, logs: fill(self.model, epoch + 1))
        callbacks = [number, *callbacks]
        return self.model.fit(x, x, epochs=epochs, verbose=0, callbacks=callbacks)

    def once(self):
        K.set_value(self.model.optimizer.iterations, 0)
        self.fit(1, self.callback())

    def write_for_ever(self):
        K.set_value(self.model.optimizer.iterations, 0)
        self.fit(10**9, self.callback())

    def start(self):
        """Begin a training; return how many temporary files there are when it has begun."""
        found = []
        look = LambdaCallback(on_train_begin=lambda logs: found.extend(leftovers(self.path.parent)))
        self.fit(1, self.callback(), look)
        return len(found)


class Checkpoint(Training):
    def callback(self):
        return ModelCheckpoint(self.path)

    def is_whole(self):
        model = load_model(self.path)
        return values_of(model) == [model.optimizer.iterations.read()]


class Resuming(Training):
    done = 0

    def callback(self):
        return Resume(self.path, delete=False)

    def is_whole(self):
        """Each process goes on where the one before had come to; so does a last one, here."""
        before = self.done
        history = self.fit(1, self.callback())  # as many epochs are done already
        self.done = len(history.epoch)
        steps = self.model.optimizer.iterations.read()
        return self.done >= before and values_of(self.model) == [steps] == [self.done]


WAYS = {"save": Saving, "checkpoint": Checkpoint, "resume": Resuming}


def kill_one(writer, moment):
    """Let a process write until a moment comes, in seconds."""
    child = os.fork()
    if child == 0:
        writer.write_for_ever()
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main():
    way, folder, count = WAYS[sys.argv[1]], Path(sys.argv[2]), int(sys.argv[3])
    writer = way(folder / "file.h5")
    begin = time.perf_counter()
    writer.once()
    longest = 4 * (time.perf_counter() - begin)
    generator = random.Random(count)
    results = collections.Counter()
    for _ in range(count):
        kill_one(writer, generator.uniform(0, longest))
        results["killed while writing"] += bool(leftovers(folder))
        results["whole"] += writer.is_whole()
    while not leftovers(folder):
        kill_one(writer, generator.uniform(0, longest))
    results["left after the next start"] = writer.start()
    results["files at the end"] = len(list(folder.iterdir()))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
