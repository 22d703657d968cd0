"""What the live display of a training costs: `python -m benchmarks.watching`.

Prints the share of the training thread's own time that goes into watching, three times over; then the
longest that JupyterLab's page was held by one task while 50,000 batches were trained and watched in it
(needs what the browser tests need: `pip install ".[test]"`, Chromium).
"""

import json
import tempfile
import time
from pathlib import Path

import numpy as np

from kerasnb.callbacks import session
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.notebook.steering import Training
from kerasnb.notebook.watch import Watch
from tests.browser.pages import run_all, said, site, state
from tests.browser.test_panel import MANY, SETUP

HOOKS = ("on_train_begin", "on_epoch_begin", "on_batch_end", "on_epoch_end", "on_train_end")


def share(epochs=200):
    """Train a small model with the display on; return the display's share of the time."""
    spent = [0.0]

    def counted(method):
        def call(*args, **kwargs):
            start = time.thread_time()
            result = method(*args, **kwargs)
            spent[0] += time.thread_time() - start
            return result

        return call

    def make(model, params):
        # The clock is the thread's: that of the wall goes on while others compute.
        training = Training([Watch(lambda bundle, *_: json.dumps(bundle))], time.thread_time)
        for name in HOOKS:
            setattr(training, name, counted(getattr(training, name)))
        return training

    x, y = np.random.RandomState(0).rand(1024, 256), np.zeros(1024)
    model = Sequential([Dense(512, activation="relu", input_shape=(256,)), Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    session.add_maker(make)
    try:
        start = time.thread_time()
        model.fit(x, y, epochs=epochs, batch_size=128, verbose=1)
        total = time.thread_time() - start
    finally:
        session.remove_maker(make)
    return spent[0] / total


def longest_task():
    """Train 50,000 batches in JupyterLab; return the longest task of the page, in seconds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        site(Path(folder)) as place,
        place.page("many.ipynb", SETUP, MANY) as page,
    ):
        page.wait_for_timeout(1000)  # until the page has been drawn
        place.browser.start_tracing(page=page, categories=["toplevel"])
        run_all(page)
        state(page, "finished")
        said(page, 1, "10 epochs")
        events = json.loads(place.browser.stop_tracing())["traceEvents"]
    threads = {
        (e["pid"], e["tid"])
        for e in events
        if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    return max(
        e["dur"] / 1e6
        for e in events
        if e["name"].endswith("RunTask") and "dur" in e and (e["pid"], e["tid"]) in threads
    )


if __name__ == "__main__":
    for _ in range(3):
        print(f"watching took {share():.2%} of the training")
    print(f"longest task of the page in 50,000 batches: {longest_task() * 1000:.0f} ms")
