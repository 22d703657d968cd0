"""How a model is trained by each kind of peer. A trainer imports its peer, then builds a model.

`prepare(x, y)` returns the data as the peer's users hold them, `fit(data, epochs)` trains and
returns the (wall, CPU) seconds of each epoch, `weights()` tells how many weights are trained.
"""

import importlib
import math
import time


def clocks():
    """Return wall and CPU time (all threads) in seconds."""
    return time.perf_counter(), time.process_time()


def since(start):
    return tuple(now - before for now, before in zip(clocks(), start, strict=True))


class Keras:
    """Any package with the API of Keras, by its `fit`."""

    def __init__(self, package):
        self.package = importlib.import_module(package)
        self.version = self.package.__version__

    def build(self, name, batch):
        from . import keras_models

        self.batch = batch
        self.model = getattr(keras_models, name)(self.package)

    def weights(self):
        return sum(math.prod(w.shape) for w in self.model.trainable_weights)

    def prepare(self, x, y):
        return x, y

    def fit(self, data, epochs):
        class EpochTimes(self.package.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.start = clocks()

            def on_epoch_end(self, epoch, logs=None):
                times.append(since(self.start))

        times = []
        self.model.fit(
            *data, batch_size=self.batch, epochs=epochs, verbose=0, callbacks=[EpochTimes()]
        )
        return times

    def train_on_batch(self, data):
        return self.model.train_on_batch(*data)

    def predict(self, x):
        return self.model.predict(x, verbose=0)


class Torch:
    """PyTorch, by the loop that its users write, with the loss and the accuracy that fit reports.

    The batches are gathered by index: far faster than a DataLoader with data in memory.
    """

    def __init__(self, package):
        self.package = importlib.import_module(package)
        self.version = self.package.__version__

    def build(self, name, batch):
        from . import torch_models

        self.batch = batch
        self.model, self.optimizer = getattr(torch_models, name)()
        self.model.to(memory_format=self.package.channels_last)

    def weights(self):
        """Count the weights, without the second bias that an LSTM has here: it adds nothing."""
        named = self.model.named_parameters()
        return sum(weight.numel() for name, weight in named if "bias_hh" not in name)

    def prepare(self, x, y):
        """Return tensors; of one-hot targets the labels, channels where the model wants them."""
        x, y = map(self.package.from_numpy, (x, y))
        if x.ndim == 4:
            x = x.permute(0, 3, 1, 2)  # the same memory, seen as channels_last
        elif isinstance(self.model[0], self.package.nn.Conv1d):
            x = x.transpose(1, 2).contiguous()
        return x, y.argmax(1) if y.shape[1] > 1 else y

    def fit(self, data, epochs):
        self.model.train()
        return [self.epoch(*data) for _ in range(epochs)]

    def epoch(self, x, y):
        start = clocks()
        total = correct = 0
        for index in self.package.randperm(len(x)).split(self.batch):
            loss, right = self.train_on_batch((x[index], y[index]))
            total += loss * len(index)
            correct += right
        return since(start)

    def train_on_batch(self, data):
        """Train on a batch; return the loss and the number of right answers."""
        x, y = data
        functions = self.package.nn.functional
        self.optimizer.zero_grad()
        logits = self.model(x)
        if y.ndim == 1:
            loss, answers = functions.cross_entropy(logits, y), logits.argmax(1)
        else:
            loss, answers = functions.binary_cross_entropy_with_logits(logits, y), logits > 0
        loss.backward()
        self.optimizer.step()
        return loss.item(), (answers == y).sum().item()

    def predict(self, x):
        """Return probabilities of classes."""
        self.model.eval()
        with self.package.inference_mode():
            return self.model(x).softmax(1).numpy()


def trainer(package):
    """Import a package and return its trainer."""
    return (Torch if package == "torch" else Keras)(package)
