"""How a workload is trained by each kind of peer. A trainer imports its peer and builds the model.

`fit(x, y, epochs)` trains and returns the (wall, CPU) seconds of each epoch.
"""

import importlib
import time

from .workloads import WORKLOADS


def clocks():
    """Return wall and CPU time (all threads) in seconds."""
    return time.perf_counter(), time.process_time()


def since(start):
    return tuple(now - before for now, before in zip(clocks(), start, strict=True))


class Keras:
    """Any package with the Keras 2 API, by its `fit`."""

    def __init__(self, package):
        self.keras = importlib.import_module(package)
        self.version = self.keras.__version__

    def build(self, workload):
        self.batch = WORKLOADS[workload].batch
        self.model = WORKLOADS[workload].model(self.keras)

    def fit(self, x, y, epochs):
        class EpochTimes(self.keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.start = clocks()

            def on_epoch_end(self, epoch, logs=None):
                times.append(since(self.start))

        times = []
        self.model.fit(
            x, y, batch_size=self.batch, epochs=epochs, verbose=0, callbacks=[EpochTimes()]
        )
        return times


class Torch:
    """PyTorch, by the loop that its users write, with the loss and the accuracy that fit reports.

    The batches are gathered by index: far faster than a DataLoader with data in memory.
    """

    def __init__(self, package):
        self.torch = importlib.import_module(package)
        self.version = self.torch.__version__

    def build(self, workload):
        from . import torch_models

        self.batch = WORKLOADS[workload].batch
        self.model, self.optimizer = getattr(torch_models, workload)()
        self.model.to(memory_format=self.torch.channels_last)

    def fit(self, x, y, epochs):
        torch = self.torch
        x, y = torch.from_numpy(x), torch.from_numpy(y).argmax(1)
        if x.ndim == 4:
            x = x.permute(0, 3, 1, 2)  # the same memory, seen as channels_last
        self.model.train()
        return [self.epoch(torch, x, y) for _ in range(epochs)]

    def epoch(self, torch, x, y):
        start = clocks()
        total = correct = 0
        for index in torch.randperm(len(x)).split(self.batch):
            inputs, labels = x[index], y[index]
            self.optimizer.zero_grad()
            logits = self.model(inputs)
            loss = torch.nn.functional.cross_entropy(logits, labels)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(index)
            correct += (logits.argmax(1) == labels).sum().item()
        return since(start)


TRAINERS = {"kerasnb": Keras, "tf_keras": Keras, "torch": Torch}
