"""Orders to a real kernel that is busy with `fit`, on a subshell as the panel has one."""

import os
import time
from pathlib import Path

import pytest

client_of = pytest.importorskip("jupyter_client.manager")
ipykernel = pytest.importorskip("ipykernel")

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

SETUP = """
%load_ext kerasnb
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
model = Sequential([Dense(1, input_shape=(3,))], name='small')
model.compile('sgd', 'mse')
x, y = np.ones((64, 3)), np.ones(64)
def many():
    while True:
        yield x[:8], y[:8]
"""
FIT = "past = model.fit_generator(many(), steps_per_epoch=1000, epochs=100000)"


class Front:
    """A front end of a kernel: sends what the panel sends, reads what it would read."""

    def __init__(self, client):
        self.client, self.state, self.answers, self.kinds = client, {}, {}, []

    def control(self, kind, **content):
        message = self.client.session.msg(kind, content)
        self.client.control_channel.send(message)
        return self.client.get_control_msg(timeout=60)["content"]

    def send(self, subshell=None, **data):
        message = self.client.session.msg("comm_msg", {"comm_id": "kerasnb.v1", "data": data})
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def read(self, until):
        """Read messages until a condition holds."""
        deadline = time.monotonic() + 60
        while not until(self):
            assert time.monotonic() < deadline, (self.state, self.answers, self.kinds)
            message = self.client.get_iopub_msg(timeout=60)
            self.kinds.append(message["msg_type"])
            content = message["content"]
            if message["msg_type"] != "comm_msg":
                continue
            data = content["data"]
            if data["kind"] == "answer":
                self.answers[data["id"]] = data
            elif data["kind"] == "news":
                self.state = {} if data["whole"] else self.state
                for key, changes in data["changes"].items():
                    old = self.state.setdefault(key, {})
                    if key != "trainings":
                        continue
                    for number, change in changes.items():
                        old.setdefault(number, {}).update(change)

    def training(self):
        found = self.state.get("trainings", {})
        return found[max(found, key=int)] if found else {}


@pytest.fixture
def front(tmp_path, monkeypatch):
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    manager, client = client_of.start_new_kernel(env=environment)
    yield Front(client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.skipif(
    int(ipykernel.__version__.split(".")[0]) < 7, reason="subshells need ipykernel 7"
)
def test_a_busy_kernel_follows_orders_on_a_subshell(front):
    front.client.execute_interactive(SETUP, timeout=60)
    subshell = front.control("create_subshell_request")["subshell_id"]
    front.client.execute(FIT)
    front.send(subshell, id="hello", order="hello")
    front.read(lambda f: f.training().get("state") == "running" and "hello" in f.answers)
    number = front.training()["number"]

    front.send(subshell, id="pause", order="pause", training=number)
    front.read(lambda f: f.training()["state"] == "paused" and "pause" in f.answers)
    rate = {"order": "learning_rate", "training": number, "value": 0.125}
    front.send(subshell, id="rate", **rate)
    front.read(lambda f: f.training().get("progress", {}).get("learning_rate") == 0.125)
    assert front.training()["state"] == "paused"
    front.send(subshell, id="resume", order="resume", training=number)
    front.read(lambda f: f.training()["state"] == "running" and "resume" in f.answers)
    front.send(subshell, id="wrong", order="nonsense")
    front.send(subshell, id="stop", order="stop", training=number)
    front.read(lambda f: f.training()["state"] == "stopped" and "stop" in f.answers)
    assert "error" in front.answers["wrong"]
    assert front.client.get_shell_msg(timeout=60)["content"]["status"] == "ok"


def test_an_interrupt_ends_a_paused_training(front):
    front.client.execute_interactive(SETUP, timeout=60)
    front.send(id="hello", order="hello")  # before it is busy: no subshell is needed
    front.client.execute("from kerasnb.notebook import steering, trainings\nimport threading")
    pause = "threading.Timer(0.5, lambda: [t.pause() for t in trainings()]).start()\n"
    front.client.execute(pause + FIT)
    front.read(lambda f: f.training().get("state") == "paused")
    front.control("interrupt_request")
    front.read(lambda f: f.training()["state"] == "interrupted")
    told = []
    front.client.execute_interactive(
        "print(type(past).__name__, past.epoch[-1] + 1 == len(past.epoch) > 0)",
        output_hook=lambda message: told.append(message["content"].get("text")),
        timeout=60,
    )
    assert "History True\n" in told
