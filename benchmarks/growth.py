"""How kerasnb's cost grows, in CPU time on one core: with the batch, the depth, the sequence, the models.

`measure(package)` returns seconds under names like 'layers 100: a step'.
"""

import time
from statistics import median

import numpy as np

from .trainers import trainer

GROWTH = {
    "models": (1, 3, 10, 30, 100),  # first: it wants a process in which nothing has been made
    "layers": (10, 30, 100, 300, 1000),
    "samples": (8, 32, 128, 512, 2048),
    "timesteps": (10, 40, 150, 600, 2000),
}


def since(start):
    return time.process_time() - start


def step_time(model, x, y, seconds=0.3):
    """Return (the time of the first step, which makes the plan; the median time of a step)."""
    times = []
    while len(times) < 4 or sum(times[1:]) < seconds:
        start = time.process_time()
        model.train_on_batch(x, y)
        times.append(since(start))
    return times[0], median(times[2:])


def chain(keras, layers, width=16):
    """Return a compiled model of some Dense layers."""
    model = keras.models.Sequential([keras.layers.Dense(width, input_shape=(width,))])
    for _ in range(layers - 1):
        model.add(keras.layers.Dense(width, activation="relu"))
    model.compile("sgd", "mse")
    return model


def models(keras, sizes):
    """Models one after the other, each built and trained for a step; all stay."""
    x = np.ones((32, 16), "float32")
    kept, figures, start = [], {}, time.process_time()
    for count in range(1, max(sizes) + 1):
        kept.append(chain(keras, 3))
        kept[-1].train_on_batch(x, x)
        if count in sizes:
            elapsed = since(start)
            figures[f"models {count}: making all"] = elapsed
            figures[f"models {count}: a step of each"] = count * step_time(kept[-1], x, x)[1]
            start = time.process_time() - elapsed
    return figures


def layers(keras, sizes):
    """Deep models: what building, making the plan of training, and a step take."""
    x, figures = np.ones((32, 16), "float32"), {}
    for size in sizes:
        building, planning = [], []
        while len(building) < 2 or sum(building + planning) < 0.3:
            start = time.process_time()
            model = chain(keras, size)
            building.append(since(start))
            first, step = step_time(model, x, x)
            planning.append(first - step)
        figures[f"layers {size}: building"] = min(building)
        figures[f"layers {size}: the plan"] = min(planning)  # without kernels, made only once
        figures[f"layers {size}: a step"] = step
    return figures


def samples(keras, sizes):
    model = chain(keras, 3, width=256)
    figures = {}
    for size in sizes:
        x = np.ones((size, 256), "float32")
        figures[f"samples {size}: a step"] = step_time(model, x, x)[1]
    return figures


def timesteps(keras, sizes):
    figures = {}
    for size in sizes:
        layer = keras.layers.LSTM(32, input_shape=(size, 16))
        model = keras.models.Sequential([layer, keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        x, y = np.ones((16, size, 16), "float32"), np.ones((16, 1), "float32")
        figures[f"timesteps {size}: a step"] = step_time(model, x, y)[1]
    return figures


def measure(package):
    peer = trainer(package)
    figures = {"version": peer.version}
    for name, sizes in GROWTH.items():
        figures |= globals()[name](peer.package, sizes)
    return figures
