"""Draw how the time of a step falls with the workers that share it: `python -m docs.workers`.

Makes `docs/pictures/workers.svg` and prints its figures. A machine with few cores cannot run many
workers at once, so a step is put together of what can be measured on it: the computing of one worker's
part, alone on a core, and everything else, with as many real workers as there shall be, which get and
send what workers do but compute nothing. Where there are cores enough, the whole is measured too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import distributed
import numpy as np

from kerasnb.layers import Conv2D, Dense, Flatten, MaxPooling2D
from kerasnb.models import Sequential
from kerasnb.wrappers import dask

PICTURE = Path(__file__).with_name("pictures") / "workers.svg"
WORKERS = (1, 2, 4, 8, 16)
BATCH = 256


def perceptron() -> Sequential:
    """Many weights, little to compute."""
    return Sequential(
        [Dense(512, activation="relu", input_shape=(784,)), Dense(10, activation="softmax")]
    )


def convolutions() -> Sequential:
    """Few weights, much to compute."""
    model = Sequential([Conv2D(32, 3, activation="relu", input_shape=(64, 64, 3))])
    for filters in (64, 64, 64):
        model.add(Conv2D(filters, 3, activation="relu", padding="same"))
        model.add(MaxPooling2D())
    model.add(Flatten())
    model.add(Dense(10, activation="softmax"))
    return model


def seconds(work: Callable[[], Any], times: int = 8) -> float:
    """Return how long some work takes at best, once it has been done."""
    work()
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def idle(recipe: Any, weights: list[Any], arrays: list[Any]) -> Any:
    """Stand in for a worker's part of a step: the same to send and to get, nothing to compute."""
    return dask._Part(len(arrays[0]), 0.0, [weights[i] for i in recipe.trained], [], [])


def measure(model: Any, cores: int) -> tuple[dict[int, float], dict[int, float]]:
    """Return the times of a step by workers, put together and measured, over that without Dask."""
    random = np.random.RandomState(0)
    x = random.rand(BATCH, *model.input_shape[1:]).astype("float32")
    y = np.eye(10, dtype="float32")[random.randint(0, 10, BATCH)]
    model.compile("sgd", "categorical_crossentropy")
    alone = seconds(lambda: model.train_on_batch(x, y))
    arrays = [x, y, np.ones(BATCH, "float32")]
    made, measured = {}, {}
    for count in WORKERS:
        cluster = distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None
        )
        with cluster, distributed.Client(cluster) as client:
            step = dask._Step(model, client, None)
            part = [a[: -(-BATCH // count)] for a in arrays]
            computing = seconds(lambda: dask._work(step.recipe, model.get_weights(), part))  # noqa: B023
            with mock.patch.object(dask, "_work", idle):
                around = seconds(lambda: step(arrays))  # noqa: B023
            made[count] = (around + computing) / alone
            if count <= cores:
                measured[count] = seconds(lambda: step(arrays)) / alone  # noqa: B023
    print(f"{model.count_params():,} weights, {1000 * alone:.0f} ms a step without Dask")
    print("  put together:", ", ".join(f"{n}: {t:.2f}" for n, t in made.items()))
    print("  measured:", ", ".join(f"{n}: {t:.2f}" for n, t in measured.items()))
    return made, measured


def draw(figures: dict[str, tuple[dict[int, float], dict[int, float]]]) -> None:
    """Draw the picture; its words are in the guides, which come in two languages."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "workers", "font.size": 11})
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    ax.plot(WORKERS, [1 / n for n in WORKERS], ":", color="gray", label="1 / n")
    for (name, (made, measured)), colour in zip(figures.items(), ("C1", "C0"), strict=True):
        ax.plot(list(made), list(made.values()), "o-", color=colour, mfc="white", label=name)
        ax.plot(list(measured), list(measured.values()), "s", color=colour)
    ax.set(xscale="log", yscale="log", xlabel="n", ylabel="t(n) / t", xticks=WORKERS)
    ax.set_xticks(WORKERS, [str(n) for n in WORKERS])
    ticks = (0.1, 0.25, 0.5, 1, 2, 5, 10)
    ax.set_yticks(ticks, [str(t) for t in ticks])
    ax.minorticks_off()
    ax.grid(alpha=0.3)
    ax.legend()
    PICTURE.parent.mkdir(exist_ok=True)
    plt.savefig(PICTURE, metadata={"Date": None, "Creator": None})


def main() -> None:
    """Measure, print, draw."""
    cores = len(os.sched_getaffinity(0))
    makers = {"MLP": perceptron, "CNN": convolutions}
    draw({name: measure(make(), cores) for name, make in makers.items()})


if __name__ == "__main__":
    main()
