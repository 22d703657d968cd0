"""Callbacks that write down: tables, a server, the History."""

import csv
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import CSVLogger, LambdaCallback, RemoteMonitor
from kerasnb.layers import Dense
from kerasnb.models import Sequential

X, Y = np.ones((4, 1)), np.ones(4)


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def model():
    made = Sequential([Dense(1, input_shape=(1,))])
    made.compile("sgd", "mse", metrics=["accuracy"])
    return made


@pytest.mark.parametrize("name", ["acc", "accuracy"])
def test_history_has_both_names(name):
    made = Sequential([Dense(1, input_shape=(1,))])
    made.compile("sgd", "mse", metrics=[name])
    history = made.fit(X, Y, epochs=2, verbose=0, validation_data=(X, Y)).history
    assert list(history) == ["val_loss", f"val_{name}", "loss", name]
    assert history["acc"] == history["accuracy"] and len(history["acc"]) == 2
    assert history["val_acc"] == history.get("val_accuracy")


class TestCSVLogger:
    def rows(self, path, separator=","):
        with path.open(newline="") as file:
            return list(csv.reader(file, delimiter=separator))

    def test_rows(self, tmp_path):
        path = tmp_path / "log.csv"
        path.write_text("what was there before\n")
        history = model().fit(
            X, Y, epochs=2, verbose=0, validation_split=0.5, callbacks=[CSVLogger(str(path))]
        )
        rows = self.rows(path)
        assert rows[0] == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
        for epoch, row in enumerate(rows[1:]):
            values = [history.history[name][epoch] for name in rows[0][1:]]
            assert row == [str(epoch), *map(str, map(float, values))]

    def test_append_and_separator(self, tmp_path):
        path = tmp_path / "log.tsv"
        callback = CSVLogger(path, separator="\t", append=True)
        made = model()
        made.fit(X, Y, epochs=2, verbose=0, callbacks=[callback])
        made.fit(X, Y, epochs=3, initial_epoch=2, verbose=0, callbacks=[callback])
        rows = self.rows(path, "\t")
        assert [row[0] for row in rows] == ["epoch", "0", "1", "2"] and len(rows[0]) == 3
        made.fit(X, Y, verbose=0, callbacks=[CSVLogger(path)])
        assert len(self.rows(path)) == 2

    def test_results_that_are_missing(self, tmp_path):
        path = tmp_path / "log.csv"
        model().fit(
            X, Y, epochs=2, verbose=0, validation_data=(X, Y), validation_freq=[1],
            callbacks=[CSVLogger(path)],
        )  # fmt: skip
        assert self.rows(path)[2][3:] == ["NA", "NA"]

    def test_values_of_every_kind(self, tmp_path):
        path = tmp_path / "log.csv"
        callback = CSVLogger(path)
        callback.on_train_begin()
        callback.on_epoch_end(0, {
            "a": [1, 2], "b": np.array([1.5, 2.5]), "c": "text, more", "d": np.float32(0.5),
            "e": np.array(3),
        })  # fmt: skip
        assert self.rows(path)[1] == ["0", '"[1, 2]"', '"[1.5, 2.5]"', "text, more", "0.5", "3"]

    def test_is_there_while_the_training_goes_on(self, tmp_path):
        path = tmp_path / "log.csv"
        seen = []
        look = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(len(self.rows(path))))
        model().fit(X, Y, epochs=3, verbose=0, callbacks=[CSVLogger(path), look])
        assert seen == [2, 3, 4]


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    made = HTTPServer(("127.0.0.1", 0), Server)
    made.got, made.status = [], 200
    made.root = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


class TestRemoteMonitor:
    def test_form(self, server):
        history = model().fit(X, Y, epochs=2, verbose=0, callbacks=[RemoteMonitor(server.root)])
        assert [path for path, *_ in server.got] == ["/publish/epoch/end/"] * 2
        _, headers, body = server.got[1]
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        ((field, text),) = urllib.parse.parse_qsl(body)
        assert field == "data"
        expected = {name: values[1] for name, values in history.history.items()}
        assert json.loads(text) == {"epoch": 1, **expected}

    def test_json(self, server):
        monitor = RemoteMonitor(
            server.root, "/here", headers={"X-Key": "7"}, send_as_json=True, field="unused"
        )
        monitor.on_epoch_end(3, {"lr": np.float32(0.5), "a": np.arange(2)})
        ((path, headers, body),) = server.got
        assert (path, headers["X-Key"], headers["Content-Type"]) == (
            "/here", "7", "application/json",
        )  # fmt: skip
        assert json.loads(body) == {"epoch": 3, "lr": 0.5, "a": [0, 1]}

    def test_a_server_that_is_not_there_does_not_end_the_training(self, server):
        server.status = 500
        with pytest.warns(UserWarning, match="could not send epoch 1 to http.*500"):
            history = model().fit(X, Y, verbose=0, callbacks=[RemoteMonitor(server.root)])
        assert history.epoch == [0]
        for root in ("http://127.0.0.1:9", "no address"):
            with pytest.warns(UserWarning, match="RemoteMonitor could not send epoch 1 to"):
                model().fit(X, Y, verbose=0, callbacks=[RemoteMonitor(root)])
